// RUN: tenon-opt %s -convert-transformer-to-task | FileCheck %s

// The residual is added to the tile of a product while it is in cache: the
// phase reads the tile's part of it, and writes the sum only.
// CHECK-LABEL: task.step @residual_add
// CHECK:         %[[R:.+]] = task.buffer : memref<4x8xf32>
// CHECK:         task.phase "linear_residual"
// CHECK-SAME:      touches(%{{.+}}, %{{.+}}, %[[R]], %[[LOGITS:.+]] : memref<4x8xf32>, memref<2x8x16x1xf32>, memref<4x8xf32>, memref<4x8xf32>)
// CHECK-SAME:      as [#task.access<read>, #task.access<read>, #task.access<read>, #task.access<write>]
// CHECK:         ^bb0(%{{.+}}: index, %{{.+}}: index, %{{.+}}: memref<4x8xf32>, %{{.+}}: memref<2x8x16x1xf32>, %[[VIEW:.+]]: memref<4x8xf32>, %[[OUT:.+]]: memref<4x8xf32>, %{{.+}}: index):
// CHECK:           %[[TO:.+]] = memref.subview %[[OUT]][%[[ROW:.+]], %[[COLUMN:.+]]] [%[[ROWS:.+]], 8]
// CHECK:           task.matmul {{.*}} into %[[SUMS:.+]] rows %[[ROWS]] inputs 8
// CHECK:           memref.subview %[[VIEW]][%[[ROW]], %[[COLUMN]]] [%[[ROWS]], 8]
// CHECK:           linalg.generic
// CHECK:             arith.mulf
// CHECK-NEXT:        arith.addf
// CHECK:           bufferization.materialize_in_destination %{{.+}} in writable %[[TO]]
transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @w : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
func.func @residual_add(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w = transformer.get_weight @w : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %r = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %y = transformer.group "linear_residual" -> (tensor<?x8xf32>) {
    %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    %s = transformer.residual_add %r, %p scale 1.0 : tensor<?x8xf32>
    transformer.yield %s : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}
