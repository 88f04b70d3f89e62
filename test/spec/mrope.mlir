// Block MROPE: axes 1, 2 and 3 are time, height and width.
//
// Tolerance 2e-6: an angle of at most 6 rounds to 2^-23, and so do its sine and cosine.

// RUN: tenon run %s --reference --function=sectioned --tolerance=2e-6 \
// RUN:   --input=%S/data/mrope/sectioned-x.npy --input=%S/data/mrope/sectioned-rows-sequences.npy \
// RUN:   --input=%S/data/mrope/sectioned-rows-positions.npy --expect=0=%S/data/mrope/sectioned-out0.npy
// RUN: tenon run %s --reference --function=interleaved --tolerance=2e-6 \
// RUN:   --input=%S/data/mrope/interleaved-x.npy --input=%S/data/mrope/interleaved-rows-sequences.npy \
// RUN:   --input=%S/data/mrope/interleaved-rows-positions.npy --expect=0=%S/data/mrope/interleaved-out0.npy

// Two frequencies for each axis.
func.func @sectioned(%x: tensor<?x24xf32>, %rows: !transformer.rows) -> tensor<?x24xf32> {
  %cos,
      %sin = transformer.rotary_table %rows frequencies [1.0, 0.215443462, 0.0464158878, 0.00999999978,
          0.0021544348, 0.000464158889]
      factor 1.0 axes [1, 1, 2, 2, 3, 3] : tensor<?x6xf32>
  %y = transformer.rope %x, %cos, %sin halves head_dim 12 : tensor<?x24xf32>, tensor<?x6xf32>
  return %y : tensor<?x24xf32>
}

// The axes take turns.
func.func @interleaved(%x: tensor<?x24xf32>, %rows: !transformer.rows) -> tensor<?x24xf32> {
  %cos,
      %sin = transformer.rotary_table %rows frequencies [1.0, 0.215443462, 0.0464158878, 0.00999999978,
          0.0021544348, 0.000464158889]
      factor 1.0 axes [1, 2, 3, 1, 2, 3] : tensor<?x6xf32>
  %y = transformer.rope %x, %cos, %sin halves head_dim 12 : tensor<?x24xf32>, tensor<?x6xf32>
  return %y : tensor<?x24xf32>
}
