// RUN: tenon-opt %s -pack-weights -make-row-variants=rows=4 -convert-transformer-to-task \
// RUN:   -remarks-filter=lowering --remark-format=emitRemark 2>&1 | FileCheck %s
// RUN: tenon-opt %s -pack-weights -make-row-variants=rows=4 -convert-transformer-to-task \
// RUN:   -assign-states | FileCheck %s --check-prefix=PLACE

// An op that has no fast form runs whole, on one worker, and says so; a state of
// fixed size is copied from the slots of the sequences and back.

// CHECK: remark: {{.*}}no pattern of convert-transformer-to-task makes it fast{{.*}}causal_conv runs by its reference form, on one worker
// CHECK: task.state @state.0.tail slot : memref<32x3xf32>
// CHECK-LABEL: task.step @step_4
// CHECK:       task.phase "causal_conv" tiles(%{{.*}}) max [1]
// CHECK:         %[[ALL:.+]] = memref.alloc(%[[SEQUENCES:.+]]) : memref<?x32x3xf32>
// CHECK:         scf.for %{{.*}} = %{{.*}} to %[[SEQUENCES]]
// CHECK:           %[[SLOT:.+]] = task.slot
// CHECK:           memref.copy %[[SLOT]]
// CHECK:         bufferization.to_tensor %[[ALL]]
// CHECK:         task.slot
// CHECK:         memref.copy

// PLACE: task.slot_bytes = 384
// PLACE: task.state @state.0.tail slot : memref<32x3xf32> offset 0

transformer.weight @embedding : !transformer.weight<64x32xf32>
    from [#transformer.source<"model.safetensors"::"e" : 64x32xf32>]
transformer.weight @conv : !transformer.weight<32x1x4xf32>
    from [#transformer.source<"model.safetensors"::"c" : 32x1x4xf32>]
transformer.weight @head : !transformer.weight<64x32xf32>
    from [#transformer.source<"model.safetensors"::"h" : 64x32xf32>]

func.func @step(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>,
                %tail: !transformer.conv_tail<32x3xf32>)
    -> (tensor<?x64xf32>, !transformer.conv_tail<32x3xf32>) {
  %e = transformer.get_weight @embedding : !transformer.weight<64x32xf32>
  %w = transformer.get_weight @conv : !transformer.weight<32x1x4xf32>
  %h = transformer.get_weight @head : !transformer.weight<64x32xf32>
  %x = transformer.embedding %tokens, %e scale 1.0
      : tensor<?xi32>, !transformer.weight<64x32xf32> -> tensor<?x32xf32>
  %t, %y = transformer.causal_conv %tail, %x, %w, %rows
      : !transformer.conv_tail<32x3xf32>, tensor<?x32xf32>, !transformer.weight<32x1x4xf32>
  %c = transformer.select_rows %y, %wanted : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  %l = transformer.linear %c, %h
      : tensor<?x32xf32>, !transformer.weight<64x32xf32> -> tensor<?x64xf32>
  return %l, %t : tensor<?x64xf32>, !transformer.conv_tail<32x3xf32>
}
