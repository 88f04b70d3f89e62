// RUN: tenon-opt %s -convert-transformer-to-task -split-input-file | FileCheck %s

// A step that can be given rows has them behind its other arguments. A tile reads
// its own, and the table too, without a branch: entry 0 for a row that is given.
// CHECK-LABEL: task.step @given_rows rows 4
// CHECK:       ^bb0(%[[TOKENS:[a-z0-9]+]]: memref<4xi32>, {{.*}}index, %[[GIVEN:[a-z0-9]+]]: memref<4x8xf32>):
// CHECK:         task.phase "embedding"
// CHECK-SAME:      touches(%[[TOKENS]], %{{[0-9a-z]+}}, %[[GIVEN]],
// CHECK-SAME:      #task.access<read, (d0) -> (d0 * {{[0-9]+}}, 0)>
// CHECK:           ^bb0(%[[TOKEN:.+]]: i32, %[[ROW:.+]]: f32, %{{.+}}: f32):
// CHECK:             %[[ENTRY:.+]] = arith.index_cast %[[TOKEN]] : i32 to index
// CHECK:             %[[IS_GIVEN:.+]] = arith.cmpi slt, %[[ENTRY]], %[[ZERO:.+]] : index
// CHECK:             %[[LOOKED:.+]] = arith.select %[[IS_GIVEN]], %[[ZERO]], %[[ENTRY]] : index
// CHECK:             tensor.extract %{{.+}}[%[[LOOKED]], %{{.+}}]
// CHECK:             %[[SCALED:.+]] = arith.mulf
// CHECK:             arith.select %[[IS_GIVEN]], %[[ROW]], %[[SCALED]] : f32
transformer.weight @e : !transformer.weight<40x8xf32> from [#transformer.source<"m"::"e" : 40x8xf32>]
func.func @given_rows(%tokens: tensor<?xi32>, %given: tensor<?x8xf32>, %rows: !transformer.rows,
    %wanted: tensor<?xi32>) -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<40x8xf32>
  %y = transformer.embedding %tokens, %e given %given scale 2.0
      : tensor<?xi32>, !transformer.weight<40x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// Embeddings are memory of the caller: the turns of a repeat carry a copy of them.
// CHECK-LABEL: task.step @carried rows 4
// CHECK:       ^bb0({{.*}}index, %[[GIVEN:[a-z0-9]+]]: memref<4x8xf32>):
// CHECK:         task.phase "copy"
// CHECK-SAME:      touches(%[[GIVEN]], %[[COPY:[a-z0-9]+]] :
// CHECK:         task.repeat
// CHECK-NOT:       %[[GIVEN]]{{[^0-9]}}
// CHECK:           task.phase "scale" {{.*}} touches(%[[COPY]],
// CHECK-NOT:       %[[GIVEN]]{{[^0-9]}}
// CHECK:         task.phase "select_rows"
func.func private @layer(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.scale %x by 0.5 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
func.func @carried(%given: tensor<?x8xf32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %x = call @layer(%given) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %y = call @layer(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %z = transformer.select_rows %y, %wanted : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}
