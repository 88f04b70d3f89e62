// RUN: tenon-opt %s -convert-transformer-to-task=target=amx | FileCheck %s --check-prefixes=CHECK,AMX
// RUN: tenon-opt %s -convert-transformer-to-task=target=x86-64-v4 | FileCheck %s --check-prefixes=CHECK,VECTOR

// A tile unit multiplies bf16 rows: they are rounded once, in the prologue, into
// rows of whole tiles, with zeros behind the 40 columns. Elsewhere the rows of
// the buffer are multiplied as they are, in f32.
// CHECK-LABEL: task.step @many_rows
// AMX:           %[[ROUNDED:.+]] = task.buffer private : memref<64x64xbf16>
// AMX:           task.phase "linear"
// AMX-SAME:        touches(%[[ROUNDED]], {{.*}} as [#task.access<private>,
// AMX-SAME:        prologue {
// AMX:             arith.truncf %{{.+}} : f32 to bf16
// AMX:             %[[REST:.+]] = memref.subview %{{.+}}[0, 40] [%{{.+}}, 24] [1, 1] : memref<64x64xbf16>
// AMX:             linalg.fill {{.*}} outs(%[[REST]] :
// AMX:           } body {
// AMX:             task.matmul {{.*}} inputs 40 : memref<64x64xbf16, {{.*}}>, memref<2x32x16x2xbf16, {{.*}}>, memref<64x32xf32>
// VECTOR-NOT:    task.buffer private
// VECTOR:        task.phase "linear"
// VECTOR-NOT:      prologue
// VECTOR:          task.matmul {{.*}} inputs 40 : memref<40x40xf32, {{.*}}>, memref<2x32x16x2xbf16, {{.*}}>, memref<40x32xf32>

// Few rows would fill a tile badly: they are multiplied in f32 on every machine.
// CHECK-LABEL: task.step @few_rows
// CHECK-NOT:     prologue
// CHECK:         task.matmul {{.*}} : memref<8x40xf32, {{.*}}>
transformer.weight @e : !transformer.weight<5x40xf32> from [#transformer.source<"m"::"e" : 5x40xf32>]
transformer.weight @w : !transformer.weight<32x40xbf16> from [#transformer.source<"m"::"w" : 32x40xbf16>]
    recipe [#transformer.pack<lanes 16, columns 2, multiple 32, group 32>]
func.func @many_rows(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x32xf32> attributes {transformer.rows = 40 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x40xf32>
  %w = transformer.get_weight @w : !transformer.weight<32x40xbf16>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x40xf32> -> tensor<?x40xf32>
  %y = transformer.group "linear" -> (tensor<?x32xf32>) {
    %p = transformer.linear %x, %w : tensor<?x40xf32>, !transformer.weight<32x40xbf16> -> tensor<?x32xf32>
    transformer.yield %p : tensor<?x32xf32>
  }
  return %y : tensor<?x32xf32>
}
func.func @few_rows(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x32xf32> attributes {transformer.rows = 8 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x40xf32>
  %w = transformer.get_weight @w : !transformer.weight<32x40xbf16>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x40xf32> -> tensor<?x40xf32>
  %y = transformer.group "linear" -> (tensor<?x32xf32>) {
    %p = transformer.linear %x, %w : tensor<?x40xf32>, !transformer.weight<32x40xbf16> -> tensor<?x32xf32>
    transformer.yield %p : tensor<?x32xf32>
  }
  return %y : tensor<?x32xf32>
}
