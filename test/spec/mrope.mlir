// Block MROPE: axes 1, 2 and 3 are time, height and width.
//
// Tolerance 2e-6: an angle of at most 6 rounds to 2^-23, and so do its sine and cosine.

// RUN: tenon run %s --reference --function=sectioned --tolerance=2e-6 \
// RUN:   --input=%S/data/mrope/sectioned-x.npy --input=%S/data/mrope/sectioned-rows-sequences.npy \
// RUN:   --input=%S/data/mrope/sectioned-rows-positions.npy --expect=0=%S/data/mrope/sectioned-out0.npy
// RUN: tenon run %s --reference --function=interleaved --tolerance=2e-6 \
// RUN:   --input=%S/data/mrope/interleaved-x.npy --input=%S/data/mrope/interleaved-rows-sequences.npy \
// RUN:   --input=%S/data/mrope/interleaved-rows-positions.npy --expect=0=%S/data/mrope/interleaved-out0.npy
// RUN: tenon run %s --reference --function=picture --tolerance=2e-6 \
// RUN:   --input=%S/data/mrope/picture-tokens.npy --input=%S/data/mrope/picture-given.npy \
// RUN:   --input=%S/data/mrope/picture-rows-sequences.npy --input=%S/data/mrope/picture-rows-positions.npy \
// RUN:   --input=%S/data/mrope/picture-wanted.npy --input=%S/data/mrope/picture-keys.npy \
// RUN:   --input=%S/data/mrope/picture-values.npy --input=%S/data/mrope/picture-table.npy \
// RUN:   --input=%S/data/mrope/picture-key.npy --input=%S/data/mrope/picture-value.npy \
// RUN:   --input=%S/data/mrope/picture-head.npy --expect=0=%S/data/mrope/picture-out0.npy \
// RUN:   --expect=1=%S/data/mrope/picture-out1.npy --expect=2=%S/data/mrope/picture-out2.npy

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

// A step of tokens and of rows that are given, whose places on the axes differ from
// those in the sequence: the mask and the state go by axis 0.
func.func @picture(%tokens: tensor<?xi32>, %given: tensor<?x24xf32>, %rows: !transformer.rows,
                   %wanted: tensor<?xi32>, %kv: !transformer.kv<1x12xf32>,
                   %table: !transformer.weight<11x24xf32>, %key: !transformer.weight<12x24xf32>,
                   %value: !transformer.weight<12x24xf32>, %head: !transformer.weight<11x24xf32>)
    -> (tensor<?x11xf32>, !transformer.kv<1x12xf32>) {
  %cos,
      %sin = transformer.rotary_table %rows frequencies [1.0, 0.215443462, 0.0464158878, 0.00999999978,
          0.0021544348, 0.000464158889]
      factor 1.0 axes [1, 1, 2, 2, 3, 3] : tensor<?x6xf32>
  %x = transformer.embedding %tokens, %table given %given scale 2.0
      : tensor<?xi32>, !transformer.weight<11x24xf32>, tensor<?x24xf32> -> tensor<?x24xf32>
  %q = transformer.rope %x, %cos, %sin halves head_dim 12 : tensor<?x24xf32>, tensor<?x6xf32>
  %k0 = transformer.linear %x, %key : tensor<?x24xf32>, !transformer.weight<12x24xf32> -> tensor<?x12xf32>
  %k = transformer.rope %k0, %cos, %sin halves head_dim 12 : tensor<?x12xf32>, tensor<?x6xf32>
  %v = transformer.linear %x, %value : tensor<?x24xf32>, !transformer.weight<12x24xf32> -> tensor<?x12xf32>
  %s = transformer.kv_append %kv, %k, %v, %rows : !transformer.kv<1x12xf32>, tensor<?x12xf32>
  %a = transformer.attend %q, %s, %rows heads 2 scale 0.25 window 0 softcap 0.0
      : tensor<?x24xf32>, !transformer.kv<1x12xf32>
  %y = transformer.residual_add %x, %a scale 1.0 : tensor<?x24xf32>
  %z = transformer.select_rows %y, %wanted : tensor<?x24xf32>, tensor<?xi32> -> tensor<?x24xf32>
  %l = transformer.linear %z, %head : tensor<?x24xf32>, !transformer.weight<11x24xf32> -> tensor<?x11xf32>
  return %l, %s : tensor<?x11xf32>, !transformer.kv<1x12xf32>
}
