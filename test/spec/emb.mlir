// Block EMB: tokens, positions and types; rows from outside.
//
// Tolerance 1e-6: the numbers are moved, added and scaled, which rounds to 2^-24.

// RUN: tenon run %s --reference --function=scaled --tolerance=1e-6 \
// RUN:   --input=%S/data/emb/scaled-tokens.npy --input=%S/data/emb/scaled-table.npy \
// RUN:   --expect=0=%S/data/emb/scaled-out0.npy
// RUN: tenon run %s --reference --function=bert --tolerance=1e-6 \
// RUN:   --input=%S/data/emb/bert-tokens.npy --input=%S/data/emb/bert-types.npy \
// RUN:   --input=%S/data/emb/bert-rows-sequences.npy --input=%S/data/emb/bert-rows-positions.npy \
// RUN:   --input=%S/data/emb/bert-table.npy --input=%S/data/emb/bert-positions.npy \
// RUN:   --input=%S/data/emb/bert-kinds.npy --expect=0=%S/data/emb/bert-out0.npy
// RUN: tenon run %s --reference --function=given_rows --tolerance=1e-6 \
// RUN:   --input=%S/data/emb/given_rows-x.npy --input=%S/data/emb/given_rows-picture.npy \
// RUN:   --input=%S/data/emb/given_rows-places.npy --expect=0=%S/data/emb/given_rows-out0.npy
// RUN: tenon run %s --reference --function=mixed --tolerance=1e-6 \
// RUN:   --input=%S/data/emb/mixed-tokens.npy --input=%S/data/emb/mixed-given.npy \
// RUN:   --input=%S/data/emb/mixed-table.npy --expect=0=%S/data/emb/mixed-out0.npy

// The table times a constant.
func.func @scaled(%tokens: tensor<?xi32>, %table: !transformer.weight<11x7xf32>) -> tensor<?x7xf32> {
  %x = transformer.embedding %tokens, %table scale 2.5
      : tensor<?xi32>, !transformer.weight<11x7xf32> -> tensor<?x7xf32>
  return %x : tensor<?x7xf32>
}

// Token, position and type.
func.func @bert(%tokens: tensor<?xi32>, %types: tensor<?xi32>, %rows: !transformer.rows,
                %table: !transformer.weight<11x7xf32>, %positions: !transformer.weight<6x7xf32>,
                %kinds: !transformer.weight<2x7xf32>) -> tensor<?x7xf32> {
  %x = transformer.embedding %tokens, %table scale 1.0
      : tensor<?xi32>, !transformer.weight<11x7xf32> -> tensor<?x7xf32>
  %p = transformer.position_embedding %rows, %positions offset 0
      : !transformer.weight<6x7xf32> -> tensor<?x7xf32>
  %t = transformer.embedding %types, %kinds scale 1.0
      : tensor<?xi32>, !transformer.weight<2x7xf32> -> tensor<?x7xf32>
  %y = transformer.residual_add %x, %p scale 1.0 : tensor<?x7xf32>
  %z = transformer.residual_add %y, %t scale 1.0 : tensor<?x7xf32>
  return %z : tensor<?x7xf32>
}

// Rows of a picture in the places of a text.
func.func @given_rows(%x: tensor<?x7xf32>, %picture: tensor<?x7xf32>, %places: tensor<?xi32>)
    -> tensor<?x7xf32> {
  %y = transformer.replace_rows %x, %picture, %places : tensor<?x7xf32>, tensor<?x7xf32>, tensor<?xi32>
  return %y : tensor<?x7xf32>
}

// Rows that are given among tokens; the scale is that of the table. What is given
// where there is a token, NaN, is not looked at.
func.func @mixed(%tokens: tensor<?xi32>, %given: tensor<?x7xf32>, %table: !transformer.weight<11x7xf32>)
    -> tensor<?x7xf32> {
  %x = transformer.embedding %tokens, %table given %given scale 2.5
      : tensor<?xi32>, !transformer.weight<11x7xf32>, tensor<?x7xf32> -> tensor<?x7xf32>
  return %x : tensor<?x7xf32>
}
