// Block ATT: causal over a state, among the rows, and over an encoder's rows. One
// sequence goes on, one begins, one has no rows; what nothing wrote is NaN.
//
// Tolerance 2e-6: sums of a few dozen f32 products, each rounded to 2^-24 of its size, and
// functions that the C library computes to a unit in the last place.

// RUN: tenon run %s --reference --function=causal --tolerance=2e-6 \
// RUN:   --input=%S/data/att/causal-q.npy --input=%S/data/att/causal-k.npy --input=%S/data/att/causal-v.npy \
// RUN:   --input=%S/data/att/causal-keys.npy --input=%S/data/att/causal-values.npy \
// RUN:   --input=%S/data/att/causal-rows-sequences.npy --input=%S/data/att/causal-rows-positions.npy \
// RUN:   --expect=0=%S/data/att/causal-out0.npy --expect=1=%S/data/att/causal-out1.npy \
// RUN:   --expect=2=%S/data/att/causal-out2.npy
// RUN: tenon run %s --reference --function=bf16_state --tolerance=2e-6 \
// RUN:   --input=%S/data/att/bf16_state-q.npy --input=%S/data/att/bf16_state-k.npy \
// RUN:   --input=%S/data/att/bf16_state-v.npy --input=%S/data/att/bf16_state-keys.npy \
// RUN:   --input=%S/data/att/bf16_state-values.npy --input=%S/data/att/bf16_state-rows-sequences.npy \
// RUN:   --input=%S/data/att/bf16_state-rows-positions.npy --expect=0=%S/data/att/bf16_state-out0.npy \
// RUN:   --expect=1=%S/data/att/bf16_state-out1.npy --expect=2=%S/data/att/bf16_state-out2.npy
// RUN: tenon run %s --reference --function=bidirectional --tolerance=2e-6 \
// RUN:   --input=%S/data/att/bidirectional-q.npy --input=%S/data/att/bidirectional-k.npy \
// RUN:   --input=%S/data/att/bidirectional-v.npy --input=%S/data/att/bidirectional-rows-sequences.npy \
// RUN:   --input=%S/data/att/bidirectional-rows-positions.npy --expect=0=%S/data/att/bidirectional-out0.npy
// RUN: tenon run %s --reference --function=cross --tolerance=2e-6 \
// RUN:   --input=%S/data/att/cross-k.npy --input=%S/data/att/cross-v.npy --input=%S/data/att/cross-keys.npy \
// RUN:   --input=%S/data/att/cross-values.npy --input=%S/data/att/cross-lengths.npy \
// RUN:   --input=%S/data/att/cross-encoder-sequences.npy --input=%S/data/att/cross-encoder-positions.npy \
// RUN:   --input=%S/data/att/cross-q.npy --input=%S/data/att/cross-rows-sequences.npy \
// RUN:   --input=%S/data/att/cross-rows-positions.npy --expect=0=%S/data/att/cross-out0.npy \
// RUN:   --expect=1=%S/data/att/cross-out1.npy --expect=2=%S/data/att/cross-out2.npy \
// RUN:   --expect=3=%S/data/att/cross-out3.npy

// Six query heads on two of the state.
func.func @causal(%q: tensor<?x30xf32>, %k: tensor<?x10xf32>, %v: tensor<?x10xf32>,
    %s: !transformer.kv<2x5xf32>,
    %rows: !transformer.rows) -> (tensor<?x30xf32>, !transformer.kv<2x5xf32>) {
  %t = transformer.kv_append %s, %k, %v, %rows : !transformer.kv<2x5xf32>, tensor<?x10xf32>
  %y = transformer.attend %q, %t, %rows heads 6 scale 0.44721359 window 0 softcap 0.0
      : tensor<?x30xf32>, !transformer.kv<2x5xf32>
  return %y, %t : tensor<?x30xf32>, !transformer.kv<2x5xf32>
}

// What the state keeps is rounded, also for the rows that write it.
func.func @bf16_state(%q: tensor<?x30xf32>, %k: tensor<?x10xf32>, %v: tensor<?x10xf32>,
    %s: !transformer.kv<2x5xbf16>,
    %rows: !transformer.rows) -> (tensor<?x30xf32>, !transformer.kv<2x5xbf16>) {
  %t = transformer.kv_append %s, %k, %v, %rows : !transformer.kv<2x5xbf16>, tensor<?x10xf32>
  %y = transformer.attend %q, %t, %rows heads 6 scale 0.44721359 window 0 softcap 0.0
      : tensor<?x30xf32>, !transformer.kv<2x5xbf16>
  return %y, %t : tensor<?x30xf32>, !transformer.kv<2x5xbf16>
}

// Rows see all rows of their sequence and no other.
func.func @bidirectional(%q: tensor<?x12xf32>, %k: tensor<?x6xf32>, %v: tensor<?x6xf32>, %rows: !transformer.rows)
    -> tensor<?x12xf32> {
  %y = transformer.attend_rows %q, %k, %v, %rows heads 4 kv_heads 2 scale 0.577350259 window 0 softcap 0.0
      : tensor<?x12xf32>, tensor<?x6xf32>
  return %y : tensor<?x12xf32>
}

// One sequence gets shorter, one keeps what it had.
func.func @cross(%k: tensor<?x6xf32>, %v: tensor<?x6xf32>, %s: !transformer.cross<2x3xf32>,
    %encoder: !transformer.rows, %q: tensor<?x12xf32>, %rows: !transformer.rows)
    -> (tensor<?x12xf32>, !transformer.cross<2x3xf32>) {
  %t = transformer.cross_write %s, %k, %v, %encoder : !transformer.cross<2x3xf32>, tensor<?x6xf32>
  %y = transformer.cross_attend %q, %t, %rows heads 4 scale 0.5
      : tensor<?x12xf32>, !transformer.cross<2x3xf32>
  return %y, %t : tensor<?x12xf32>, !transformer.cross<2x3xf32>
}
