// RUN: tenon-opt %s -convert-transformer-to-task | FileCheck %s

// Each layer has its own state: a list with a name for each turn, as weights.
// The state that the append returns is the one that the attention reads.
// CHECK:       task.state @state.0.keys paged : memref<2x16x64xbf16>
// CHECK:       task.state @state.0.values paged : memref<2x64x16xbf16>
// CHECK:       task.state @state.1.keys paged
// CHECK:       task.state @state.1.values paged
// CHECK-LABEL: task.step @states_of_layers
// CHECK:         task.repeat 2 {
// CHECK-NEXT:    ^bb0(%[[TURN:.+]]: index):
// CHECK:           %[[K:.+]] = task.get_state [@state.0.keys, @state.1.keys][%[[TURN]]]
// CHECK:           task.phase "qkv"
// CHECK:           task.get_state [@state.0.keys, @state.1.keys][%[[TURN]]]
// CHECK:           task.phase "attend"
transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @q : !transformer.weight<64x8xf32> from [#transformer.source<"m"::"q" : 64x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 16>]
transformer.weight @k : !transformer.weight<32x8xf32> from [#transformer.source<"m"::"k" : 32x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 16>]
transformer.weight @v : !transformer.weight<32x8xf32> from [#transformer.source<"m"::"v" : 32x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 16>]
transformer.weight @o : !transformer.weight<8x64xf32> from [#transformer.source<"m"::"o" : 8x64xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
func.func private @layer_4(%x: tensor<?x8xf32>, %rows: !transformer.rows, %kv: !transformer.kv<2x16xbf16>, %q: !transformer.weight<64x8xf32>, %k: !transformer.weight<32x8xf32>, %v: !transformer.weight<32x8xf32>, %o: !transformer.weight<8x64xf32>) -> (tensor<?x8xf32>, !transformer.kv<2x16xbf16>) {
  %g:2 = transformer.group "qkv" -> (tensor<?x64xf32>, !transformer.kv<2x16xbf16>) {
    %qq = transformer.linear %x, %q : tensor<?x8xf32>, !transformer.weight<64x8xf32> -> tensor<?x64xf32>
    %kk = transformer.linear %x, %k : tensor<?x8xf32>, !transformer.weight<32x8xf32> -> tensor<?x32xf32>
    %vv = transformer.linear %x, %v : tensor<?x8xf32>, !transformer.weight<32x8xf32> -> tensor<?x32xf32>
    %t = transformer.kv_append %kv, %kk, %vv, %rows : !transformer.kv<2x16xbf16>, tensor<?x32xf32>
    transformer.yield %qq, %t : tensor<?x64xf32>, !transformer.kv<2x16xbf16>
  }
  %a = transformer.attend %g#0, %g#1, %rows heads 4 scale 0.25 window 0 softcap 0.0 : tensor<?x64xf32>, !transformer.kv<2x16xbf16>
  %z = transformer.group "linear" -> (tensor<?x8xf32>) {
    %p = transformer.linear %a, %o : tensor<?x64xf32>, !transformer.weight<8x64xf32> -> tensor<?x8xf32>
    transformer.yield %p : tensor<?x8xf32>
  }
  return %z, %g#1 : tensor<?x8xf32>, !transformer.kv<2x16xbf16>
}
func.func @states_of_layers(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>, %kv: !transformer.kv<2x16xbf16>, %kw: !transformer.kv<2x16xbf16>)
    -> (tensor<?x8xf32>, !transformer.kv<2x16xbf16>, !transformer.kv<2x16xbf16>) attributes {transformer.rows = 4 : i64} {
  %q = transformer.get_weight @q : !transformer.weight<64x8xf32>
  %k = transformer.get_weight @k : !transformer.weight<32x8xf32>
  %v = transformer.get_weight @v : !transformer.weight<32x8xf32>
  %o = transformer.get_weight @o : !transformer.weight<8x64xf32>
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %a:2 = call @layer_4(%x, %rows, %kv, %q, %k, %v, %o) : (tensor<?x8xf32>, !transformer.rows, !transformer.kv<2x16xbf16>, !transformer.weight<64x8xf32>, !transformer.weight<32x8xf32>, !transformer.weight<32x8xf32>, !transformer.weight<8x64xf32>) -> (tensor<?x8xf32>, !transformer.kv<2x16xbf16>)
  %b:2 = call @layer_4(%a#0, %rows, %kw, %q, %k, %v, %o) : (tensor<?x8xf32>, !transformer.rows, !transformer.kv<2x16xbf16>, !transformer.weight<64x8xf32>, !transformer.weight<32x8xf32>, !transformer.weight<32x8xf32>, !transformer.weight<8x64xf32>) -> (tensor<?x8xf32>, !transformer.kv<2x16xbf16>)
  %y = transformer.scale %b#0 by 0.5 : tensor<?x8xf32>
  return %y, %a#1, %b#1 : tensor<?x8xf32>, !transformer.kv<2x16xbf16>, !transformer.kv<2x16xbf16>
}
