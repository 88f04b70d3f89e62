// RUN: tenon-opt %s -mlir-disable-threading -split-products --remarks-filter=weights --remark-policy=all --remark-format=emitRemark -o %t.mlir 2> %t.remarks
// RUN: FileCheck %s --input-file=%t.mlir
// RUN: FileCheck %s --check-prefix=REMARK --input-file=%t.remarks
// RUN: tenon run --compare %s %t.mlir --shapes=odd | FileCheck %s --check-prefix=SAME

// A fused projection becomes a product for each part, in each call of the layer.
// CHECK-NOT: @qkv :
// CHECK-DAG: @qkv.part0 : !transformer.weight<6x8xbf16> {{.*}} recipe [#transformer.slice_rows<first 0, count 6, every 10>]
// CHECK-DAG: @qkv.part1 : !transformer.weight<2x8xbf16> {{.*}} recipe [#transformer.slice_rows<first 6, count 2, every 10>]
// CHECK-DAG: @qkv.part2 : !transformer.weight<2x8xbf16> {{.*}} recipe [#transformer.slice_rows<first 8, count 2, every 10>]
// CHECK-DAG: @bias.part1 : !transformer.weight<2xbf16> {{.*}} recipe [#transformer.slice_rows<first 6, count 2, every 10>]
// CHECK-LABEL: func.func private @layer(
// CHECK-COUNT-3: transformer.linear
// CHECK-NOT:     transformer.split
// CHECK:         return
transformer.weight @qkv : !transformer.weight<10x8xbf16> from [#transformer.source<"m"::"qkv" : 10x8xbf16>]
transformer.weight @bias : !transformer.weight<10xbf16> from [#transformer.source<"m"::"bias" : 10xbf16>]
func.func private @layer(%x: tensor<?x8xf32>, %w: !transformer.weight<10x8xbf16>, %b: !transformer.weight<10xbf16>)
    -> (tensor<?x6xf32>, tensor<?x2xf32>, tensor<?x2xf32>) {
  %p = transformer.linear %x, %w bias %b : tensor<?x8xf32>, !transformer.weight<10x8xbf16>, !transformer.weight<10xbf16> -> tensor<?x10xf32>
  %q, %k, %v = transformer.split %p : tensor<?x10xf32> -> tensor<?x6xf32>, tensor<?x2xf32>, tensor<?x2xf32>
  return %q, %k, %v : tensor<?x6xf32>, tensor<?x2xf32>, tensor<?x2xf32>
}
func.func @fused(%x: tensor<?x8xf32>) -> (tensor<?x6xf32>, tensor<?x2xf32>, tensor<?x2xf32>) {
  %w = transformer.get_weight @qkv : !transformer.weight<10x8xbf16>
  %b = transformer.get_weight @bias : !transformer.weight<10xbf16>
  %q, %k, %v = call @layer(%x, %w, %b) : (tensor<?x8xf32>, !transformer.weight<10x8xbf16>, !transformer.weight<10xbf16>) -> (tensor<?x6xf32>, tensor<?x2xf32>, tensor<?x2xf32>)
  return %q, %k, %v : tensor<?x6xf32>, tensor<?x2xf32>, tensor<?x2xf32>
}

// The pieces of each of two heads are rows of every head; steps before stay.
// CHECK-DAG: @heads.part0 : !transformer.weight<8x6xf32> {{.*}} recipe [#transformer.transpose, #transformer.slice_rows<first 0, count 4, every 7>]
// CHECK-DAG: @heads.part1 : !transformer.weight<6x6xf32> {{.*}} recipe [#transformer.transpose, #transformer.slice_rows<first 4, count 3, every 7>]
transformer.weight @heads : !transformer.weight<14x6xf32> from [#transformer.source<"m"::"heads" : 6x14xf32>]
    recipe [#transformer.transpose]
func.func @pieces_of_heads(%x: tensor<?x6xf32>) -> (tensor<?x8xf32>, tensor<?x6xf32>) {
  %w = transformer.get_weight @heads : !transformer.weight<14x6xf32>
  %p = transformer.linear %x, %w : tensor<?x6xf32>, !transformer.weight<14x6xf32> -> tensor<?x14xf32>
  %q, %g = transformer.split %p groups 2 : tensor<?x14xf32> -> tensor<?x8xf32>, tensor<?x6xf32>
  return %q, %g : tensor<?x8xf32>, tensor<?x6xf32>
}

// REMARK: Function=product_used_elsewhere | Reason="the product is used elsewhere", Remark="a product is split after it is computed"
transformer.weight @w : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w" : 8x8xf32>]
func.func @product_used_elsewhere(%x: tensor<?x8xf32>) -> (tensor<?x6xf32>, tensor<?x8xf32>) {
  %w = transformer.get_weight @w : !transformer.weight<8x8xf32>
  %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %a, %b = transformer.split %p : tensor<?x8xf32> -> tensor<?x6xf32>, tensor<?x2xf32>
  return %a, %p : tensor<?x6xf32>, tensor<?x8xf32>
}

// REMARK: Function=weight_used_elsewhere | Reason="a weight is used elsewhere, and would be in the file twice"
func.func @weight_used_elsewhere(%x: tensor<?x8xf32>) -> tensor<?x6xf32> {
  %w = transformer.get_weight @w : !transformer.weight<8x8xf32>
  %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %a, %b = transformer.split %p : tensor<?x8xf32> -> tensor<?x6xf32>, tensor<?x2xf32>
  return %a : tensor<?x6xf32>
}

// A split of anything else is none of ours.
// REMARK-NOT: other_split
// CHECK-LABEL: @other_split
// CHECK:         transformer.split
func.func @other_split(%x: tensor<?x8xf32>) -> tensor<?x6xf32> {
  %a, %b = transformer.split %x : tensor<?x8xf32> -> tensor<?x6xf32>, tensor<?x2xf32>
  return %a : tensor<?x6xf32>
}

// SAME: @fused is the same
// SAME: @pieces_of_heads is the same
