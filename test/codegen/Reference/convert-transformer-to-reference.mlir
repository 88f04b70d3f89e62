// RUN: tenon-opt %s -convert-transformer-to-reference | FileCheck %s

// A weight becomes an external global, and its name a tensor of it.
// CHECK: memref.global @scale : memref<4xbf16>
// CHECK-NOT: initial
// CHECK-LABEL: func.func @weight_is_a_tensor_of_host_memory() -> tensor<4xbf16>
// CHECK:         %[[MEMORY:.+]] = memref.get_global @scale
// CHECK:         bufferization.to_tensor %[[MEMORY]] restrict :
transformer.weight @scale : !transformer.weight<4xbf16>
    from [#transformer.source<"m.safetensors"::"norm" : 4xbf16>]
func.func @weight_is_a_tensor_of_host_memory() -> !transformer.weight<4xbf16> {
  %w = transformer.get_weight @scale : !transformer.weight<4xbf16>
  return %w : !transformer.weight<4xbf16>
}

// The rows and a state become the tensors that their types name, in the
// signature, in calls and in what is returned.
// CHECK-LABEL: func.func private @append
// CHECK-SAME:    tensor<?x?x2x4xf16>, %{{[^:]+}}: tensor<?x?x2x4xf16>
// CHECK-SAME:    tensor<?xi32>, %{{[^:]+}}: tensor<?x?xi32>
// CHECK-SAME:    -> (tensor<?x?x2x4xf16>, tensor<?x?x2x4xf16>)
func.func private @append(%s: !transformer.kv<2x4xf16>, %k: tensor<?x8xf32>,
                          %rows: !transformer.rows) -> !transformer.kv<2x4xf16> {
  %t = transformer.kv_append %s, %k, %k, %rows : !transformer.kv<2x4xf16>, tensor<?x8xf32>
  return %t : !transformer.kv<2x4xf16>
}
// CHECK-LABEL: func.func @calls_pass_all_parts
// CHECK:         %[[STATE:.+]]:2 = call @append
// CHECK:         return %[[STATE]]#0, %[[STATE]]#1
func.func @calls_pass_all_parts(%s: !transformer.kv<2x4xf16>, %k: tensor<?x8xf32>,
                                %rows: !transformer.rows) -> !transformer.kv<2x4xf16> {
  %t = func.call @append(%s, %k, %rows)
      : (!transformer.kv<2x4xf16>, tensor<?x8xf32>, !transformer.rows) -> !transformer.kv<2x4xf16>
  return %t : !transformer.kv<2x4xf16>
}

// A group is its ops.
// CHECK-LABEL: func.func @group_is_inlined
// CHECK:         %[[SUM:.+]] = linalg.generic
// CHECK-NOT:     transformer
// CHECK:         return %[[SUM]]
func.func @group_is_inlined(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.group "sum" -> (tensor<?x8xf32>) {
    %s = transformer.residual_add %x, %x scale 0.5 : tensor<?x8xf32>
    transformer.yield %s : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}
