// RUN: tenon-opt %s -pack-weights -split-input-file | FileCheck %s
// RUN: tenon-opt %s -pack-weights -pack-weights -split-input-file | FileCheck %s

// A weight of a product is packed in groups of 32 rows; bf16 has two columns in
// a line. A second run packs nothing again.

// CHECK: @bf16 : {{.*}} recipe [#transformer.pack<lanes 16, columns 2, multiple 32, group 32>]
transformer.weight @bf16 : !transformer.weight<64x8xbf16> from [#transformer.source<"m"::"a" : 64x8xbf16>]
// CHECK: @f16 : {{.*}} recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
transformer.weight @f16 : !transformer.weight<64x8xf16> from [#transformer.source<"m"::"b" : 64x8xf16>]
// CHECK: @f32 : {{.*}} recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
transformer.weight @f32 : !transformer.weight<64x8xf32> from [#transformer.source<"m"::"c" : 64x8xf32>]
func.func @element_types(%x: tensor<?x8xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>) {
  %a = transformer.get_weight @bf16 : !transformer.weight<64x8xbf16>
  %b = transformer.get_weight @f16 : !transformer.weight<64x8xf16>
  %c = transformer.get_weight @f32 : !transformer.weight<64x8xf32>
  %p = transformer.linear %x, %a : tensor<?x8xf32>, !transformer.weight<64x8xbf16> -> tensor<?x64xf32>
  %q = transformer.linear %x, %b : tensor<?x8xf32>, !transformer.weight<64x8xf16> -> tensor<?x64xf32>
  %r = transformer.linear %x, %c : tensor<?x8xf32>, !transformer.weight<64x8xf32> -> tensor<?x64xf32>
  return %p, %q, %r : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>
}

// -----

// A packing counts rows and columns, so a kernel becomes a matrix first.
// CHECK: @kernel : {{.*}} recipe [#transformer.reshape<[6, 12]>, #transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
transformer.weight @kernel : !transformer.weight<6x12xf32> from [#transformer.source<"m"::"p" : 6x3x2x2xf32>]
func.func @patches(%x: tensor<?x12xf32>) -> tensor<?x6xf32> {
  %w = transformer.get_weight @kernel : !transformer.weight<6x12xf32>
  %y = transformer.linear %x, %w : tensor<?x12xf32>, !transformer.weight<6x12xf32> -> tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}

// -----

// What no product reads stays as the checkpoint has it.
// CHECK: transformer.weight @norm : !transformer.weight<8xf32> from [#transformer.source<"m"::"n" : 8xf32>]{{$}}
transformer.weight @norm : !transformer.weight<8xf32> from [#transformer.source<"m"::"n" : 8xf32>]
func.func @not_a_product(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %n = transformer.get_weight @norm : !transformer.weight<8xf32>
  %y = transformer.rms_norm %x, %n eps 1.0e-5 groups 1 offset 0.0 : tensor<?x8xf32>, !transformer.weight<8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// Rope needs a head of 24 columns in one tile, so a group is a head.
// CHECK: @rotated : {{.*}} recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 24>]
transformer.weight @rotated : !transformer.weight<48x8xf32> from [#transformer.source<"m"::"q" : 48x8xf32>]
func.func @rope(%x: tensor<?x8xf32>, %c: tensor<?x12xf32>, %s: tensor<?x12xf32>) -> tensor<?x48xf32> {
  %w = transformer.get_weight @rotated : !transformer.weight<48x8xf32>
  %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<48x8xf32> -> tensor<?x48xf32>
  %y = transformer.rope %p, %c, %s halves head_dim 24 : tensor<?x48xf32>, tensor<?x12xf32>
  return %y : tensor<?x48xf32>
}

// -----

// So does a norm by head, and a state: the value's group is a head too.
// CHECK: @key : {{.*}} group 16>]
// CHECK: @value : {{.*}} group 16>]
transformer.weight @key : !transformer.weight<32x8xf32> from [#transformer.source<"m"::"k" : 32x8xf32>]
transformer.weight @value : !transformer.weight<32x8xf32> from [#transformer.source<"m"::"v" : 32x8xf32>]
func.func @state(%x: tensor<?x8xf32>, %n: !transformer.weight<16xf32>, %kv: !transformer.kv<2x16xf32>,
                 %rows: !transformer.rows) -> !transformer.kv<2x16xf32> {
  %k = transformer.get_weight @key : !transformer.weight<32x8xf32>
  %v = transformer.get_weight @value : !transformer.weight<32x8xf32>
  %a = transformer.linear %x, %k : tensor<?x8xf32>, !transformer.weight<32x8xf32> -> tensor<?x32xf32>
  %b = transformer.linear %x, %v : tensor<?x8xf32>, !transformer.weight<32x8xf32> -> tensor<?x32xf32>
  %h = transformer.rms_norm %a, %n eps 1.0e-5 groups 2 offset 0.0 : tensor<?x32xf32>, !transformer.weight<16xf32>
  %t = transformer.kv_append %kv, %h, %b, %rows : !transformer.kv<2x16xf32>, tensor<?x32xf32>
  return %t : !transformer.kv<2x16xf32>
}

// -----

// A norm over whole rows is no reason for a tile of whole rows.
// CHECK: @normed : {{.*}} group 32>]
transformer.weight @normed : !transformer.weight<64x8xf32> from [#transformer.source<"m"::"o" : 64x8xf32>]
func.func @norm_over_rows(%x: tensor<?x8xf32>, %n: !transformer.weight<64xf32>) -> tensor<?x64xf32> {
  %w = transformer.get_weight @normed : !transformer.weight<64x8xf32>
  %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<64x8xf32> -> tensor<?x64xf32>
  %y = transformer.rms_norm %p, %n eps 1.0e-5 groups 1 offset 0.0 : tensor<?x64xf32>, !transformer.weight<64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// A weight is found through the calls of the function that uses it.
// CHECK: @layers.0.w : {{.*}} group 32>]
// CHECK: @layers.1.w : {{.*}} group 32>]
transformer.weight @layers.0.w : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"0" : 8x8xf32>]
transformer.weight @layers.1.w : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"1" : 8x8xf32>]
func.func private @layer(%x: tensor<?x8xf32>, %w: !transformer.weight<8x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
func.func @through_calls(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %a = transformer.get_weight @layers.0.w : !transformer.weight<8x8xf32>
  %b = transformer.get_weight @layers.1.w : !transformer.weight<8x8xf32>
  %y = call @layer(%x, %a) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %z = call @layer(%y, %b) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}

// -----

// A weight of two products has groups that suit both: 3 heads of 8 and 2 of 12.
// CHECK: @shared : {{.*}} group 24>]
transformer.weight @shared : !transformer.weight<24x8xf32> from [#transformer.source<"m"::"s" : 24x8xf32>]
func.func @two_products(%x: tensor<?x8xf32>, %c: tensor<?x4xf32>, %s: tensor<?x4xf32>) -> (tensor<?x24xf32>, tensor<?x24xf32>) {
  %w = transformer.get_weight @shared : !transformer.weight<24x8xf32>
  %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<24x8xf32> -> tensor<?x24xf32>
  %a = transformer.rope %p, %c, %s halves head_dim 8 : tensor<?x24xf32>, tensor<?x4xf32>
  %q = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<24x8xf32> -> tensor<?x24xf32>
  %b = transformer.rope %q, %c, %s halves head_dim 12 : tensor<?x24xf32>, tensor<?x4xf32>
  return %a, %b : tensor<?x24xf32>, tensor<?x24xf32>
}

// -----

// Weights that are one argument of a layer in turn lie alike in memory, also one that
// is never rotated.
// CHECK: @first : {{.*}} group 12>]
transformer.weight @first : !transformer.weight<12x8xf32> from [#transformer.source<"m"::"a" : 12x8xf32>]
// CHECK: @second : {{.*}} group 12>]
transformer.weight @second : !transformer.weight<12x8xf32> from [#transformer.source<"m"::"b" : 12x8xf32>]
// CHECK: @never_rotated : {{.*}} group 12>]
transformer.weight @never_rotated : !transformer.weight<12x8xf32> from [#transformer.source<"m"::"c" : 12x8xf32>]
func.func private @plain_and_rotated(%x: tensor<?x8xf32>, %t: tensor<?x3xf32>, %a: !transformer.weight<12x8xf32>,
    %b: !transformer.weight<12x8xf32>) -> (tensor<?x12xf32>, tensor<?x12xf32>) {
  %p = transformer.linear %x, %a : tensor<?x8xf32>, !transformer.weight<12x8xf32> -> tensor<?x12xf32>
  %q = transformer.linear %x, %b : tensor<?x8xf32>, !transformer.weight<12x8xf32> -> tensor<?x12xf32>
  %r = transformer.rope %q, %t, %t halves head_dim 12 : tensor<?x12xf32>, tensor<?x3xf32>
  return %p, %r : tensor<?x12xf32>, tensor<?x12xf32>
}
func.func @arguments_in_turn(%x: tensor<?x8xf32>, %t: tensor<?x3xf32>) -> tensor<?x12xf32> {
  %a = transformer.get_weight @first : !transformer.weight<12x8xf32>
  %b = transformer.get_weight @second : !transformer.weight<12x8xf32>
  %c = transformer.get_weight @never_rotated : !transformer.weight<12x8xf32>
  %0:2 = call @plain_and_rotated(%x, %t, %a, %b) : (tensor<?x8xf32>, tensor<?x3xf32>, !transformer.weight<12x8xf32>, !transformer.weight<12x8xf32>) -> (tensor<?x12xf32>, tensor<?x12xf32>)
  %1:2 = call @plain_and_rotated(%x, %t, %c, %a) : (tensor<?x8xf32>, tensor<?x3xf32>, !transformer.weight<12x8xf32>, !transformer.weight<12x8xf32>) -> (tensor<?x12xf32>, tensor<?x12xf32>)
  return %1#1 : tensor<?x12xf32>
}
