// RUN: tenon-opt %s -mlir-disable-threading -fold-weight-transposes --remarks-filter=weights --remark-policy=all --remark-format=emitRemark -o %t.mlir 2> %t.remarks
// RUN: FileCheck %s --input-file=%t.mlir
// RUN: FileCheck %s --check-prefix=REMARK --input-file=%t.remarks
// RUN: tenon run --compare %s %t.mlir --shapes=odd --tolerance=0 | FileCheck %s --check-prefix=SAME

// A transpose becomes a step of the recipe, and the weight as it was goes.
// CHECK-NOT: @w :
// CHECK:     transformer.weight @w.turned : !transformer.weight<4x8xf32> {{.*}} recipe [#transformer.transpose]
transformer.weight @w : !transformer.weight<8x4xf32> from [#transformer.source<"m"::"w" : 8x4xf32>]
func.func @transposed(%x: tensor<?x8xf32>) -> tensor<?x4xf32> {
  %w = transformer.get_weight @w : !transformer.weight<8x4xf32>
  %t = transformer.transpose %w : !transformer.weight<8x4xf32> -> !transformer.weight<4x8xf32>
  %y = transformer.linear %x, %t : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// What a recipe transposed before is taken as it was; other steps stay.
// CHECK: @back.turned : {{.*}} recipe [#transformer.to_f32]
transformer.weight @back : !transformer.weight<8x4xf32> from [#transformer.source<"m"::"b" : 4x8xbf16>]
    recipe [#transformer.to_f32, #transformer.transpose]
func.func @transposed_back(%x: tensor<?x8xf32>) -> tensor<?x4xf32> {
  %w = transformer.get_weight @back : !transformer.weight<8x4xf32>
  %t = transformer.transpose %w : !transformer.weight<8x4xf32> -> !transformer.weight<4x8xf32>
  %y = transformer.linear %x, %t : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// A kernel becomes a matrix before it is transposed.
// CHECK: @kernel.turned : {{.*}} recipe [#transformer.reshape<[8, 6]>, #transformer.transpose]
transformer.weight @kernel : !transformer.weight<8x6xf32> from [#transformer.source<"m"::"k" : 8x3x2xf32>]
func.func @kernel_transposed(%x: tensor<?x8xf32>) -> tensor<?x6xf32> {
  %w = transformer.get_weight @kernel : !transformer.weight<8x6xf32>
  %t = transformer.transpose %w : !transformer.weight<8x6xf32> -> !transformer.weight<6x8xf32>
  %y = transformer.linear %x, %t : tensor<?x8xf32>, !transformer.weight<6x8xf32> -> tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}

// Each call of a layer passes its own transposed weight, once.
// CHECK: @layers.0.w.turned
// CHECK: @layers.1.w.turned
// CHECK-LABEL: func.func private @layer(
// CHECK-SAME:    %{{.+}}: tensor<?x4xf32>, %[[W:.+]]: !transformer.weight<4x4xbf16>)
// CHECK-NEXT:    transformer.linear %{{.+}}, %[[W]]
// CHECK-LABEL: @through_calls
// CHECK-NEXT:    %[[A:.+]] = transformer.get_weight @layers.0.w.turned
// CHECK-NEXT:    %[[Y:.+]] = call @layer(%{{.+}}, %[[A]])
// CHECK-NEXT:    %[[B:.+]] = transformer.get_weight @layers.1.w.turned
// CHECK-NEXT:    call @layer(%[[Y]], %[[B]])
transformer.weight @layers.0.w : !transformer.weight<4x4xbf16> from [#transformer.source<"m"::"0" : 4x4xbf16>]
transformer.weight @layers.1.w : !transformer.weight<4x4xbf16> from [#transformer.source<"m"::"1" : 4x4xbf16>]
func.func private @layer(%x: tensor<?x4xf32>, %w: !transformer.weight<4x4xbf16>) -> tensor<?x4xf32> {
  %t = transformer.transpose %w : !transformer.weight<4x4xbf16> -> !transformer.weight<4x4xbf16>
  %y = transformer.linear %x, %t : tensor<?x4xf32>, !transformer.weight<4x4xbf16> -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
func.func @through_calls(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %a = transformer.get_weight @layers.0.w : !transformer.weight<4x4xbf16>
  %b = transformer.get_weight @layers.1.w : !transformer.weight<4x4xbf16>
  %y = call @layer(%x, %a) : (tensor<?x4xf32>, !transformer.weight<4x4xbf16>) -> tensor<?x4xf32>
  %z = call @layer(%y, %b) : (tensor<?x4xf32>, !transformer.weight<4x4xbf16>) -> tensor<?x4xf32>
  return %z : tensor<?x4xf32>
}

// A weight that is used both ways is in the file twice, and this is told.
// REMARK: remark: [Analysis] fold-weight-transposes | Category:weights | Function=both_ways | Reason="it is used as it is and transposed", Remark="the file holds a weight twice"
transformer.weight @both : !transformer.weight<4x4xf32> from [#transformer.source<"m"::"both" : 4x4xf32>]
func.func @both_ways(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %w = transformer.get_weight @both : !transformer.weight<4x4xf32>
  %t = transformer.transpose %w : !transformer.weight<4x4xf32> -> !transformer.weight<4x4xf32>
  %y = transformer.linear %x, %t : tensor<?x4xf32>, !transformer.weight<4x4xf32> -> tensor<?x4xf32>
  %z = transformer.linear %y, %w : tensor<?x4xf32>, !transformer.weight<4x4xf32> -> tensor<?x4xf32>
  return %z : tensor<?x4xf32>
}

// What an outside caller passes is not known.
// REMARK: [Missed] fold-weight-transposes | Category:weights | Function=from_outside | Reason="a weight is an argument of a public function", Remark="a transpose stays"
func.func @from_outside(%x: tensor<?x8xf32>, %w: !transformer.weight<8x4xf32>) -> tensor<?x4xf32> {
  %t = transformer.transpose %w : !transformer.weight<8x4xf32> -> !transformer.weight<4x8xf32>
  %y = transformer.linear %x, %t : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// SAME: @transposed is the same
// SAME: @transposed_back is the same
// SAME: @kernel_transposed is the same
// SAME: @through_calls is the same
// SAME: @both_ways is the same
// SAME: @from_outside is the same
