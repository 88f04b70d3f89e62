// RUN: tenon-opt %s -convert-transformer-to-task | FileCheck %s

// Rows of 8 columns fill a part of a tile of 32. A norm over all of them follows
// the product in its phase, which must know how many they are.
// CHECK-LABEL: task.step @norm_of_narrow_rows
// CHECK:         task.phase "linear_norm"
// CHECK:           memref.subview %{{.+}}[%{{.+}}, %{{.+}}] [%[[ROWS:.+]], 8] [1, 1] : memref<4x8xf32>
// CHECK:           task.matmul {{.*}} into %{{.+}} rows %[[ROWS]] inputs 8
// CHECK:           arith.mulf %{{.+}}, %{{.+}} : f32
// CHECK-NOT:       tensor<?x?xf32>
// CHECK:           arith.constant 1.250000e-01 : f32
// CHECK:           math.rsqrt
transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @g : !transformer.weight<8xf32> from [#transformer.source<"m"::"g" : 8xf32>]
transformer.weight @w : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
func.func @norm_of_narrow_rows(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %g = transformer.get_weight @g : !transformer.weight<8xf32>
  %w = transformer.get_weight @w : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %y = transformer.group "linear_norm" -> (tensor<?x8xf32>) {
    %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    %n = transformer.rms_norm %p, %g eps 1.0e-5 groups 1 offset 0.0 : tensor<?x8xf32>, !transformer.weight<8xf32>
    transformer.yield %n : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}
