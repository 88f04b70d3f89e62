// Block MUP: constant scales on embedding, residual and logits.
//
// Tolerance 2e-6: sums of a few dozen f32 products, each rounded to 2^-24 of its size, and
// functions that the C library computes to a unit in the last place.

// RUN: tenon run %s --reference --function=scales --tolerance=2e-6 \
// RUN:   --input=%S/data/mup/scales-tokens.npy --input=%S/data/mup/scales-table.npy \
// RUN:   --input=%S/data/mup/scales-w.npy --expect=0=%S/data/mup/scales-out0.npy

// MiniCPM and Granite.
func.func @scales(%tokens: tensor<?xi32>, %table: !transformer.weight<11x7xf32>, %w: !transformer.weight<7x7xf32>)
    -> tensor<?x11xf32> {
  %h = transformer.embedding %tokens, %table scale 12.0
      : tensor<?xi32>, !transformer.weight<11x7xf32> -> tensor<?x7xf32>
  %b = transformer.linear %h, %w : tensor<?x7xf32>, !transformer.weight<7x7xf32> -> tensor<?x7xf32>
  %r = transformer.residual_add %h, %b scale 0.25 : tensor<?x7xf32>
  %l = transformer.linear %r, %table : tensor<?x7xf32>, !transformer.weight<11x7xf32> -> tensor<?x11xf32>
  %y = transformer.scale %l by 0.125 : tensor<?x11xf32>
  return %y : tensor<?x11xf32>
}
