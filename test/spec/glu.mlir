// Block GLU, and its clamped form.
//
// Tolerance 2e-6: sums of a few dozen f32 products, each rounded to 2^-24 of its size, and
// functions that the C library computes to a unit in the last place.

// RUN: tenon run %s --reference --function=swiglu --tolerance=2e-6 \
// RUN:   --input=%S/data/glu/swiglu-x.npy --input=%S/data/glu/swiglu-gate.npy --input=%S/data/glu/swiglu-up.npy \
// RUN:   --input=%S/data/glu/swiglu-down.npy --expect=0=%S/data/glu/swiglu-out0.npy
// RUN: tenon run %s --reference --function=geglu --tolerance=2e-6 \
// RUN:   --input=%S/data/glu/geglu-x.npy --input=%S/data/glu/geglu-gate.npy --input=%S/data/glu/geglu-up.npy \
// RUN:   --input=%S/data/glu/geglu-down.npy --expect=0=%S/data/glu/geglu-out0.npy
// RUN: tenon run %s --reference --function=clamped --tolerance=2e-6 \
// RUN:   --input=%S/data/glu/clamped-g.npy --input=%S/data/glu/clamped-u.npy \
// RUN:   --expect=0=%S/data/glu/clamped-out0.npy

// Llama.
func.func @swiglu(%x: tensor<?x7xf32>, %gate: !transformer.weight<9x7xf32>, %up: !transformer.weight<9x7xf32>,
    %down: !transformer.weight<7x9xf32>) -> tensor<?x7xf32> {
  %g = transformer.linear %x, %gate : tensor<?x7xf32>, !transformer.weight<9x7xf32> -> tensor<?x9xf32>
  %u = transformer.linear %x, %up : tensor<?x7xf32>, !transformer.weight<9x7xf32> -> tensor<?x9xf32>
  %a = transformer.gated_activation silu %g, %u limit 0.0 alpha 1.0 : tensor<?x9xf32>
  %y = transformer.linear %a, %down : tensor<?x9xf32>, !transformer.weight<7x9xf32> -> tensor<?x7xf32>
  return %y : tensor<?x7xf32>
}

// Gemma.
func.func @geglu(%x: tensor<?x7xf32>, %gate: !transformer.weight<9x7xf32>, %up: !transformer.weight<9x7xf32>,
    %down: !transformer.weight<7x9xf32>) -> tensor<?x7xf32> {
  %g = transformer.linear %x, %gate : tensor<?x7xf32>, !transformer.weight<9x7xf32> -> tensor<?x9xf32>
  %u = transformer.linear %x, %up : tensor<?x7xf32>, !transformer.weight<9x7xf32> -> tensor<?x9xf32>
  %a = transformer.gated_activation gelu_tanh %g, %u limit 0.0 alpha 1.0 : tensor<?x9xf32>
  %y = transformer.linear %a, %down : tensor<?x9xf32>, !transformer.weight<7x9xf32> -> tensor<?x7xf32>
  return %y : tensor<?x7xf32>
}

// GPT-OSS.
func.func @clamped(%g: tensor<?x9xf32>, %u: tensor<?x9xf32>) -> tensor<?x9xf32> {
  %y = transformer.gated_activation silu %g, %u limit 7.0 alpha 1.702 : tensor<?x9xf32>
  return %y : tensor<?x9xf32>
}
