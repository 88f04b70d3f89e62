// RUN: tenon-opt %s -tenon-transformer-stage -tenon-task-stage=target=x86-64-v3 -o %t.task.mlir \
// RUN:   -remarks-filter=lowering --remark-format=emitRemark 2>&1 | grep -o 'Remark="[^"]*"' \
// RUN:   | sort -u | FileCheck %s
// RUN: tenon-opt %s -tenon-transformer-stage -o %t.transformer.mlir
// RUN: tenon run --compare %s %t.transformer.mlir --shapes=odd | FileCheck %s --check-prefix=SAME
// RUN: tenon run --compare %t.transformer.mlir %t.task.mlir | FileCheck %s --check-prefix=SAME

// Ops of arith, linalg, math and tensor on rows, as an importer writes what the
// transformer dialect has no name for: the rows of a layer, of heads and of truth
// values, the wanted rows, and the logits. Those that follow each other are one
// phase. No size divides by a vector.
// StepProgramTest runs it.

// CHECK:      Remark="cmpf runs by its reference form, in a phase of its own"
// CHECK-NEXT: Remark="rows runs by its reference form, in a phase of its own"
// CHECK-NOT:  Remark

// SAME:      @step_256 is the same
// SAME-NEXT: @step_8 is the same
// SAME-NEXT: @step_1 is the same

#all = affine_map<(r, c) -> (r, c)>
#row = affine_map<(r, c) -> (r)>
#column = affine_map<(r, c) -> (c)>
#heads = affine_map<(r, h, c) -> (r, h, c)>
#head = affine_map<(r, h, c) -> (r, h)>

