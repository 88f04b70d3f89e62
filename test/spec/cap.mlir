// Block CAP: on scores and on logits.
//
// Tolerance 2e-6: sums of a few dozen f32 products, each rounded to 2^-24 of its size, and
// functions that the C library computes to a unit in the last place.

// RUN: tenon run %s --reference --function=scores --tolerance=2e-6 \
// RUN:   --input=%S/data/cap/scores-q.npy --input=%S/data/cap/scores-k.npy --input=%S/data/cap/scores-v.npy \
// RUN:   --input=%S/data/cap/scores-keys.npy --input=%S/data/cap/scores-values.npy \
// RUN:   --input=%S/data/cap/scores-rows-sequences.npy --input=%S/data/cap/scores-rows-positions.npy \
// RUN:   --expect=0=%S/data/cap/scores-out0.npy
// RUN: tenon run %s --reference --function=logits --tolerance=2e-6 \
// RUN:   --input=%S/data/cap/logits-x.npy --expect=0=%S/data/cap/logits-out0.npy

// Before the mask, after the scale.
func.func @scores(%q: tensor<?x30xf32>, %k: tensor<?x10xf32>, %v: tensor<?x10xf32>,
    %s: !transformer.kv<2x5xf32>,
    %rows: !transformer.rows) -> tensor<?x30xf32> {
  %t = transformer.kv_append %s, %k, %v, %rows : !transformer.kv<2x5xf32>, tensor<?x10xf32>
  %y = transformer.attend %q, %t, %rows heads 6 scale 0.44721359 window 0 softcap 1.5
      : tensor<?x30xf32>, !transformer.kv<2x5xf32>
  return %y : tensor<?x30xf32>
}

// The bound is 30.
func.func @logits(%x: tensor<?x9xf32>) -> tensor<?x9xf32> {
  %y = transformer.softcap %x cap 30.0 : tensor<?x9xf32>
  return %y : tensor<?x9xf32>
}
