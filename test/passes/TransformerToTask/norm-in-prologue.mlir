// RUN: tenon-opt %s -convert-transformer-to-task | FileCheck %s

// A norm before a product is the phase's prologue: each worker norms all rows
// for itself, into memory of its own, and the tiles read that.
// CHECK-LABEL: task.step @norm_in_prologue
// CHECK:         %[[NORMED:.+]] = task.buffer private : memref<4x8xf32>
// CHECK:         task.phase "linear"
// CHECK-SAME:      touches(%[[NORMED]], %[[X:.+]], %{{.+}}, %{{.+}}, %{{.+}} : memref<4x8xf32>, memref<4x8xf32>, memref<8xf32>, memref<2x8x16x1xf32>, memref<4x8xf32>)
// CHECK-SAME:      as [#task.access<private>, #task.access<read>, #task.access<read>, #task.access<read>, #task.access<write>]
// CHECK-SAME:      prologue {
// CHECK:         ^bb0(%[[MINE:.+]]: memref<4x8xf32>, %[[ALL:.+]]: memref<4x8xf32>, %{{.+}}: memref<8xf32>, %{{.+}}: memref<2x8x16x1xf32>, %{{.+}}: memref<4x8xf32>, %[[COUNT:.+]]: index):
// CHECK-DAG:       memref.subview %[[ALL]][0, 0] [%[[COUNT]], 8]
// CHECK-DAG:       %[[TO:.+]] = memref.subview %[[MINE]][0, {{.+}}] [%[[COUNT]], 8]
// CHECK:           math.rsqrt
// CHECK:           bufferization.materialize_in_destination %{{.+}} in writable %[[TO]]
// CHECK:         } body {
// CHECK:         ^bb0(%{{.+}}: index, %{{.+}}: index, %[[INPUT:[a-z0-9]+]]: memref<4x8xf32>, %{{.+}}: memref<4x8xf32>,
// CHECK-NOT:       math.rsqrt
// CHECK:           %[[ROWS:.+]] = memref.subview %[[INPUT]]
// CHECK:           task.matmul %[[ROWS]],
transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @n : !transformer.weight<8xf32> from [#transformer.source<"m"::"n" : 8xf32>]
transformer.weight @w : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
func.func @norm_in_prologue(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %n = transformer.get_weight @n : !transformer.weight<8xf32>
  %w = transformer.get_weight @w : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %y = transformer.group "linear" -> (tensor<?x8xf32>) {
    %h = transformer.rms_norm %x, %n eps 1.0e-5 groups 1 offset 0.0 : tensor<?x8xf32>, !transformer.weight<8xf32>
    %p = transformer.linear %h, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    transformer.yield %p : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}
