// Block LN.
//
// Tolerance 2e-6: two sums of 13 f32 numbers whose mean is not zero, and a square root.

// RUN: tenon run %s --reference --function=biased --tolerance=2e-6 \
// RUN:   --input=%S/data/ln/biased-x.npy --input=%S/data/ln/biased-w.npy --input=%S/data/ln/biased-b.npy \
// RUN:   --expect=0=%S/data/ln/biased-out0.npy
// RUN: tenon run %s --reference --function=unbiased --tolerance=2e-6 \
// RUN:   --input=%S/data/ln/unbiased-x.npy --input=%S/data/ln/unbiased-w.npy \
// RUN:   --expect=0=%S/data/ln/unbiased-out0.npy

// With weight and bias.
func.func @biased(%x: tensor<?x13xf32>, %w: !transformer.weight<13xf32>, %b: !transformer.weight<13xf32>)
    -> tensor<?x13xf32> {
  %y = transformer.layer_norm %x, %w bias %b eps 1.0e-5
      : tensor<?x13xf32>, !transformer.weight<13xf32>, !transformer.weight<13xf32>
  return %y : tensor<?x13xf32>
}

// Without bias.
func.func @unbiased(%x: tensor<?x13xf32>, %w: !transformer.weight<13xf32>) -> tensor<?x13xf32> {
  %y = transformer.layer_norm %x, %w eps 1.0e-12 : tensor<?x13xf32>, !transformer.weight<13xf32>
  return %y : tensor<?x13xf32>
}
