// Block RMS.
//
// Tolerance 1e-6: a sum of 13 squares, a square root and two products in f32.

// RUN: tenon run %s --reference --function=rows --tolerance=1e-6 \
// RUN:   --input=%S/data/rms/rows-x.npy --input=%S/data/rms/rows-w.npy --expect=0=%S/data/rms/rows-out0.npy
// RUN: tenon run %s --reference --function=small --tolerance=1e-6 \
// RUN:   --input=%S/data/rms/small-x.npy --input=%S/data/rms/small-w.npy --expect=0=%S/data/rms/small-out0.npy

// Rows of size one.
func.func @rows(%x: tensor<?x13xf32>, %w: !transformer.weight<13xf32>) -> tensor<?x13xf32> {
  %y = transformer.rms_norm %x, %w eps 1.0e-6 groups 1 offset 0.0
      : tensor<?x13xf32>, !transformer.weight<13xf32>
  return %y : tensor<?x13xf32>
}

// Rows so small that eps counts.
func.func @small(%x: tensor<?x13xf32>, %w: !transformer.weight<13xf32>) -> tensor<?x13xf32> {
  %y = transformer.rms_norm %x, %w eps 1.0e-5 groups 1 offset 0.0
      : tensor<?x13xf32>, !transformer.weight<13xf32>
  return %y : tensor<?x13xf32>
}
