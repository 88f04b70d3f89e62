// Block QKN: norms of queries and keys.
//
// Tolerance 2e-6: sums of a few dozen f32 products, each rounded to 2^-24 of its size, and
// functions that the C library computes to a unit in the last place.

// RUN: tenon run %s --reference --function=before_rope --tolerance=2e-6 \
// RUN:   --input=%S/data/qkn/before_rope-x.npy --input=%S/data/qkn/before_rope-rows-sequences.npy \
// RUN:   --input=%S/data/qkn/before_rope-rows-positions.npy --input=%S/data/qkn/before_rope-w.npy \
// RUN:   --expect=0=%S/data/qkn/before_rope-out0.npy
// RUN: tenon run %s --reference --function=after_rope --tolerance=2e-6 \
// RUN:   --input=%S/data/qkn/after_rope-x.npy --input=%S/data/qkn/after_rope-rows-sequences.npy \
// RUN:   --input=%S/data/qkn/after_rope-rows-positions.npy --input=%S/data/qkn/after_rope-w.npy \
// RUN:   --expect=0=%S/data/qkn/after_rope-out0.npy
// RUN: tenon run %s --reference --function=flat --tolerance=2e-6 \
// RUN:   --input=%S/data/qkn/flat-x.npy --input=%S/data/qkn/flat-rows-sequences.npy \
// RUN:   --input=%S/data/qkn/flat-rows-positions.npy --input=%S/data/qkn/flat-w.npy \
// RUN:   --expect=0=%S/data/qkn/flat-out0.npy

// Of each head, before it rotates.
func.func @before_rope(%x: tensor<?x16xf32>, %rows: !transformer.rows, %w: !transformer.weight<8xf32>)
    -> tensor<?x16xf32> {
  %cos, %sin = transformer.rotary_table %rows frequencies [1.0, 0.100000001, 0.00999999978, 0.00100000005]
      factor 1.0 : tensor<?x4xf32>
  %n = transformer.rms_norm %x, %w eps 1.0e-6 groups 2 offset 0.0
      : tensor<?x16xf32>, !transformer.weight<8xf32>
  %y = transformer.rope %n, %cos, %sin halves head_dim 8 : tensor<?x16xf32>, tensor<?x4xf32>
  return %y : tensor<?x16xf32>
}

// Of each head, after it has rotated.
func.func @after_rope(%x: tensor<?x16xf32>, %rows: !transformer.rows, %w: !transformer.weight<8xf32>)
    -> tensor<?x16xf32> {
  %cos, %sin = transformer.rotary_table %rows frequencies [1.0, 0.100000001, 0.00999999978, 0.00100000005]
      factor 1.0 : tensor<?x4xf32>
  %n = transformer.rope %x, %cos, %sin halves head_dim 8 : tensor<?x16xf32>, tensor<?x4xf32>
  %y = transformer.rms_norm %n, %w eps 1.0e-6 groups 2 offset 0.0
      : tensor<?x16xf32>, !transformer.weight<8xf32>
  return %y : tensor<?x16xf32>
}

// Of all heads together.
func.func @flat(%x: tensor<?x16xf32>, %rows: !transformer.rows, %w: !transformer.weight<16xf32>)
    -> tensor<?x16xf32> {
  %cos, %sin = transformer.rotary_table %rows frequencies [1.0, 0.100000001, 0.00999999978, 0.00100000005]
      factor 1.0 : tensor<?x4xf32>
  %n = transformer.rms_norm %x, %w eps 1.0e-6 groups 1 offset 0.0
      : tensor<?x16xf32>, !transformer.weight<16xf32>
  %y = transformer.rope %n, %cos, %sin halves head_dim 8 : tensor<?x16xf32>, tensor<?x4xf32>
  return %y : tensor<?x16xf32>
}
