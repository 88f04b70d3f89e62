// RUN: tenon-opt %s -convert-transformer-to-task -assign-states | FileCheck %s

// The parts of a state that grow with positions lie in pages, the others in slots:
// what an encoder left is keys and values, and how many. Who writes the number
// writes for all rows, on one worker.

// CHECK:       task.page_bytes = 6656 : i64, task.slot_bytes = 64 : i64
// CHECK:       task.state @state.0.keys paged : memref<64x2x4xf32> offset 0
// CHECK:       task.state @state.0.values paged : memref<64x2x4xf32> offset 2048
// CHECK:       task.state @state.0.length slot : memref<i32> offset 0
// CHECK:       task.state @state.1.keys paged : memref<1x4x64xf16> offset 4096
// CHECK:       task.state @state.1.values paged : memref<1x64x16xf16> offset
// CHECK-LABEL: task.step @parts_of_states
// CHECK:         task.phase "cross_write" tiles(%{{.+}}) max [1]
// CHECK-SAME:      as [#task.access<update>, #task.access<update>, #task.access<update>,
// CHECK:           memref.store %{{.+}}, %{{.+}} : memref<64x2x4xf32>
// CHECK:           task.slot {{.*}} -> memref<i32>
// CHECK:         task.phase "cross_attend" tiles(%{{.+}}) max [4]
// CHECK:           %[[SLOT:.+]] = task.slot {{.*}} -> memref<i32>
// CHECK:           %[[LENGTH:.+]] = bufferization.to_tensor %[[SLOT]]
// CHECK:           arith.ceildivui
// CHECK:           scf.for

// A table of biases reads the pages of the fast form, in the order of the reference.
// CHECK:         task.phase "attend" tiles(%{{.+}}) max [4]
// CHECK:           %[[PAGE:.+]] = task.page {{.*}} -> memref<1x4x64xf16>
// CHECK:           %[[KEYS:.+]] = bufferization.to_tensor %[[PAGE]]
// CHECK:           linalg.generic {{.*}} ins(%[[KEYS]] : tensor<1x4x64xf16>) outs(%{{.+}} : tensor<1x64x1x4xf16>)
// CHECK:           task.page {{.*}} -> memref<1x64x16xf16>
// CHECK:           linalg.generic {{.*}} ins(%{{.+}} : tensor<1x64x16xf16>) outs(%{{.+}} : tensor<1x64x1x16xf16>)
transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @b : !transformer.weight<8x1xf32> from [#transformer.source<"m"::"b" : 8x1xf32>]
func.func @parts_of_states(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>, %c: !transformer.cross<2x4xf32>, %kv: !transformer.kv<1x4xf16>)
    -> (tensor<?x4xf32>, !transformer.cross<2x4xf32>, !transformer.kv<1x4xf16>) attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %b = transformer.get_weight @b : !transformer.weight<8x1xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %d = transformer.cross_write %c, %x, %x, %rows : !transformer.cross<2x4xf32>, tensor<?x8xf32>
  %y = transformer.cross_attend %x, %d, %rows heads 2 scale 0.5 : tensor<?x8xf32>, !transformer.cross<2x4xf32>
  %k, %v = transformer.split %y : tensor<?x8xf32> -> tensor<?x4xf32>, tensor<?x4xf32>
  %kw = transformer.kv_append %kv, %k, %v, %rows : !transformer.kv<1x4xf16>, tensor<?x4xf32>
  %z = transformer.attend %v, %kw, %rows heads 1 scale 1.0 window 0 softcap 0.0
      relative %b : !transformer.weight<8x1xf32> max_distance 20 : tensor<?x4xf32>, !transformer.kv<1x4xf16>
  return %z, %d, %kw : tensor<?x4xf32>, !transformer.cross<2x4xf32>, !transformer.kv<1x4xf16>
}
