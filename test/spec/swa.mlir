// Block SWA: a window of positions.
//
// Tolerance 2e-6: sums of a few dozen f32 products, each rounded to 2^-24 of its size, and
// functions that the C library computes to a unit in the last place.

// RUN: tenon run %s --reference --function=causal --tolerance=2e-6 \
// RUN:   --input=%S/data/swa/causal-q.npy --input=%S/data/swa/causal-k.npy --input=%S/data/swa/causal-v.npy \
// RUN:   --input=%S/data/swa/causal-keys.npy --input=%S/data/swa/causal-values.npy \
// RUN:   --input=%S/data/swa/causal-rows-sequences.npy --input=%S/data/swa/causal-rows-positions.npy \
// RUN:   --expect=0=%S/data/swa/causal-out0.npy
// RUN: tenon run %s --reference --function=rows --tolerance=2e-6 \
// RUN:   --input=%S/data/swa/rows-q.npy --input=%S/data/swa/rows-k.npy --input=%S/data/swa/rows-v.npy \
// RUN:   --input=%S/data/swa/rows-rows-sequences.npy --input=%S/data/swa/rows-rows-positions.npy \
// RUN:   --expect=0=%S/data/swa/rows-out0.npy

// The row itself and two before it.
func.func @causal(%q: tensor<?x30xf32>, %k: tensor<?x10xf32>, %v: tensor<?x10xf32>,
    %s: !transformer.kv<2x5xf32>,
    %rows: !transformer.rows) -> tensor<?x30xf32> {
  %t = transformer.kv_append %s, %k, %v, %rows : !transformer.kv<2x5xf32>, tensor<?x10xf32>
  %y = transformer.attend %q, %t, %rows heads 6 scale 0.44721359 window 3 softcap 0.0
      : tensor<?x30xf32>, !transformer.kv<2x5xf32>
  return %y : tensor<?x30xf32>
}

// The row itself and one on either side.
func.func @rows(%q: tensor<?x12xf32>, %k: tensor<?x6xf32>, %v: tensor<?x6xf32>, %rows: !transformer.rows)
    -> tensor<?x12xf32> {
  %y = transformer.attend_rows %q, %k, %v, %rows heads 4 kv_heads 2 scale 0.577350259 window 2 softcap 0.0
      : tensor<?x12xf32>, tensor<?x6xf32>
  return %y : tensor<?x12xf32>
}
