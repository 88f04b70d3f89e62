// RUN: tenon-opt %s -convert-transformer-to-task | FileCheck %s

// 40 columns are a tile of 32 and one of 8: the weight has rows for whole tiles,
// what is read and written of other operands ends with the columns.
// CHECK-LABEL: task.step @odd_columns
// CHECK:         task.phase "linear" tiles(%{{.+}}, %{{.+}}) max [2, 1]
// CHECK:           %[[ALL:.+]] = arith.constant 40 : index
// CHECK-NEXT:      %[[REST:.+]] = arith.subi %[[ALL]], %[[FIRST:.+]] : index
// CHECK:           %[[COLUMNS:.+]] = arith.minui %{{.+}}, %[[REST]] : index
// CHECK:           memref.subview %{{.+}}[%{{.+}}, %[[FIRST]]] [%{{.+}}, %[[COLUMNS]]] [1, 1] : memref<4x40xf32>
// CHECK:           task.matmul {{.*}}memref<2x8x16x1xf32, {{.*}}>, memref<4x32xf32>
// CHECK:           memref.subview %{{.+}}[%[[FIRST]]] [%[[COLUMNS]]] [1] : memref<40xf32>
transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @w : !transformer.weight<40x8xf32> from [#transformer.source<"m"::"w" : 40x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
transformer.weight @bias : !transformer.weight<40xf32> from [#transformer.source<"m"::"bias" : 40xf32>]
func.func @odd_columns(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x40xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w = transformer.get_weight @w : !transformer.weight<40x8xf32>
  %bias = transformer.get_weight @bias : !transformer.weight<40xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %y = transformer.group "linear" -> (tensor<?x40xf32>) {
    %p = transformer.linear %x, %w bias %bias : tensor<?x8xf32>, !transformer.weight<40x8xf32>, !transformer.weight<40xf32> -> tensor<?x40xf32>
    transformer.yield %p : tensor<?x40xf32>
  }
  return %y : tensor<?x40xf32>
}