transformer.weight @e : !transformer.weight<40x21xf32> from [#transformer.source<"m"::"e" : 40x21xf32>]
transformer.weight @a : !transformer.weight<21x21xf32> from [#transformer.source<"m"::"a" : 21x21xf32>]
transformer.weight @b : !transformer.weight<21x21xf32> from [#transformer.source<"m"::"b" : 21x21xf32>]
transformer.weight @o : !transformer.weight<40x21xf32> from [#transformer.source<"m"::"o" : 40x21xf32>]

// x + tanh(x W) of the larger numbers, and then half of what lies below -0.1.
func.func private @layer(%x: tensor<?x21xf32>, %w: !transformer.weight<21x21xf32>) -> tensor<?x21xf32> {
  %c0 = arith.constant 0 : index
  %low = arith.constant -0.1 : f32
  %half = arith.constant 0.5 : f32
  %n = tensor.dim %x, %c0 : tensor<?x21xf32>
  %lows = tensor.splat %low[%n] : tensor<?x21xf32>
  %halves = tensor.splat %half[%n] : tensor<?x21xf32>
  %small = arith.cmpf olt, %x, %lows : tensor<?x21xf32>
  %y = transformer.linear %x, %w : tensor<?x21xf32>, !transformer.weight<21x21xf32> -> tensor<?x21xf32>
  %t = math.tanh %y : tensor<?x21xf32>
  %s = arith.addf %x, %t : tensor<?x21xf32>
  %h = arith.mulf %s, %halves : tensor<?x21xf32>
  %r = arith.select %small, %h, %s : tensor<?x21xi1>, tensor<?x21xf32>
  return %r : tensor<?x21xf32>
}

func.func @step(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>) -> tensor<?x40xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %lowest = arith.constant -3.0e38 : f32
  %cap = arith.constant 5.0 : f32
  %bias = arith.constant dense<[0.5, 0.25, -0.5, 1.0, 0.0, 2.0, -1.0, 0.125, 0.75, -0.25, 0.5, 0.5, 0.25, -0.5, 1.0,
                                0.0, 2.0, -1.0, 0.125, 0.75, -0.25]> : tensor<21xf32>
  %e = transformer.get_weight @e : !transformer.weight<40x21xf32>
  %a = transformer.get_weight @a : !transformer.weight<21x21xf32>
  %b = transformer.get_weight @b : !transformer.weight<21x21xf32>
  %o = transformer.get_weight @o : !transformer.weight<40x21xf32>
  %x0 = transformer.embedding %tokens, %e scale 1.0
      : tensor<?xi32>, !transformer.weight<40x21xf32> -> tensor<?x21xf32>

  // Biased, then normalized in heads of 7 by their mean.
  %n = tensor.dim %tokens, %c0 : tensor<?xi32>
  %place = tensor.empty(%n) : tensor<?x21xf32>
  %x1 = linalg.generic {indexing_maps = [#all, #column, #all], iterator_types = ["parallel", "parallel"]}
      ins(%x0, %bias : tensor<?x21xf32>, tensor<21xf32>) outs(%place : tensor<?x21xf32>) {
  ^bb0(%v: f32, %w: f32, %out: f32):
    %sum = arith.addf %v, %w : f32
    linalg.yield %sum : f32
  } -> tensor<?x21xf32>
  %x2 = tensor.expand_shape %x1 [[0], [1, 2]] output_shape [%n, 3, 7] : tensor<?x21xf32> into tensor<?x3x7xf32>
  %means = tensor.empty(%n) : tensor<?x3xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%means : tensor<?x3xf32>) -> tensor<?x3xf32>
  %sums = linalg.reduce { arith.addf } ins(%x2 : tensor<?x3x7xf32>) outs(%zeros : tensor<?x3xf32>) dimensions = [2]
  %splits = tensor.empty(%n) : tensor<?x3x7xf32>
  %x3 = linalg.generic {indexing_maps = [#heads, #head, #heads], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x2, %sums : tensor<?x3x7xf32>, tensor<?x3xf32>) outs(%splits : tensor<?x3x7xf32>) {
  ^bb0(%v: f32, %s: f32, %out: f32):
    %size = arith.constant 7.0 : f32
    %mean = arith.divf %s, %size : f32
    %rest = arith.subf %v, %mean : f32
    linalg.yield %rest : f32
  } -> tensor<?x3x7xf32>
  %x4 = tensor.collapse_shape %x3 [[0], [1, 2]] : tensor<?x3x7xf32> into tensor<?x21xf32>

  %x5 = call @layer(%x4, %a) : (tensor<?x21xf32>, !transformer.weight<21x21xf32>) -> tensor<?x21xf32>
  %x6 = call @layer(%x5, %b) : (tensor<?x21xf32>, !transformer.weight<21x21xf32>) -> tensor<?x21xf32>

  // A softmax of the wanted rows, and logits that are capped.
  %x7 = transformer.select_rows %x6, %wanted : tensor<?x21xf32>, tensor<?xi32> -> tensor<?x21xf32>
  %m = tensor.dim %x7, %c0 : tensor<?x21xf32>
  %one = tensor.empty(%m) : tensor<?xf32>
  %from = linalg.fill ins(%lowest : f32) outs(%one : tensor<?xf32>) -> tensor<?xf32>
  %top = linalg.reduce { arith.maximumf } ins(%x7 : tensor<?x21xf32>) outs(%from : tensor<?xf32>) dimensions = [1]
  %whole = tensor.empty(%m) : tensor<?x21xf32>
  %powers = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel"]}
      ins(%x7, %top : tensor<?x21xf32>, tensor<?xf32>) outs(%whole : tensor<?x21xf32>) {
  ^bb0(%v: f32, %t: f32, %out: f32):
    %d = arith.subf %v, %t : f32
    %p = math.exp %d : f32
    linalg.yield %p : f32
  } -> tensor<?x21xf32>
  %none = linalg.fill ins(%zero : f32) outs(%one : tensor<?xf32>) -> tensor<?xf32>
  %total = linalg.reduce { arith.addf } ins(%powers : tensor<?x21xf32>) outs(%none : tensor<?xf32>) dimensions = [1]
  %totals = linalg.broadcast ins(%total : tensor<?xf32>) outs(%whole : tensor<?x21xf32>) dimensions = [1]
  %shares = arith.divf %powers, %totals : tensor<?x21xf32>
  %x8 = transformer.residual_add %x7, %shares scale 2.0 : tensor<?x21xf32>
  %l = transformer.linear %x8, %o : tensor<?x21xf32>, !transformer.weight<40x21xf32> -> tensor<?x40xf32>
  %caps = tensor.splat %cap[%m] : tensor<?x40xf32>
  %d0 = arith.divf %l, %caps : tensor<?x40xf32>
  %d1 = math.tanh %d0 : tensor<?x40xf32>
  %d2 = arith.mulf %d1, %caps : tensor<?x40xf32>
  return %d2 : tensor<?x40xf32>
}
