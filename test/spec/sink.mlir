// Block SINK: a score without a value.
//
// Tolerance 2e-6: sums of a few dozen f32 products, each rounded to 2^-24 of its size, and
// functions that the C library computes to a unit in the last place.

// RUN: tenon run %s --reference --function=causal --tolerance=2e-6 \
// RUN:   --input=%S/data/sink/causal-q.npy --input=%S/data/sink/causal-k.npy --input=%S/data/sink/causal-v.npy \
// RUN:   --input=%S/data/sink/causal-keys.npy --input=%S/data/sink/causal-values.npy \
// RUN:   --input=%S/data/sink/causal-rows-sequences.npy --input=%S/data/sink/causal-rows-positions.npy \
// RUN:   --input=%S/data/sink/causal-sinks.npy --expect=0=%S/data/sink/causal-out0.npy

// One for each query head.
func.func @causal(%q: tensor<?x30xf32>, %k: tensor<?x10xf32>, %v: tensor<?x10xf32>,
    %s: !transformer.kv<2x5xf32>,
    %rows: !transformer.rows, %sinks: !transformer.weight<6xf32>) -> tensor<?x30xf32> {
  %t = transformer.kv_append %s, %k, %v, %rows : !transformer.kv<2x5xf32>, tensor<?x10xf32>
  %y = transformer.attend %q, %t, %rows sinks %sinks
      : !transformer.weight<6xf32> heads 6 scale 0.44721359 window 0 softcap 0.0
      : tensor<?x30xf32>, !transformer.kv<2x5xf32>
  return %y : tensor<?x30xf32>
}
