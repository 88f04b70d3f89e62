// RUN: tenon-opt %s -convert-transformer-to-task | FileCheck %s

// A tile of attention is some rows and one state head; few rows are a tile each.
// Neighbouring tiles go to different workers, as later rows see more.
// CHECK-LABEL: task.step @attention_of_four
// CHECK:         ^bb0({{.*}}, %[[ROWS:.+]]: index, %{{.+}}: index, %{{.+}}: index):
// CHECK:         %[[TILES:.+]] = task.plan -> index {
// CHECK-NEXT:      %[[ONE:.+]] = arith.constant 1 : index
// CHECK-NEXT:      arith.ceildivui %[[ROWS]], %[[ONE]]
// CHECK:         task.phase "attend" tiles(%[[TILES]], %{{.+}}) max [4, 2]
// CHECK-SAME:      as [#task.access<read>, #task.access<read>, #task.access<read>, #task.access<read>, #task.access<read>, #task.access<write>] values(%[[ROWS]])
// CHECK:           %[[END:.+]] = arith.minui
// CHECK:           task.attend {{.*}} rows %{{.+}} to %[[END]] head %{{.+}} heads 4 head_dim 16 scale 2.500000e-01 window 3 softcap 5.000000e+01 :
// CHECK-LABEL: task.step @attention_of_many
// CHECK:           %[[EIGHT:.+]] = arith.constant 8 : index
// CHECK-NEXT:      arith.ceildivui %{{.+}}, %[[EIGHT]]
// CHECK:         task.phase "attend" tiles(%{{.+}}, %{{.+}}) max [5, 2]
transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @q : !transformer.weight<64x8xf32> from [#transformer.source<"m"::"q" : 64x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 16>]
transformer.weight @k : !transformer.weight<32x8xf32> from [#transformer.source<"m"::"k" : 32x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 16>]
transformer.weight @v : !transformer.weight<32x8xf32> from [#transformer.source<"m"::"v" : 32x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 16>]
func.func @attention_of_four(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>, %kv: !transformer.kv<2x16xbf16>)
    -> (tensor<?x64xf32>, !transformer.kv<2x16xbf16>) attributes {transformer.rows = 4 : i64} {
  %q = transformer.get_weight @q : !transformer.weight<64x8xf32>
  %k = transformer.get_weight @k : !transformer.weight<32x8xf32>
  %v = transformer.get_weight @v : !transformer.weight<32x8xf32>
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %g:2 = transformer.group "qkv" -> (tensor<?x64xf32>, !transformer.kv<2x16xbf16>) {
    %qq = transformer.linear %x, %q : tensor<?x8xf32>, !transformer.weight<64x8xf32> -> tensor<?x64xf32>
    %kk = transformer.linear %x, %k : tensor<?x8xf32>, !transformer.weight<32x8xf32> -> tensor<?x32xf32>
    %vv = transformer.linear %x, %v : tensor<?x8xf32>, !transformer.weight<32x8xf32> -> tensor<?x32xf32>
    %t = transformer.kv_append %kv, %kk, %vv, %rows : !transformer.kv<2x16xbf16>, tensor<?x32xf32>
    transformer.yield %qq, %t : tensor<?x64xf32>, !transformer.kv<2x16xbf16>
  }
  %y = transformer.attend %g#0, %g#1, %rows heads 4 scale 0.25 window 3 softcap 50.0 : tensor<?x64xf32>, !transformer.kv<2x16xbf16>
  return %y, %g#1 : tensor<?x64xf32>, !transformer.kv<2x16xbf16>
}
func.func @attention_of_many(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>, %kv: !transformer.kv<2x16xbf16>)
    -> (tensor<?x64xf32>, !transformer.kv<2x16xbf16>) attributes {transformer.rows = 40 : i64} {
  %q = transformer.get_weight @q : !transformer.weight<64x8xf32>
  %k = transformer.get_weight @k : !transformer.weight<32x8xf32>
  %v = transformer.get_weight @v : !transformer.weight<32x8xf32>
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %g:2 = transformer.group "qkv" -> (tensor<?x64xf32>, !transformer.kv<2x16xbf16>) {
    %qq = transformer.linear %x, %q : tensor<?x8xf32>, !transformer.weight<64x8xf32> -> tensor<?x64xf32>
    %kk = transformer.linear %x, %k : tensor<?x8xf32>, !transformer.weight<32x8xf32> -> tensor<?x32xf32>
    %vv = transformer.linear %x, %v : tensor<?x8xf32>, !transformer.weight<32x8xf32> -> tensor<?x32xf32>
    %t = transformer.kv_append %kv, %kk, %vv, %rows : !transformer.kv<2x16xbf16>, tensor<?x32xf32>
    transformer.yield %qq, %t : tensor<?x64xf32>, !transformer.kv<2x16xbf16>
  }
  %y = transformer.attend %g#0, %g#1, %rows heads 4 scale 0.25 window 3 softcap 50.0 : tensor<?x64xf32>, !transformer.kv<2x16xbf16>
  return %y, %g#1 : tensor<?x64xf32>, !transformer.kv<2x16xbf16>
}
