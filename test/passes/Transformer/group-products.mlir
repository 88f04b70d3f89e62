// RUN: tenon-opt %s -pass-pipeline='builtin.module(func.func(group-products))' | FileCheck %s

// A product alone is a group, labelled by what it is.
// CHECK-LABEL: @one_product
// CHECK:         %[[Y:.+]] = transformer.group "linear" -> (tensor<?x8xf32>) {
// CHECK-NEXT:      %[[P:.+]] = transformer.linear
// CHECK-NEXT:      transformer.yield %[[P]]
// CHECK-NEXT:    }
// CHECK-NEXT:    return %[[Y]]
func.func @one_product(%x: tensor<?x8xf32>, %w: !transformer.weight<8x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// The norm before a product joins it when nothing else needs the normed rows.
// CHECK-LABEL: @norm_before
// CHECK-NEXT:    transformer.group
// CHECK-NEXT:      transformer.rms_norm
// CHECK-NEXT:      transformer.linear
func.func @norm_before(%x: tensor<?x8xf32>, %n: !transformer.weight<8xf32>,
                       %w: !transformer.weight<8x8xf32>) -> tensor<?x8xf32> {
  %h = transformer.rms_norm %x, %n eps 1.0e-5 groups 1 offset 0.0 : tensor<?x8xf32>, !transformer.weight<8xf32>
  %y = transformer.linear %h, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// It stays outside when something does.
// CHECK-LABEL: @norm_used_twice
// CHECK-NEXT:    %[[H:.+]] = transformer.rms_norm
// CHECK-NEXT:    transformer.group
// CHECK-NEXT:      transformer.linear %[[H]]
func.func @norm_used_twice(%x: tensor<?x8xf32>, %n: !transformer.weight<8xf32>,
                           %w: !transformer.weight<8x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %h = transformer.rms_norm %x, %n eps 1.0e-5 groups 1 offset 0.0 : tensor<?x8xf32>, !transformer.weight<8xf32>
  %y = transformer.linear %h, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  return %y, %h : tensor<?x8xf32>, tensor<?x8xf32>
}

// The rows whose logits are wanted are taken before the norm, in the group.
// CHECK-LABEL: @rows_before
// CHECK-NEXT:    transformer.group
// CHECK-NEXT:      transformer.select_rows
// CHECK-NEXT:      transformer.rms_norm
// CHECK-NEXT:      transformer.linear
func.func @rows_before(%x: tensor<?x8xf32>, %r: tensor<?xi32>, %n: !transformer.weight<8xf32>,
                       %w: !transformer.weight<8x8xf32>) -> tensor<?x8xf32> {
  %s = transformer.select_rows %x, %r : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  %h = transformer.rms_norm %s, %n eps 1.0e-5 groups 1 offset 0.0 : tensor<?x8xf32>, !transformer.weight<8xf32>
  %y = transformer.linear %h, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// The residual is added to the product's tile.
// CHECK-LABEL: @residual_after
// CHECK:         transformer.group "linear_residual"
// CHECK-NEXT:      %[[P:.+]] = transformer.linear
// CHECK-NEXT:      transformer.residual_add %{{.+}}, %[[P]]
func.func @residual_after(%x: tensor<?x8xf32>, %r: tensor<?x8xf32>, %w: !transformer.weight<8x8xf32>) -> tensor<?x8xf32> {
  %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %y = transformer.residual_add %r, %p scale 1.0 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// Gate and up share their input, and the activation both their tiles.
// CHECK-LABEL: @gate_and_up
// CHECK:         transformer.group "gate_up" -> (tensor<?x16xf32>) {
// CHECK-NEXT:      %[[G:.+]] = transformer.linear
// CHECK-NEXT:      %[[U:.+]] = transformer.linear
// CHECK-NEXT:      %[[A:.+]] = transformer.gated_activation silu %[[G]], %[[U]]
// CHECK-NEXT:      transformer.yield %[[A]]
func.func @gate_and_up(%x: tensor<?x8xf32>, %a: !transformer.weight<16x8xf32>, %b: !transformer.weight<16x8xf32>) -> tensor<?x16xf32> {
  %g = transformer.linear %x, %a : tensor<?x8xf32>, !transformer.weight<16x8xf32> -> tensor<?x16xf32>
  %u = transformer.linear %x, %b : tensor<?x8xf32>, !transformer.weight<16x8xf32> -> tensor<?x16xf32>
  %y = transformer.gated_activation silu %g, %u limit 0.0 alpha 1.0 : tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// Query, key and value are one group, with head norms, rope and the state.
// CHECK-LABEL: @query_key_value
// CHECK:         %[[R:.+]]:2 = transformer.group "qkv" -> (tensor<?x16xf32>, !transformer.kv<1x8xf32>) {
// CHECK:           transformer.rms_norm
// CHECK:           %[[Q:.+]] = transformer.rope
// CHECK:           %[[S:.+]] = transformer.kv_append
// CHECK-NEXT:      transformer.yield %[[Q]], %[[S]]
// CHECK:         transformer.attend %[[R]]#0, %[[R]]#1
func.func @query_key_value(%x: tensor<?x8xf32>, %wq: !transformer.weight<16x8xf32>, %wk: !transformer.weight<8x8xf32>,
    %wv: !transformer.weight<8x8xf32>, %n: !transformer.weight<8xf32>, %c: tensor<?x4xf32>, %s: tensor<?x4xf32>,
    %kv: !transformer.kv<1x8xf32>, %rows: !transformer.rows) -> (tensor<?x16xf32>, !transformer.kv<1x8xf32>) {
  %q = transformer.linear %x, %wq : tensor<?x8xf32>, !transformer.weight<16x8xf32> -> tensor<?x16xf32>
  %k = transformer.linear %x, %wk : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %v = transformer.linear %x, %wv : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %qn = transformer.rms_norm %q, %n eps 1.0e-5 groups 2 offset 0.0 : tensor<?x16xf32>, !transformer.weight<8xf32>
  %qr = transformer.rope %qn, %c, %s halves head_dim 8 : tensor<?x16xf32>, tensor<?x4xf32>
  %kr = transformer.rope %k, %c, %s halves head_dim 8 : tensor<?x8xf32>, tensor<?x4xf32>
  %t = transformer.kv_append %kv, %kr, %v, %rows : !transformer.kv<1x8xf32>, tensor<?x8xf32>
  %y = transformer.attend %qr, %t, %rows heads 2 scale 0.5 window 0 softcap 0.0 : tensor<?x16xf32>, !transformer.kv<1x8xf32>
  return %y, %t : tensor<?x16xf32>, !transformer.kv<1x8xf32>
}

// Every norm joins the product that reads it; one of groups rather the product
// that makes its groups.
// CHECK-LABEL: @any_norm_before
// CHECK:         transformer.group "linear"
// CHECK-NEXT:      transformer.layer_norm
// CHECK-NEXT:      transformer.linear
// CHECK-NEXT:      transformer.l2_norm {{.*}} groups 4
// CHECK:         transformer.group "linear"
// CHECK-NEXT:      transformer.linear
// CHECK:         transformer.group "linear"
// CHECK-NEXT:      transformer.l2_norm {{.*}} groups 1
// CHECK-NEXT:      transformer.linear
func.func @any_norm_before(%x: tensor<?x8xf32>, %w: !transformer.weight<8x8xf32>, %v: !transformer.weight<64x8xf32>, %u: !transformer.weight<8x64xf32>, %n: !transformer.weight<8xf32>, %b: !transformer.weight<8xf32>) -> tensor<?x8xf32> {
  %h = transformer.layer_norm %x, %n bias %b eps 1.0e-5 : tensor<?x8xf32>, !transformer.weight<8xf32>, !transformer.weight<8xf32>
  %y = transformer.linear %h, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %g = transformer.l2_norm %y eps 1.0e-6 groups 4 scale 0.25 : tensor<?x8xf32>
  %i = transformer.linear %g, %v : tensor<?x8xf32>, !transformer.weight<64x8xf32> -> tensor<?x64xf32>
  %l = transformer.l2_norm %i eps 1.0e-6 groups 1 scale 0.25 : tensor<?x64xf32>
  %z = transformer.linear %l, %u : tensor<?x64xf32>, !transformer.weight<8x64xf32> -> tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}

// What is computed before the group may be an operand in it; products of other
// inputs are groups of their own.
// CHECK-LABEL: @two_groups
// CHECK:         %[[A:.+]] = transformer.group "linear"
// CHECK:         transformer.group "linear"
// CHECK-NEXT:      transformer.linear %[[A]]
func.func @two_groups(%x: tensor<?x8xf32>, %w: !transformer.weight<8x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %z = transformer.linear %y, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}

// The label names what products make for the ops that read them, in the order
// of a layer, however many there are and wherever they stand.
// CHECK-LABEL: @key_and_value
// CHECK:         transformer.group "kv"
func.func @key_and_value(%x: tensor<?x8xf32>, %wk: !transformer.weight<8x8xf32>, %wv: !transformer.weight<8x8xf32>,
    %kv: !transformer.kv<1x8xf32>, %rows: !transformer.rows) -> !transformer.kv<1x8xf32> {
  %v = transformer.linear %x, %wv : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %k = transformer.linear %x, %wk : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %t = transformer.kv_append %kv, %k, %v, %rows : !transformer.kv<1x8xf32>, tensor<?x8xf32>
  return %t : !transformer.kv<1x8xf32>
}

// Attention and MLP of one input, as in a parallel block; the values are the keys.
// CHECK-LABEL: @parallel_block
// CHECK:         transformer.group "qkv_gate_up"
func.func @parallel_block(%x: tensor<?x8xf32>, %wq: !transformer.weight<8x8xf32>, %wk: !transformer.weight<8x8xf32>,
    %wg: !transformer.weight<8x8xf32>, %wu: !transformer.weight<8x8xf32>,
    %kv: !transformer.kv<1x8xf32>, %rows: !transformer.rows) -> (tensor<?x8xf32>, tensor<?x8xf32>, !transformer.kv<1x8xf32>) {
  %q = transformer.linear %x, %wq : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %k = transformer.linear %x, %wk : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %g = transformer.linear %x, %wg : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %u = transformer.linear %x, %wu : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %t = transformer.kv_append %kv, %k, %k, %rows : !transformer.kv<1x8xf32>, tensor<?x8xf32>
  %a = transformer.attend %q, %t, %rows heads 1 scale 0.5 window 0 softcap 0.0 : tensor<?x8xf32>, !transformer.kv<1x8xf32>
  %m = transformer.gated_activation silu %g, %u limit 0.0 alpha 1.0 : tensor<?x8xf32>
  return %a, %m, %t : tensor<?x8xf32>, tensor<?x8xf32>, !transformer.kv<1x8xf32>
}

// One product that has no name is enough for a label that says nothing of them.
// CHECK-LABEL: @two_of_three_named
// CHECK:         transformer.group "linear"
func.func @two_of_three_named(%x: tensor<?x8xf32>, %a: !transformer.weight<8x8xf32>, %b: !transformer.weight<8x8xf32>,
    %c: !transformer.weight<8x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %g = transformer.linear %x, %a : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %u = transformer.linear %x, %b : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %o = transformer.linear %x, %c : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %y = transformer.gated_activation silu %g, %u limit 0.0 alpha 1.0 : tensor<?x8xf32>
  return %y, %o : tensor<?x8xf32>, tensor<?x8xf32>
}
