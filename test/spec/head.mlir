// Block HEAD: logits, and what stands for a sequence.
//
// Tolerance 2e-6: sums of a few dozen f32 products, each rounded to 2^-24 of its size, and
// functions that the C library computes to a unit in the last place.

// RUN: tenon run %s --reference --function=tied --tolerance=2e-6 \
// RUN:   --input=%S/data/head/tied-x.npy --input=%S/data/head/tied-wanted.npy --input=%S/data/head/tied-w.npy \
// RUN:   --expect=0=%S/data/head/tied-out0.npy
// RUN: tenon run %s --reference --function=normalized --tolerance=2e-6 \
// RUN:   --input=%S/data/head/normalized-x.npy --input=%S/data/head/normalized-w.npy \
// RUN:   --expect=0=%S/data/head/normalized-out0.npy
// RUN: tenon run %s --reference --function=biased --tolerance=2e-6 \
// RUN:   --input=%S/data/head/biased-x.npy --input=%S/data/head/biased-w.npy --input=%S/data/head/biased-b.npy \
// RUN:   --expect=0=%S/data/head/biased-out0.npy
// RUN: tenon run %s --reference --function=masked --tolerance=2e-6 \
// RUN:   --input=%S/data/head/masked-x.npy --input=%S/data/head/masked-dense.npy \
// RUN:   --input=%S/data/head/masked-d_bias.npy --input=%S/data/head/masked-scale.npy \
// RUN:   --input=%S/data/head/masked-shift.npy --input=%S/data/head/masked-w.npy --input=%S/data/head/masked-b.npy \
// RUN:   --expect=0=%S/data/head/masked-out0.npy
// RUN: tenon run %s --reference --function=pools --tolerance=2e-6 \
// RUN:   --input=%S/data/head/pools-x.npy --input=%S/data/head/pools-rows-sequences.npy \
// RUN:   --input=%S/data/head/pools-rows-positions.npy --input=%S/data/head/pools-wanted.npy \
// RUN:   --expect=0=%S/data/head/pools-out0.npy --expect=1=%S/data/head/pools-out1.npy \
// RUN:   --expect=2=%S/data/head/pools-out2.npy --expect=3=%S/data/head/pools-out3.npy \
// RUN:   --expect=4=%S/data/head/pools-out4.npy
// RUN: tenon run %s --reference --function=sentence --tolerance=2e-6 \
// RUN:   --input=%S/data/head/sentence-x.npy --input=%S/data/head/sentence-rows-sequences.npy \
// RUN:   --input=%S/data/head/sentence-rows-positions.npy --input=%S/data/head/sentence-wanted.npy \
// RUN:   --expect=0=%S/data/head/sentence-out0.npy
// RUN: tenon run %s --reference --function=classes --tolerance=2e-6 \
// RUN:   --input=%S/data/head/classes-x.npy --input=%S/data/head/classes-rows-sequences.npy \
// RUN:   --input=%S/data/head/classes-rows-positions.npy --input=%S/data/head/classes-wanted.npy \
// RUN:   --input=%S/data/head/classes-w1.npy --input=%S/data/head/classes-b1.npy \
// RUN:   --input=%S/data/head/classes-w2.npy --input=%S/data/head/classes-b2.npy \
// RUN:   --expect=0=%S/data/head/classes-out0.npy

// Logits of the rows that were asked for.
func.func @tied(%x: tensor<?x7xf32>, %wanted: tensor<?xi32>, %w: !transformer.weight<9x7xf32>)
    -> tensor<?x9xf32> {
  %h = transformer.select_rows %x, %wanted : tensor<?x7xf32>, tensor<?xi32> -> tensor<?x7xf32>
  %y = transformer.linear %h, %w : tensor<?x7xf32>, !transformer.weight<9x7xf32> -> tensor<?x9xf32>
  return %y : tensor<?x9xf32>
}

// NormHead.
func.func @normalized(%x: tensor<?x7xf32>, %w: !transformer.weight<9x7xf32>) -> tensor<?x9xf32> {
  %y = transformer.normalized_linear %x, %w eps 1.0e-12
      : tensor<?x7xf32>, !transformer.weight<9x7xf32> -> tensor<?x9xf32>
  return %y : tensor<?x9xf32>
}

