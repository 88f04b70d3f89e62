// Block GRMS: the norm of each head first, its gate after.
//
// Tolerance 1e-6: a sum of 5 squares, a square root, an exponential and three products in f32.

// RUN: tenon run %s --reference --function=heads --tolerance=1e-6 \
// RUN:   --input=%S/data/grms/heads-x.npy --input=%S/data/grms/heads-z.npy --input=%S/data/grms/heads-w.npy \
// RUN:   --expect=0=%S/data/grms/heads-out0.npy

// Three heads of five components.
func.func @heads(%x: tensor<?x15xf32>, %z: tensor<?x15xf32>, %w: !transformer.weight<5xf32>)
    -> tensor<?x15xf32> {
  %n = transformer.rms_norm %x, %w eps 1.0e-6 groups 3 offset 0.0
      : tensor<?x15xf32>, !transformer.weight<5xf32>
  %y = transformer.gated_activation silu %z, %n limit 0.0 alpha 1.0 : tensor<?x15xf32>
  return %y : tensor<?x15xf32>
}
