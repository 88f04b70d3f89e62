// RUN: tenon-opt %s -convert-transformer-to-task | FileCheck %s

// The rows whose logits are wanted are taken in the prologue; the grid and all
// loads count the wanted rows, not the rows of the step.
// CHECK-LABEL: task.step @select_rows_in_prologue
// CHECK:         ^bb0({{.*}}, %[[WANTED:.+]]: memref<4xi32>, %[[LOGITS:.+]]: memref<4x8xf32>, %[[ROWS:.+]]: index, %[[COUNT:.+]]: index, %{{.+}}: index):
// CHECK:         %[[TILES:.+]] = task.plan -> index {
// CHECK:           arith.ceildivui %[[COUNT]],
// CHECK:         task.phase "linear" tiles(%{{.+}}, %[[TILES]])
// CHECK-SAME:      touches(%{{.+}}, %[[X:.+]], %[[WANTED]], %{{.+}}, %[[LOGITS]] :
// CHECK-SAME:      values(%[[COUNT]]) max [4] prologue {
// CHECK:         ^bb0(%{{.+}}: memref<4x8xf32>, %[[ALL:.+]]: memref<4x8xf32>, %[[WHICH:.+]]: memref<4xi32>, %{{.+}}: memref<2x8x16x1xf32>, %{{.+}}: memref<4x8xf32>, %[[N:.+]]: index):
// CHECK:           bufferization.to_tensor %[[ALL]]
// CHECK:           memref.subview %[[WHICH]][0] [%[[N]]]
transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @w : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
func.func @select_rows_in_prologue(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w = transformer.get_weight @w : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %y = transformer.group "linear" -> (tensor<?x8xf32>) {
    %s = transformer.select_rows %x, %wanted : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
    %p = transformer.linear %s, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    transformer.yield %p : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}
