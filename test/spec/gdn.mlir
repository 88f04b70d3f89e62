// Block GDN: convolution, decay, recurrence and GRMS; two key heads for four value
// heads. What the states hold for a sequence that begins must not count.
//
// Tolerance 5e-6: sums of a few dozen f32 products, and a state that four rows update in f32.

// RUN: tenon run %s --reference --function=layer --tolerance=5e-6 \
// RUN:   --input=%S/data/gdn/layer-mixed.npy --input=%S/data/gdn/layer-z.npy --input=%S/data/gdn/layer-a.npy \
// RUN:   --input=%S/data/gdn/layer-b.npy --input=%S/data/gdn/layer-tails.npy --input=%S/data/gdn/layer-state.npy \
// RUN:   --input=%S/data/gdn/layer-rows-sequences.npy --input=%S/data/gdn/layer-rows-positions.npy \
// RUN:   --input=%S/data/gdn/layer-w_conv.npy --input=%S/data/gdn/layer-rate.npy --input=%S/data/gdn/layer-bias.npy \
// RUN:   --input=%S/data/gdn/layer-norm.npy --expect=0=%S/data/gdn/layer-out0.npy \
// RUN:   --expect=1=%S/data/gdn/layer-out1.npy --expect=2=%S/data/gdn/layer-out2.npy
// RUN: tenon run %s --reference --function=bf16_tail --tolerance=5e-6 \
// RUN:   --input=%S/data/gdn/bf16_tail-mixed.npy --input=%S/data/gdn/bf16_tail-tails.npy \
// RUN:   --input=%S/data/gdn/bf16_tail-rows-sequences.npy --input=%S/data/gdn/bf16_tail-rows-positions.npy \
// RUN:   --input=%S/data/gdn/bf16_tail-w_conv.npy --expect=0=%S/data/gdn/bf16_tail-out0.npy \
// RUN:   --expect=1=%S/data/gdn/bf16_tail-out1.npy
// RUN: tenon run %s --reference --function=decay --tolerance=5e-6 \
// RUN:   --input=%S/data/gdn/decay-a.npy --input=%S/data/gdn/decay-rate.npy --input=%S/data/gdn/decay-bias.npy \
// RUN:   --expect=0=%S/data/gdn/decay-out0.npy

// All of a layer but its projections.
func.func @layer(%mixed: tensor<?x32xf32>, %z: tensor<?x20xf32>, %a: tensor<?x4xf32>, %b: tensor<?x4xf32>,
    %tail: !transformer.conv_tail<32x3xf32>, %s: !transformer.recurrent<4x3x5xf32>, %rows: !transformer.rows,
    %w_conv: !transformer.weight<32x1x4xf32>, %rate: !transformer.weight<4xf32>,
    %bias: !transformer.weight<4xf32>, %norm: !transformer.weight<5xf32>)
    -> (tensor<?x20xf32>, !transformer.conv_tail<32x3xf32>, !transformer.recurrent<4x3x5xf32>) {
  %new_tail, %conv = transformer.causal_conv %tail, %mixed, %w_conv, %rows
      : !transformer.conv_tail<32x3xf32>, tensor<?x32xf32>, !transformer.weight<32x1x4xf32>
  %act = transformer.activation silu %conv : tensor<?x32xf32>
  %q0, %k0, %v = transformer.split %act
      : tensor<?x32xf32> -> tensor<?x6xf32>, tensor<?x6xf32>, tensor<?x20xf32>
  %q = transformer.l2_norm %q0 eps 1.0e-6 groups 2 scale 0.577350259 : tensor<?x6xf32>
  %k = transformer.l2_norm %k0 eps 1.0e-6 groups 2 scale 1.0 : tensor<?x6xf32>
  %beta = transformer.activation sigmoid %b : tensor<?x4xf32>
  %g = transformer.log_decay %a, %rate, %bias
      : tensor<?x4xf32>, !transformer.weight<4xf32>, !transformer.weight<4xf32>
  %t, %o = transformer.gated_delta %s, %q, %k, %v, %g, %beta, %rows
      : !transformer.recurrent<4x3x5xf32>, tensor<?x6xf32>, tensor<?x20xf32>, tensor<?x4xf32>
  %n = transformer.rms_norm %o, %norm eps 1.0e-6 groups 4 offset 0.0
      : tensor<?x20xf32>, !transformer.weight<5xf32>
  %y = transformer.gated_activation silu %z, %n limit 0.0 alpha 1.0 : tensor<?x20xf32>
  return %y, %new_tail, %t
      : tensor<?x20xf32>, !transformer.conv_tail<32x3xf32>, !transformer.recurrent<4x3x5xf32>
}

// Earlier inputs are read as the state keeps them, also those of the step.
func.func @bf16_tail(%x: tensor<?x32xf32>, %s: !transformer.conv_tail<32x3xbf16>, %rows: !transformer.rows,
    %w: !transformer.weight<32x1x4xf32>) -> (tensor<?x32xf32>, !transformer.conv_tail<32x3xbf16>) {
  %t, %y = transformer.causal_conv %s, %x, %w, %rows
      : !transformer.conv_tail<32x3xbf16>, tensor<?x32xf32>, !transformer.weight<32x1x4xf32>
  return %y, %t : tensor<?x32xf32>, !transformer.conv_tail<32x3xbf16>
}

// Far from zero nothing overflows.
func.func @decay(%a: tensor<?x4xf32>, %rate: !transformer.weight<4xf32>, %bias: !transformer.weight<4xf32>)
    -> tensor<?x4xf32> {
  %g = transformer.log_decay %a, %rate, %bias
      : tensor<?x4xf32>, !transformer.weight<4xf32>, !transformer.weight<4xf32>
  return %g : tensor<?x4xf32>
}
