// Block LLA: a layer with its gate. What the state holds for a sequence that begins
// is not zero and must not count.
//
// Tolerance 5e-6: sums of a few dozen f32 products, and a state that four rows update in f32.

// RUN: tenon run %s --reference --function=layer --tolerance=5e-6 \
// RUN:   --input=%S/data/lla/layer-x.npy --input=%S/data/lla/layer-state.npy \
// RUN:   --input=%S/data/lla/layer-rows-sequences.npy --input=%S/data/lla/layer-rows-positions.npy \
// RUN:   --input=%S/data/lla/layer-w_qkv.npy --input=%S/data/lla/layer-w_gate.npy \
// RUN:   --input=%S/data/lla/layer-norm.npy --input=%S/data/lla/layer-w_out.npy \
// RUN:   --expect=0=%S/data/lla/layer-out0.npy --expect=1=%S/data/lla/layer-out1.npy

// Two heads of three components.
func.func @layer(%x: tensor<?x7xf32>, %s: !transformer.recurrent<2x3x3xf32>, %rows: !transformer.rows,
    %w_qkv: !transformer.weight<18x7xf32>, %w_gate: !transformer.weight<6x7xf32>,
    %norm: !transformer.weight<6xf32>, %w_out: !transformer.weight<7x6xf32>)
        -> (tensor<?x7xf32>, !transformer.recurrent<2x3x3xf32>) {
  %p = transformer.linear %x, %w_qkv : tensor<?x7xf32>, !transformer.weight<18x7xf32> -> tensor<?x18xf32>
  %a = transformer.activation silu %p : tensor<?x18xf32>
  %q, %k, %v = transformer.split %a groups 2
      : tensor<?x18xf32> -> tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x6xf32>
  %t, %o = transformer.lightning_attend %s, %q, %k, %v, %rows slopes [0.04166729, 0.00260420563]
      : !transformer.recurrent<2x3x3xf32>, tensor<?x6xf32>, tensor<?x6xf32>
  %n = transformer.rms_norm %o, %norm eps 1.0e-6 groups 1 offset 0.0
      : tensor<?x6xf32>, !transformer.weight<6xf32>
  %g = transformer.linear %x, %w_gate : tensor<?x7xf32>, !transformer.weight<6x7xf32> -> tensor<?x6xf32>
  %m = transformer.gated_activation sigmoid %g, %n limit 0.0 alpha 1.0 : tensor<?x6xf32>
  %y = transformer.linear %m, %w_out : tensor<?x6xf32>, !transformer.weight<7x6xf32> -> tensor<?x7xf32>
  return %y, %t : tensor<?x7xf32>, !transformer.recurrent<2x3x3xf32>
}
