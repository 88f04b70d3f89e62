// RUN: tenon-opt %s -convert-transformer-to-task | FileCheck %s

// A tile of attention is some rows and one state head. Few rows have few of them, so
// there the pages that a row sees are cut into parts, and a phase merges the parts.
// Neighbouring tiles go to different workers, as later rows see more.
// CHECK-LABEL: task.step @attention_of_four
// CHECK:         ^bb0({{.*}}, %[[ROWS:.+]]: index, %{{.+}}: index, %{{.+}}: index):
// CHECK:         %[[MARKS:.+]] = task.buffer : memref<8x4x4x2xf32>
// CHECK:         %[[PARTS:.+]] = task.buffer : memref<8x4x64xf32>
// CHECK:         task.phase "attend" tiles(%[[ROWS]], %{{.+}}, %{{.+}}) max [4, 8, 2]
// CHECK-SAME:      touches({{.*}}, %[[PARTS]], %[[MARKS]] :
// CHECK-SAME:      as [#task.access<read>, #task.access<read>, #task.access<read>, #task.access<read>, #task.access<read>, #task.access<write>, #task.access<write>]
// CHECK:           ^bb0(%[[ROW:.+]]: index, %[[PART:.+]]: index, %[[HEAD:.+]]: index,
// A window of 2000 begins 1999 positions before the row's own.
// CHECK:           %[[BEFORE:.+]] = arith.constant 1999 : index
// CHECK:           arith.subi %{{.+}}, %[[BEFORE]]
// CHECK:           arith.maxui
// CHECK:           %[[COUNT:.+]] = arith.ceildivui
// CHECK:           %[[HAS:.+]] = arith.cmpi slt, %[[PART]], %[[COUNT]]
// CHECK:           scf.if %[[HAS]] {
// CHECK:             task.attend {{.*}} rows %[[ROW]] to %{{.+}} head %[[HEAD]] pages %{{.+}} to %{{.+}} marks %{{.+}} heads 4 head_dim 16 scale 2.500000e-01 window 2000 softcap 5.000000e+01 :
// CHECK:         task.phase "merge_parts" tiles(%[[ROWS]], %{{.+}}) max [4, 4]
// CHECK-SAME:      touches(%[[PARTS]], %[[MARKS]],
// CHECK:           math.exp
// 194 positions are in 5 pages at most, which are two parts.
// CHECK-LABEL: task.step @attention_of_few_pages
// CHECK:         task.phase "attend" tiles(%{{.+}}, %{{.+}}, %{{.+}}) max [4, 2, 2]
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
  %y = transformer.attend %g#0, %g#1, %rows heads 4 scale 0.25 window 2000 softcap 50.0 : tensor<?x64xf32>, !transformer.kv<2x16xbf16>
  return %y, %g#1 : tensor<?x64xf32>, !transformer.kv<2x16xbf16>
}
func.func @attention_of_few_pages(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>, %kv: !transformer.kv<2x16xbf16>)
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
  %y = transformer.attend %g#0, %g#1, %rows heads 4 scale 0.25 window 194 softcap 50.0 : tensor<?x64xf32>, !transformer.kv<2x16xbf16>
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
