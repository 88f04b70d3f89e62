// Block LIN: a linear layer, and the parts of fused ones.
//
// Tolerance 1e-6: sums of 7 f32 products, each rounded to 2^-24 of its size.

// RUN: tenon run %s --reference --function=fused --tolerance=1e-6 \
// RUN:   --input=%S/data/lin/fused-x.npy --input=%S/data/lin/fused-w.npy --input=%S/data/lin/fused-b.npy \
// RUN:   --expect=0=%S/data/lin/fused-out0.npy --expect=1=%S/data/lin/fused-out1.npy \
// RUN:   --expect=2=%S/data/lin/fused-out2.npy
// RUN: tenon run %s --reference --function=bf16_weight --tolerance=1e-6 \
// RUN:   --input=%S/data/lin/bf16_weight-x.npy --input=%S/data/lin/bf16_weight-w.npy \
// RUN:   --input=%S/data/lin/bf16_weight-b.npy --expect=0=%S/data/lin/bf16_weight-out0.npy
// RUN: tenon run %s --reference --function=per_head --tolerance=1e-6 \
// RUN:   --input=%S/data/lin/per_head-x.npy --input=%S/data/lin/per_head-w.npy \
// RUN:   --expect=0=%S/data/lin/per_head-out0.npy --expect=1=%S/data/lin/per_head-out1.npy

// q, k and v of one product.
func.func @fused(%x: tensor<?x7xf32>, %w: !transformer.weight<16x7xf32>, %b: !transformer.weight<16xf32>)
    -> (tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x4xf32>) {
  %y = transformer.linear %x, %w bias %b
      : tensor<?x7xf32>, !transformer.weight<16x7xf32>, !transformer.weight<16xf32> -> tensor<?x16xf32>
  %q, %k, %v = transformer.split %y : tensor<?x16xf32> -> tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x4xf32>
  return %q, %k, %v : tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x4xf32>
}

// Weights are widened exactly; the sum is in f32.
func.func @bf16_weight(%x: tensor<?x7xf32>, %w: !transformer.weight<16x7xbf16>,
    %b: !transformer.weight<16xbf16>)
    -> tensor<?x16xf32> {
  %y = transformer.linear %x, %w bias %b
      : tensor<?x7xf32>, !transformer.weight<16x7xbf16>, !transformer.weight<16xbf16> -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// Query and gate of three heads, taken apart, joined and taken apart.
func.func @per_head(%x: tensor<?x7xf32>, %w: !transformer.weight<18x7xf32>)
    -> (tensor<?x12xf32>, tensor<?x6xf32>) {
  %y = transformer.linear %x, %w : tensor<?x7xf32>, !transformer.weight<18x7xf32> -> tensor<?x18xf32>
  %q, %g = transformer.split %y groups 3 : tensor<?x18xf32> -> tensor<?x12xf32>, tensor<?x6xf32>
  %z = transformer.concat %q, %g groups 3 : tensor<?x12xf32>, tensor<?x6xf32> -> tensor<?x18xf32>
  %r, %h = transformer.split %z groups 3 : tensor<?x18xf32> -> tensor<?x12xf32>, tensor<?x6xf32>
  return %r, %h : tensor<?x12xf32>, tensor<?x6xf32>
}
