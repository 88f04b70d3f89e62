// RUN: tenon-opt %s -mlir-disable-threading -merge-products --remarks-filter=weights --remark-policy=all --remark-format=emitRemark -o %t.mlir 2> %t.remarks
// RUN: FileCheck %s --input-file=%t.mlir
// RUN: FileCheck %s --check-prefix=REMARK --input-file=%t.remarks
// RUN: tenon run --compare %s %t.mlir --shapes=odd | FileCheck %s --check-prefix=SAME

// Products of one input that are only joined become one; the weights they had
// go, and steps for each element come after the rows are joined.
// CHECK-NOT: @a :
// CHECK:     transformer.weight @a.merged : !transformer.weight<10x8xf32> from [#transformer.source<"m"::"a" : 4x8xbf16>, #transformer.source<"m"::"b" : 6x8xbf16>] recipe [#transformer.concat_rows, #transformer.to_f32]
// CHECK-NOT: @b :
// CHECK-LABEL: @joined
// CHECK:         %[[W:.+]] = transformer.get_weight @a.merged
// CHECK-NEXT:    %[[Y:.+]] = transformer.linear %{{.+}}, %[[W]]
// CHECK-NEXT:    return %[[Y]]
transformer.weight @a : !transformer.weight<4x8xf32> from [#transformer.source<"m"::"a" : 4x8xbf16>]
    recipe [#transformer.to_f32]
transformer.weight @b : !transformer.weight<6x8xf32> from [#transformer.source<"m"::"b" : 6x8xbf16>]
    recipe [#transformer.to_f32]
func.func @joined(%x: tensor<?x8xf32>) -> tensor<?x10xf32> {
  %v = transformer.get_weight @a : !transformer.weight<4x8xf32>
  %w = transformer.get_weight @b : !transformer.weight<6x8xf32>
  %a = transformer.linear %x, %v : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
  %b = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<6x8xf32> -> tensor<?x6xf32>
  %y = transformer.concat %a, %b : tensor<?x4xf32>, tensor<?x6xf32> -> tensor<?x10xf32>
  return %y : tensor<?x10xf32>
}

// Biases are joined as the weights are, in each call of a layer; a part that is
// no product stays one.
// CHECK-LABEL: func.func private @layer(
// CHECK-SAME:    %[[X:.+]]: tensor<?x8xf32>, %[[W:.+]]: !transformer.weight<7x8xbf16>, %[[B:.+]]: !transformer.weight<7xbf16>)
// CHECK-NEXT:    %[[M:.+]] = transformer.linear %[[X]], %[[W]] bias %[[B]]
// CHECK-NEXT:    transformer.concat %[[X]], %[[M]] : tensor<?x8xf32>, tensor<?x7xf32>
// CHECK-LABEL: @layers
// CHECK-DAG:     %[[W0:.+]] = transformer.get_weight @w0.merged
// CHECK-DAG:     %[[B0:.+]] = transformer.get_weight @c0.merged
// CHECK:         call @layer(%{{.+}}, %[[W0]], %[[B0]])
// CHECK:         get_weight @v1.merged
// CHECK:         call @layer
transformer.weight @w0 : !transformer.weight<4x8xbf16> from [#transformer.source<"m"::"w0" : 4x8xbf16>]
transformer.weight @v0 : !transformer.weight<3x8xbf16> from [#transformer.source<"m"::"v0" : 3x8xbf16>]
transformer.weight @c0 : !transformer.weight<4xbf16> from [#transformer.source<"m"::"c0" : 4xbf16>]
transformer.weight @d0 : !transformer.weight<3xbf16> from [#transformer.source<"m"::"d0" : 3xbf16>]
transformer.weight @v1 : !transformer.weight<4x8xbf16>
    from [#transformer.source<"m"::"v1" : 3x8xbf16>, #transformer.source<"m"::"u1" : 1x8xbf16>] recipe [#transformer.concat_rows]
transformer.weight @w1 : !transformer.weight<3x8xbf16> from [#transformer.source<"m"::"w1" : 3x8xbf16>]
func.func private @layer(%x: tensor<?x8xf32>, %w: !transformer.weight<4x8xbf16>, %c: !transformer.weight<4xbf16>,
                         %v: !transformer.weight<3x8xbf16>, %d: !transformer.weight<3xbf16>) -> tensor<?x15xf32> {
  %a = transformer.linear %x, %w bias %c : tensor<?x8xf32>, !transformer.weight<4x8xbf16>, !transformer.weight<4xbf16> -> tensor<?x4xf32>
  %b = transformer.linear %x, %v bias %d : tensor<?x8xf32>, !transformer.weight<3x8xbf16>, !transformer.weight<3xbf16> -> tensor<?x3xf32>
  %y = transformer.concat %x, %a, %b : tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x3xf32> -> tensor<?x15xf32>
  return %y : tensor<?x15xf32>
}
func.func @layers(%x: tensor<?x8xf32>) -> (tensor<?x15xf32>, tensor<?x15xf32>) {
  %w0 = transformer.get_weight @w0 : !transformer.weight<4x8xbf16>
  %v0 = transformer.get_weight @v0 : !transformer.weight<3x8xbf16>
  %c0 = transformer.get_weight @c0 : !transformer.weight<4xbf16>
  %d0 = transformer.get_weight @d0 : !transformer.weight<3xbf16>
  %v1 = transformer.get_weight @v1 : !transformer.weight<4x8xbf16>
  %w1 = transformer.get_weight @w1 : !transformer.weight<3x8xbf16>
  %y = call @layer(%x, %w0, %c0, %v0, %d0) : (tensor<?x8xf32>, !transformer.weight<4x8xbf16>, !transformer.weight<4xbf16>, !transformer.weight<3x8xbf16>, !transformer.weight<3xbf16>) -> tensor<?x15xf32>
  %z = call @layer(%x, %v1, %c0, %w1, %d0) : (tensor<?x8xf32>, !transformer.weight<4x8xbf16>, !transformer.weight<4xbf16>, !transformer.weight<3x8xbf16>, !transformer.weight<3xbf16>) -> tensor<?x15xf32>
  return %y, %z : tensor<?x15xf32>, tensor<?x15xf32>
}

// Products that are not joined stay apart, without a word: they will be
// components of one phase.
// CHECK-LABEL: @apart
// CHECK-COUNT-2: transformer.linear
// CHECK:         return
transformer.weight @e : !transformer.weight<4x8xf32> from [#transformer.source<"m"::"e" : 4x8xf32>]
transformer.weight @f : !transformer.weight<4x8xf32> from [#transformer.source<"m"::"f" : 4x8xf32>]
func.func @apart(%x: tensor<?x8xf32>) -> tensor<?x4xf32> {
  %v = transformer.get_weight @e : !transformer.weight<4x8xf32>
  %w = transformer.get_weight @f : !transformer.weight<4x8xf32>
  %a = transformer.linear %x, %v : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
  %b = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
  %y = transformer.gated_activation silu %a, %b limit 0.0 alpha 1.0 : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// REMARK-NOT: apart |
// REMARK: Function=used_elsewhere | Reason="a weight is used elsewhere, and would be in the file twice", Remark="products that are joined stay apart"
func.func @used_elsewhere(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %v = transformer.get_weight @e : !transformer.weight<4x8xf32>
  %w = transformer.get_weight @f : !transformer.weight<4x8xf32>
  %a = transformer.linear %x, %v : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
  %b = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
  %y = transformer.concat %a, %b : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// REMARK: Function=in_groups | Reason="the parts are joined in each group of columns"
func.func @in_groups(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %v = transformer.get_weight @g : !transformer.weight<4x8xf32>
  %w = transformer.get_weight @h : !transformer.weight<4x8xf32>
  %a = transformer.linear %x, %v : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
  %b = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
  %y = transformer.concat %a, %b groups 2 : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// REMARK: Function=part_used_elsewhere | Reason="a part is used elsewhere"
transformer.weight @g : !transformer.weight<4x8xf32> from [#transformer.source<"m"::"g" : 4x8xf32>]
transformer.weight @h : !transformer.weight<4x8xf32> from [#transformer.source<"m"::"h" : 4x8xf32>]
func.func @part_used_elsewhere(%x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x4xf32>) {
  %v = transformer.get_weight @g : !transformer.weight<4x8xf32>
  %w = transformer.get_weight @h : !transformer.weight<4x8xf32>
  %a = transformer.linear %x, %v : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
  %b = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
  %y = transformer.concat %a, %b : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x8xf32>
  return %y, %b : tensor<?x8xf32>, tensor<?x4xf32>
}

// REMARK: Function=one_bias | Reason="some parts have a bias, others none"
func.func @one_bias(%x: tensor<?x8xf32>, %v: !transformer.weight<4x8xf32>, %c: !transformer.weight<4xf32>) -> tensor<?x8xf32> {
  %a = transformer.linear %x, %v : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
  %b = transformer.linear %x, %v bias %c : tensor<?x8xf32>, !transformer.weight<4x8xf32>, !transformer.weight<4xf32> -> tensor<?x4xf32>
  %y = transformer.concat %a, %b : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// REMARK: Function=late_step | Reason="the recipe of a weight has steps that come after its rows are joined"
transformer.weight @t : !transformer.weight<4x8xf32> from [#transformer.source<"m"::"t" : 8x4xf32>] recipe [#transformer.transpose]
transformer.weight @p : !transformer.weight<4x8xf32> from [#transformer.source<"m"::"p" : 4x8xf32>]
func.func @late_step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %v = transformer.get_weight @t : !transformer.weight<4x8xf32>
  %w = transformer.get_weight @p : !transformer.weight<4x8xf32>
  %a = transformer.linear %x, %v : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
  %b = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
  %y = transformer.concat %a, %b : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// REMARK: Function=element_types | Reason="the weights have different element types"
transformer.weight @n : !transformer.weight<4x8xf32> from [#transformer.source<"m"::"n" : 4x8xf16>] recipe [#transformer.to_f32]
transformer.weight @o : !transformer.weight<4x8xf32> from [#transformer.source<"m"::"o" : 4x8xf32>]
func.func @element_types(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %v = transformer.get_weight @n : !transformer.weight<4x8xf32>
  %w = transformer.get_weight @o : !transformer.weight<4x8xf32>
  %a = transformer.linear %x, %v : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
  %b = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
  %y = transformer.concat %a, %b : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// SAME: @joined is the same
// SAME: @layers is the same
// SAME: @apart is the same
// SAME: @used_elsewhere is the same
