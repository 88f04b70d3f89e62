// RUN: tenon-opt %s -convert-transformer-to-task | FileCheck %s

// A tile is a head where rope or a norm needs its columns together: both are
// computed on the tile, with the tables of the tile's rows.
// CHECK-LABEL: task.step @head_in_tile
// CHECK:         %[[C2:.+]] = arith.constant 2 : index
// CHECK:         task.phase "linear" tiles(%[[C2]], %{{.+}}) max [2, 1]
// CHECK:           task.matmul {{.*}} inputs 8 : memref<4x8xf32, {{.*}}>, memref<1x8x16x1xf32, {{.*}}>, memref<4x16xf32>
// CHECK:           math.rsqrt
// CHECK:           memref.subview %{{.+}}[%[[ROW:.+]], 0] [%[[ROWS:.+]], 8] [1, 1] : memref<4x8xf32>
// CHECK:           memref.subview %{{.+}}[%[[ROW]], 0] [%[[ROWS]], 8] [1, 1] : memref<4x8xf32>
// CHECK:           tensor.expand_shape %{{.+}} output_shape [%{{.+}}, 1, 16]
// CHECK:           bufferization.materialize_in_destination
// CHECK-NOT:       task.phase
transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @n : !transformer.weight<16xf32> from [#transformer.source<"m"::"n" : 16xf32>]
transformer.weight @w : !transformer.weight<32x8xf32> from [#transformer.source<"m"::"w" : 32x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 16>]
func.func @head_in_tile(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x32xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %n = transformer.get_weight @n : !transformer.weight<16xf32>
  %w = transformer.get_weight @w : !transformer.weight<32x8xf32>
  %c, %s = transformer.rotary_table %rows frequencies [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0] factor 1.0 : tensor<?x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %y = transformer.group "linear" -> (tensor<?x32xf32>) {
    %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<32x8xf32> -> tensor<?x32xf32>
    %h = transformer.rms_norm %p, %n eps 1.0e-5 groups 2 offset 0.0 : tensor<?x32xf32>, !transformer.weight<16xf32>
    %r = transformer.rope %h, %c, %s halves head_dim 16 : tensor<?x32xf32>, tensor<?x8xf32>
    transformer.yield %r : tensor<?x32xf32>
  }
  return %y : tensor<?x32xf32>
}
