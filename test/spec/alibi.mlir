// Block ALIBI: slopes of six heads, which is no power of two, and of four.
//
// Tolerance 2e-6: sums of a few dozen f32 products, each rounded to 2^-24 of its size, and
// functions that the C library computes to a unit in the last place.

// RUN: tenon run %s --reference --function=causal --tolerance=2e-6 \
// RUN:   --input=%S/data/alibi/causal-q.npy --input=%S/data/alibi/causal-k.npy --input=%S/data/alibi/causal-v.npy \
// RUN:   --input=%S/data/alibi/causal-keys.npy --input=%S/data/alibi/causal-values.npy \
// RUN:   --input=%S/data/alibi/causal-rows-sequences.npy --input=%S/data/alibi/causal-rows-positions.npy \
// RUN:   --expect=0=%S/data/alibi/causal-out0.npy
// RUN: tenon run %s --reference --function=rows --tolerance=2e-6 \
// RUN:   --input=%S/data/alibi/rows-q.npy --input=%S/data/alibi/rows-k.npy --input=%S/data/alibi/rows-v.npy \
// RUN:   --input=%S/data/alibi/rows-rows-sequences.npy --input=%S/data/alibi/rows-rows-positions.npy \
// RUN:   --expect=0=%S/data/alibi/rows-out0.npy

// Over a state.
func.func @causal(%q: tensor<?x30xf32>, %k: tensor<?x10xf32>, %v: tensor<?x10xf32>,
    %s: !transformer.kv<2x5xf32>,
    %rows: !transformer.rows) -> tensor<?x30xf32> {
  %t = transformer.kv_append %s, %k, %v, %rows : !transformer.kv<2x5xf32>, tensor<?x10xf32>
  %y = transformer.attend %q, %t, %rows heads 6 scale 0.44721359 window 0 softcap 0.0
      slopes [0.25, 0.0625, 0.015625, 0.00390625, 0.5, 0.125]
      : tensor<?x30xf32>, !transformer.kv<2x5xf32>
  return %y : tensor<?x30xf32>
}

// Among the rows, the distance counts either way.
func.func @rows(%q: tensor<?x12xf32>, %k: tensor<?x6xf32>, %v: tensor<?x6xf32>, %rows: !transformer.rows)
    -> tensor<?x12xf32> {
  %y = transformer.attend_rows %q, %k, %v, %rows heads 4 kv_heads 2 scale 0.577350259 window 0 softcap 0.0
      slopes [0.25, 0.0625, 0.015625, 0.00390625]
      : tensor<?x12xf32>, tensor<?x6xf32>
  return %y : tensor<?x12xf32>
}
