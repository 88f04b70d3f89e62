// Ops of arith, linalg, math and tensor on rows.
//
// Tolerance 1e-6: a few operations in f32; the softmax has a sum of 13 powers.

// RUN: tenon run %s --reference --function=hard_swish --tolerance=1e-6 \
// RUN:   --input=%S/data/upstream/hard_swish-x.npy --expect=0=%S/data/upstream/hard_swish-out0.npy
// RUN: tenon run %s --reference --function=softmax --tolerance=1e-6 \
// RUN:   --input=%S/data/upstream/softmax-x.npy --expect=0=%S/data/upstream/softmax-out0.npy
// RUN: tenon run %s --reference --function=heads --tolerance=1e-6 \
// RUN:   --input=%S/data/upstream/heads-x.npy --expect=0=%S/data/upstream/heads-out0.npy \
// RUN:   --expect=1=%S/data/upstream/heads-out1.npy

// Elementwise ops whose constants are splats: x * clip(x / 6 + 0.5, 0, 1), and
// the last product by an op of the dialect.
func.func @hard_swish(%x: tensor<?x13xf32>) -> tensor<?x13xf32> {
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %x, %c0 : tensor<?x13xf32>
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %six = arith.constant 6.0 : f32
  %half = arith.constant 0.5 : f32
  %zeros = tensor.splat %zero[%rows] : tensor<?x13xf32>
  %ones = tensor.splat %one[%rows] : tensor<?x13xf32>
  %sixes = tensor.splat %six[%rows] : tensor<?x13xf32>
  %halves = tensor.splat %half[%rows] : tensor<?x13xf32>
  %a = arith.divf %x, %sixes : tensor<?x13xf32>
  %b = arith.addf %a, %halves : tensor<?x13xf32>
  %c = arith.maximumf %b, %zeros : tensor<?x13xf32>
  %d = arith.minimumf %c, %ones : tensor<?x13xf32>
  %e = arith.mulf %x, %d : tensor<?x13xf32>
  %y = transformer.scale %e by 1.0 : tensor<?x13xf32>
  return %y : tensor<?x13xf32>
}

// Reductions over columns.
func.func @softmax(%x: tensor<?x13xf32>) -> tensor<?x13xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %lowest = arith.constant -3.0e38 : f32
  %rows = tensor.dim %x, %c0 : tensor<?x13xf32>
  %one = tensor.empty(%rows) : tensor<?xf32>
  %from = linalg.fill ins(%lowest : f32) outs(%one : tensor<?xf32>) -> tensor<?xf32>
  %top = linalg.reduce { arith.maximumf } ins(%x : tensor<?x13xf32>) outs(%from : tensor<?xf32>) dimensions = [1]
  %place = tensor.empty(%rows) : tensor<?x13xf32>
  %tops = linalg.broadcast ins(%top : tensor<?xf32>) outs(%place : tensor<?x13xf32>) dimensions = [1]
  %distance = arith.subf %x, %tops : tensor<?x13xf32>
  %powers = math.exp %distance : tensor<?x13xf32>
  %none = linalg.fill ins(%zero : f32) outs(%one : tensor<?xf32>) -> tensor<?xf32>
  %sum = linalg.reduce { arith.addf } ins(%powers : tensor<?x13xf32>) outs(%none : tensor<?xf32>) dimensions = [1]
  %sums = linalg.broadcast ins(%sum : tensor<?xf32>) outs(%place : tensor<?x13xf32>) dimensions = [1]
  %y = arith.divf %powers, %sums : tensor<?x13xf32>
  return %y : tensor<?x13xf32>
}

// Rows in heads, truth values, a constant of a head's size, and two results.
func.func @heads(%x: tensor<?x12xf32>) -> (tensor<?x3xf32>, tensor<?x12xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %offset = arith.constant dense<[0.0, 0.25, 0.5, 0.75]> : tensor<4xf32>
  %rows = tensor.dim %x, %c0 : tensor<?x12xf32>
  %h = tensor.expand_shape %x [[0], [1, 2]] output_shape [%rows, 3, 4] : tensor<?x12xf32> into tensor<?x3x4xf32>
  %size = math.absf %h : tensor<?x3x4xf32>
  %halves = tensor.splat %half[%rows] : tensor<?x3x4xf32>
  %zeros = tensor.splat %zero[%rows] : tensor<?x3x4xf32>
  %isLarge = arith.cmpf ogt, %size, %halves : tensor<?x3x4xf32>
  %place = tensor.empty(%rows) : tensor<?x3x4xf32>
  %offsets = linalg.broadcast ins(%offset : tensor<4xf32>) outs(%place : tensor<?x3x4xf32>) dimensions = [0, 1]
  %moved = arith.addf %h, %offsets : tensor<?x3x4xf32>
  %large = arith.select %isLarge, %moved, %zeros : tensor<?x3x4xi1>, tensor<?x3x4xf32>
  %place3 = tensor.empty(%rows) : tensor<?x3xf32>
  %none = linalg.fill ins(%zero : f32) outs(%place3 : tensor<?x3xf32>) -> tensor<?x3xf32>
  %sums = linalg.reduce { arith.addf } ins(%large : tensor<?x3x4xf32>) outs(%none : tensor<?x3xf32>) dimensions = [2]
  %flat = tensor.collapse_shape %large [[0], [1, 2]] : tensor<?x3x4xf32> into tensor<?x12xf32>
  return %sums, %flat : tensor<?x3xf32>, tensor<?x12xf32>
}