// A bias that is no part of the product.
func.func @biased(%x: tensor<?x7xf32>, %w: !transformer.weight<9x7xf32>, %b: !transformer.weight<9xf32>)
    -> tensor<?x9xf32> {
  %l = transformer.linear %x, %w : tensor<?x7xf32>, !transformer.weight<9x7xf32> -> tensor<?x9xf32>
  %y = transformer.bias_add %l, %b : tensor<?x9xf32>, !transformer.weight<9xf32>
  return %y : tensor<?x9xf32>
}

// The head of a masked language model.
func.func @masked(%x: tensor<?x7xf32>, %dense: !transformer.weight<7x7xf32>,
    %d_bias: !transformer.weight<7xf32>, %scale: !transformer.weight<7xf32>,
        %shift: !transformer.weight<7xf32>,
    %w: !transformer.weight<9x7xf32>, %b: !transformer.weight<9xf32>) -> tensor<?x9xf32> {
  %d = transformer.linear %x, %dense bias %d_bias
      : tensor<?x7xf32>, !transformer.weight<7x7xf32>, !transformer.weight<7xf32> -> tensor<?x7xf32>
  %a = transformer.activation gelu %d : tensor<?x7xf32>
  %h = transformer.layer_norm %a, %scale bias %shift eps 1.0e-12
      : tensor<?x7xf32>, !transformer.weight<7xf32>, !transformer.weight<7xf32>
  %y = transformer.linear %h, %w bias %b
      : tensor<?x7xf32>, !transformer.weight<9x7xf32>, !transformer.weight<9xf32> -> tensor<?x9xf32>
  return %y : tensor<?x9xf32>
}

// Sequences 2 and 1, in the order of the enumeration.
func.func @pools(%x: tensor<?x7xf32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> (tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>) {
  %first = transformer.pool first %x, %rows, %wanted : tensor<?x7xf32>, tensor<?xi32> -> tensor<?x7xf32>
  %last = transformer.pool last %x, %rows, %wanted : tensor<?x7xf32>, tensor<?xi32> -> tensor<?x7xf32>
  %mean = transformer.pool mean %x, %rows, %wanted : tensor<?x7xf32>, tensor<?xi32> -> tensor<?x7xf32>
  %mean_sqrt = transformer.pool mean_sqrt %x, %rows, %wanted
      : tensor<?x7xf32>, tensor<?xi32> -> tensor<?x7xf32>
  %max = transformer.pool max %x, %rows, %wanted : tensor<?x7xf32>, tensor<?xi32> -> tensor<?x7xf32>
  return %first, %last, %mean, %mean_sqrt, %max
      : tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>
}

// The mean, of length one.
func.func @sentence(%x: tensor<?x7xf32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x7xf32> {
  %m = transformer.pool mean %x, %rows, %wanted : tensor<?x7xf32>, tensor<?xi32> -> tensor<?x7xf32>
  %y = transformer.l2_norm %m eps 0.0 groups 1 scale 1.0 : tensor<?x7xf32>
  return %y : tensor<?x7xf32>
}

// A pooler and a classifier on the first row.
func.func @classes(%x: tensor<?x7xf32>, %rows: !transformer.rows, %wanted: tensor<?xi32>,
    %w1: !transformer.weight<7x7xf32>, %b1: !transformer.weight<7xf32>, %w2: !transformer.weight<3x7xf32>,
        %b2: !transformer.weight<3xf32>) -> tensor<?x3xf32> {
  %f = transformer.pool first %x, %rows, %wanted : tensor<?x7xf32>, tensor<?xi32> -> tensor<?x7xf32>
  %d = transformer.linear %f, %w1 bias %b1
      : tensor<?x7xf32>, !transformer.weight<7x7xf32>, !transformer.weight<7xf32> -> tensor<?x7xf32>
  %a = transformer.activation tanh %d : tensor<?x7xf32>
  %y = transformer.linear %a, %w2 bias %b2
      : tensor<?x7xf32>, !transformer.weight<3x7xf32>, !transformer.weight<3xf32> -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}
