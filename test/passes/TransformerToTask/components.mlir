// RUN: tenon-opt %s -convert-transformer-to-task | FileCheck %s

// Products that share their input, but not what follows, are components of one
// phase: tiles 0 to 3 are query heads, tiles 4 and 5 compute key and value of
// one head each and write both to the state, rounded to its type.
// CHECK-LABEL: task.step @components
// CHECK:         %[[KEYS:.+]] = task.get_state [@state.0.keys] : !task.paged<memref<2x16x64xbf16>>
// CHECK:         %[[VALUES:.+]] = task.get_state [@state.0.values] : !task.paged<memref<2x64x16xbf16>>
// CHECK:         task.phase "qkv" tiles(%{{.+}}, %{{.+}}) max [6, 1]
// CHECK-SAME:      as [#task.access<read>, #task.access<read>, #task.access<read>, #task.access<read>, #task.access<update>, #task.access<update>, #task.access<read>, #task.access<read>, #task.access<write>]
// CHECK:         ^bb0(%[[TILE:[a-z0-9]+]]: index,
// CHECK:           %[[C4:.+]] = arith.constant 4 : index
// CHECK:           %[[QUERY:.+]] = arith.cmpi ult, %[[TILE]], %[[C4]] : index
// CHECK:           scf.if %[[QUERY]] {
// CHECK:             task.matmul
// CHECK-NOT:         task.page
// CHECK:           } else {
// CHECK:             %[[HEAD:.+]] = arith.subi %[[TILE]], %{{.+}} : index
// CHECK:             task.matmul
// CHECK:             task.matmul
// CHECK:             %[[PAGE:.+]] = task.page
// CHECK:               %[[K:.+]] = arith.truncf %{{.+}} : f32 to bf16
// CHECK-NEXT:          memref.store %[[K]], %[[PAGE]][%{{.+}}, %[[COMPONENT:.+]], %[[POSITION:.+]]] : memref<2x16x64xbf16>
// CHECK:             %[[PAGE2:.+]] = task.page
// CHECK:               %[[V:.+]] = arith.truncf %{{.+}} : f32 to bf16
// CHECK-NEXT:          memref.store %[[V]], %[[PAGE2]][%{{.+}}, %[[POSITION2:.+]], %[[COMPONENT2:.+]]] : memref<2x64x16xbf16>
transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @q : !transformer.weight<64x8xf32> from [#transformer.source<"m"::"q" : 64x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 16>]
transformer.weight @k : !transformer.weight<32x8xf32> from [#transformer.source<"m"::"k" : 32x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 16>]
transformer.weight @v : !transformer.weight<32x8xf32> from [#transformer.source<"m"::"v" : 32x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 16>]
func.func @components(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>, %kv: !transformer.kv<2x16xbf16>)
    -> (tensor<?x64xf32>, !transformer.kv<2x16xbf16>) attributes {transformer.rows = 4 : i64} {
  %q = transformer.get_weight @q : !transformer.weight<64x8xf32>
  %k = transformer.get_weight @k : !transformer.weight<32x8xf32>
  %v = transformer.get_weight @v : !transformer.weight<32x8xf32>
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %y, %u = transformer.group "qkv" -> (tensor<?x64xf32>, !transformer.kv<2x16xbf16>) {
    %qq = transformer.linear %x, %q : tensor<?x8xf32>, !transformer.weight<64x8xf32> -> tensor<?x64xf32>
    %kk = transformer.linear %x, %k : tensor<?x8xf32>, !transformer.weight<32x8xf32> -> tensor<?x32xf32>
    %vv = transformer.linear %x, %v : tensor<?x8xf32>, !transformer.weight<32x8xf32> -> tensor<?x32xf32>
    %t = transformer.kv_append %kv, %kk, %vv, %rows : !transformer.kv<2x16xbf16>, tensor<?x32xf32>
    transformer.yield %qq, %t : tensor<?x64xf32>, !transformer.kv<2x16xbf16>
  }
  return %y, %u : tensor<?x64xf32>, !transformer.kv<2x16xbf16>
}
