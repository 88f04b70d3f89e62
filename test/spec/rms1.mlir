// Block RMS1: weights are offsets from one.
//
// Tolerance 1e-6: a sum of 13 squares, a square root and two products in f32.

// RUN: tenon run %s --reference --function=rows --tolerance=1e-6 \
// RUN:   --input=%S/data/rms1/rows-x.npy --input=%S/data/rms1/rows-w.npy --expect=0=%S/data/rms1/rows-out0.npy

// The Gemma way.
func.func @rows(%x: tensor<?x13xf32>, %w: !transformer.weight<13xf32>) -> tensor<?x13xf32> {
  %y = transformer.rms_norm %x, %w eps 1.0e-6 groups 1 offset 1.0
      : tensor<?x13xf32>, !transformer.weight<13xf32>
  return %y : tensor<?x13xf32>
}
