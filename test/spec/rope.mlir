// Block ROPE.
//
// Tolerance 2e-6: an angle of at most 6 rounds to 2^-23, and so do its sine and cosine.

// RUN: tenon run %s --reference --function=halves --tolerance=2e-6 \
// RUN:   --input=%S/data/rope/halves-x.npy --input=%S/data/rope/halves-rows-sequences.npy \
// RUN:   --input=%S/data/rope/halves-rows-positions.npy --expect=0=%S/data/rope/halves-out0.npy
// RUN: tenon run %s --reference --function=interleaved --tolerance=2e-6 \
// RUN:   --input=%S/data/rope/interleaved-x.npy --input=%S/data/rope/interleaved-rows-sequences.npy \
// RUN:   --input=%S/data/rope/interleaved-rows-positions.npy --expect=0=%S/data/rope/interleaved-out0.npy
// RUN: tenon run %s --reference --function=partial --tolerance=2e-6 \
// RUN:   --input=%S/data/rope/partial-x.npy --input=%S/data/rope/partial-rows-sequences.npy \
// RUN:   --input=%S/data/rope/partial-rows-positions.npy --expect=0=%S/data/rope/partial-out0.npy

// Component k with component k + 4.
func.func @halves(%x: tensor<?x16xf32>, %rows: !transformer.rows) -> tensor<?x16xf32> {
  %cos, %sin = transformer.rotary_table %rows frequencies [1.0, 0.100000001, 0.00999999978, 0.00100000005]
      factor 1.0 : tensor<?x4xf32>
  %y = transformer.rope %x, %cos, %sin halves head_dim 8 : tensor<?x16xf32>, tensor<?x4xf32>
  return %y : tensor<?x16xf32>
}

// Component 2 k with component 2 k + 1.
func.func @interleaved(%x: tensor<?x16xf32>, %rows: !transformer.rows) -> tensor<?x16xf32> {
  %cos, %sin = transformer.rotary_table %rows frequencies [1.0, 0.100000001, 0.00999999978, 0.00100000005]
      factor 1.0 : tensor<?x4xf32>
  %y = transformer.rope %x, %cos, %sin interleaved head_dim 8 : tensor<?x16xf32>, tensor<?x4xf32>
  return %y : tensor<?x16xf32>
}

// The first half of each head only.
func.func @partial(%x: tensor<?x16xf32>, %rows: !transformer.rows) -> tensor<?x16xf32> {
  %cos, %sin = transformer.rotary_table %rows frequencies [1.0, 0.00999999978]
      factor 1.0 : tensor<?x2xf32>
  %y = transformer.rope %x, %cos, %sin halves head_dim 8 : tensor<?x16xf32>, tensor<?x2xf32>
  return %y : tensor<?x16xf32>
}
