// Block RELB: a table of biases by distance, near ones one by one.
//
// Tolerance 2e-6: sums of a few dozen f32 products, each rounded to 2^-24 of its size, and
// functions that the C library computes to a unit in the last place.

// RUN: tenon run %s --reference --function=rows --tolerance=2e-6 \
// RUN:   --input=%S/data/relb/rows-q.npy --input=%S/data/relb/rows-k.npy --input=%S/data/relb/rows-v.npy \
// RUN:   --input=%S/data/relb/rows-rows-sequences.npy --input=%S/data/relb/rows-rows-positions.npy \
// RUN:   --input=%S/data/relb/rows-table.npy --expect=0=%S/data/relb/rows-out0.npy
// RUN: tenon run %s --reference --function=causal --tolerance=2e-6 \
// RUN:   --input=%S/data/relb/causal-q.npy --input=%S/data/relb/causal-k.npy --input=%S/data/relb/causal-v.npy \
// RUN:   --input=%S/data/relb/causal-keys.npy --input=%S/data/relb/causal-values.npy \
// RUN:   --input=%S/data/relb/causal-rows-sequences.npy --input=%S/data/relb/causal-rows-positions.npy \
// RUN:   --input=%S/data/relb/causal-table.npy --expect=0=%S/data/relb/causal-out0.npy

// Either way, up to 12 positions apart.
func.func @rows(%q: tensor<?x12xf32>, %k: tensor<?x6xf32>, %v: tensor<?x6xf32>, %rows: !transformer.rows,
    %table: !transformer.weight<8x4xf32>) -> tensor<?x12xf32> {
  %y = transformer.attend_rows %q, %k, %v, %rows heads 4 kv_heads 2 scale 1.0 window 0 softcap 0.0
      relative %table : !transformer.weight<8x4xf32> max_distance 10
      : tensor<?x12xf32>, tensor<?x6xf32>
  return %y : tensor<?x12xf32>
}

// Backwards only.
func.func @causal(%q: tensor<?x30xf32>, %k: tensor<?x10xf32>, %v: tensor<?x10xf32>,
    %s: !transformer.kv<2x5xf32>,
    %rows: !transformer.rows, %table: !transformer.weight<4x6xf32>) -> tensor<?x30xf32> {
  %t = transformer.kv_append %s, %k, %v, %rows : !transformer.kv<2x5xf32>, tensor<?x10xf32>
  %y = transformer.attend %q, %t, %rows heads 6 scale 0.44721359 window 0 softcap 0.0
      relative %table : !transformer.weight<4x6xf32> max_distance 6
      : tensor<?x30xf32>, !transformer.kv<2x5xf32>
  return %y : tensor<?x30xf32>
}
