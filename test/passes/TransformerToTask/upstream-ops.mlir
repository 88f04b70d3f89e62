// RUN: tenon-opt %s -convert-transformer-to-task -remarks-filter=lowering \
// RUN:   --remark-format=emitRemark 2>&1 | FileCheck %s

// Ops of arith, linalg, math and tensor that follow each other are one phase of
// tiles of rows, whose body is the ops. Constants, the number of rows and tensors
// to write to are made in the phases that need them; what one phase makes for
// another goes through a buffer, and a phase of the wanted rows has their number.

// CHECK: remark: {{.*}}rows runs by its reference form, in a phase of its own
// CHECK: remark: {{.*}}tanh runs by its reference form, in a phase of its own
// CHECK: remark: {{.*}}mulf runs by its reference form, in a phase of its own

// CHECK-LABEL: task.step @step rows 4
// CHECK:       ^bb0({{.*}}, %[[ROWS:[^ ]+]]: index, %[[WANTED:[^ ]+]]: index, %{{[^ ]+}}: index):
// CHECK:       task.phase "embedding"
// CHECK:       task.phase "rows"
// CHECK-SAME:    as [#task.access<read, (d0) -> (d0 * 4, 0)>, #task.access<write, (d0) -> (d0 * 4, 0)>]
// CHECK-SAME:    values(%[[ROWS]],
// CHECK:         %[[COUNT:.+]] = arith.minui
// CHECK:         %[[X:.+]] = bufferization.to_tensor
// CHECK-DAG:     %[[PLACE:.+]] = tensor.empty(%[[COUNT]]) : tensor<?x8xf32>
// CHECK-DAG:     %[[BIAS:.+]] = arith.constant dense<
// CHECK:         %[[SUM:.+]] = linalg.generic {{.*}} ins(%[[X]], %[[BIAS]] : {{.*}}) outs(%[[PLACE]] :
// CHECK:         %[[E:.+]] = math.exp %[[SUM]] : tensor<?x8xf32>
// CHECK:         %[[Y:.+]] = arith.addf %[[SUM]], %[[E]] : tensor<?x8xf32>
// CHECK:         bufferization.materialize_in_destination %[[Y]]
// CHECK:       task.phase "activation"
// CHECK:       task.phase "tanh"
// CHECK:         math.tanh
// CHECK:       task.phase "select_rows"
// CHECK:       task.phase "mulf"
// CHECK-SAME:    values(%[[WANTED]],
// CHECK:         %[[COUNT:.+]] = arith.minui
// CHECK:         %[[SCALES:.+]] = tensor.splat %{{.+}}[%[[COUNT]]] : tensor<?x8xf32>
// CHECK:         arith.mulf %{{.+}}, %[[SCALES]]

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
func.func @step(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>) -> tensor<?x8xf32>
    attributes {transformer.rows = 4 : i64} {
  %c0 = arith.constant 0 : index
  %factor = arith.constant 0.5 : f32
  %bias = arith.constant dense<[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]> : tensor<8xf32>
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  %place = tensor.empty(%n) : tensor<?x8xf32>
  %x1 = linalg.generic {
      indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (c)>, affine_map<(r, c) -> (r, c)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%x, %bias : tensor<?x8xf32>, tensor<8xf32>) outs(%place : tensor<?x8xf32>) {
  ^bb0(%v: f32, %b: f32, %out: f32):
    %sum = arith.addf %v, %b : f32
    linalg.yield %sum : f32
  } -> tensor<?x8xf32>
  %x2 = math.exp %x1 : tensor<?x8xf32>
  %x3 = arith.addf %x1, %x2 : tensor<?x8xf32>
  %x4 = transformer.activation silu %x3 : tensor<?x8xf32>
  %x5 = math.tanh %x4 : tensor<?x8xf32>
  %y0 = transformer.select_rows %x5, %wanted : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  %m = tensor.dim %wanted, %c0 : tensor<?xi32>
  %factors = tensor.splat %factor[%m] : tensor<?x8xf32>
  %y1 = arith.mulf %y0, %factors : tensor<?x8xf32>
  return %y1 : tensor<?x8xf32>
}

// What a phase makes of a layer's argument is not made in the memory of the
// argument, which it reads, were it by another of its ops.
// CHECK-LABEL: task.step @layers rows 4
// CHECK:       task.repeat
// CHECK:         task.phase "rows"
// CHECK-SAME:      touches(%[[ARGUMENT:[^,]+]], %[[RESULT:[^ ]+]] :
// CHECK:         task.phase "copy"
// CHECK-SAME:      touches(%[[RESULT]], %[[ARGUMENT]] :
func.func private @layer(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %x1 = math.exp %x : tensor<?x8xf32>
  %x2 = arith.addf %x, %x1 : tensor<?x8xf32>
  %x3 = math.tanh %x2 : tensor<?x8xf32>
  return %x3 : tensor<?x8xf32>
}
func.func @layers(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>) -> tensor<?x8xf32>
    attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %x1 = call @layer(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %x2 = call @layer(%x1) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %y = transformer.select_rows %x2, %wanted : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
