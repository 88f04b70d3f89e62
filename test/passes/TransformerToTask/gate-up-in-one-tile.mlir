// RUN: tenon-opt %s -convert-transformer-to-task | FileCheck %s

// Gate and up of the same columns are one tile, so that the activation has both.
// CHECK-LABEL: task.step @gate_up
// CHECK:         task.phase "gate_up" tiles(%{{.+}}, %{{.+}}) max [2, 1]
// CHECK-NOT:       scf.if
// CHECK:           task.matmul {{.*}} into %[[GATE:.+]] rows
// CHECK:           task.matmul {{.*}} into %[[UP:.+]] rows
// CHECK:           math.exp
// CHECK:           bufferization.materialize_in_destination
// CHECK-NOT:       bufferization.materialize_in_destination
transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @a : !transformer.weight<64x8xf32> from [#transformer.source<"m"::"a" : 64x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
transformer.weight @b : !transformer.weight<64x8xf32> from [#transformer.source<"m"::"b" : 64x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
func.func @gate_up(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x64xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %a = transformer.get_weight @a : !transformer.weight<64x8xf32>
  %b = transformer.get_weight @b : !transformer.weight<64x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %y = transformer.group "gate_up" -> (tensor<?x64xf32>) {
    %g = transformer.linear %x, %a : tensor<?x8xf32>, !transformer.weight<64x8xf32> -> tensor<?x64xf32>
    %u = transformer.linear %x, %b : tensor<?x8xf32>, !transformer.weight<64x8xf32> -> tensor<?x64xf32>
    %h = transformer.gated_activation silu %g, %u limit 0.0 alpha 1.0 : tensor<?x64xf32>
    transformer.yield %h : tensor<?x64xf32>
  }
  return %y : tensor<?x64xf32>
}
