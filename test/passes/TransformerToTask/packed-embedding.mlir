// RUN: tenon-opt %s -convert-transformer-to-task | FileCheck %s

// A table that is also the output projection lies packed: row 37 of groups of 32
// rows, two columns in a line, is lane 5 of block 2.
// CHECK-LABEL: task.step @packed_embedding
// CHECK:         task.phase "embedding"
// CHECK:         ^bb0(%[[TOKEN:.+]]: i32, %{{.+}}: f32):
// CHECK-DAG:       %[[ROW:.+]] = arith.index_cast %[[TOKEN]] : i32 to index
// CHECK-DAG:       %[[COLUMN:.+]] = linalg.index 1
// CHECK:           %[[IN_GROUP:.+]] = arith.remui %[[ROW]], %[[C32:.+]] : index
// CHECK:           %[[GROUP:.+]] = arith.divui %[[ROW]], %{{.+}} : index
// CHECK:           %[[FIRST:.+]] = arith.muli %[[GROUP]], %{{.+}} : index
// CHECK:           %[[IN:.+]] = arith.divui %[[IN_GROUP]], %{{.+}} : index
// CHECK:           %[[BLOCK:.+]] = arith.addi %[[FIRST]], %[[IN]] : index
// CHECK:           %[[LINE:.+]] = arith.divui %[[COLUMN]], %{{.+}} : index
// CHECK:           %[[LANE:.+]] = arith.remui %[[IN_GROUP]], %{{.+}} : index
// CHECK:           %[[SIDE:.+]] = arith.remui %[[COLUMN]], %{{.+}} : index
// CHECK:           memref.load %{{.+}}[%[[BLOCK]], %[[LINE]], %[[LANE]], %[[SIDE]]] : memref<4x16x16x2xbf16>
transformer.weight @e : !transformer.weight<40x8xbf16> from [#transformer.source<"m"::"e" : 40x8xbf16>]
    recipe [#transformer.pack<lanes 16, columns 2, multiple 32, group 32>]
func.func @packed_embedding(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<40x8xbf16>
  %y = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<40x8xbf16> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
