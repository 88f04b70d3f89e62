// RUN: tenon-opt %s --tenon-transformer-stage=target=x86-64-v3 -o %t.values.mlir
// RUN: FileCheck %s --input-file=%t.values.mlir
// RUN: tenon-opt %t.values.mlir --tenon-task-stage=target=x86-64-v3 -o %t.phases.mlir
// RUN: tenon run %s --reference --tokens=3,1,4,1,5,9,2,6,5 --output=%t.npy
// RUN: tenon run %t.phases.mlir --reference --tokens=3,1,4,1,5,9,2,6,5 --expect=%t.npy --tolerance=1e-5
// RUN: tenon run %t.phases.mlir --reference --tokens=3,1,4,1,5,9,2,6,5 --chunk=1 --expect=%t.npy --tolerance=1e-5

// A checkpoint with fused and transposed projections has the phases of any other:
// q, k and v of each head lie together, gate and up one above the other, and
// what comes after a product is [inputs, outputs].
// CHECK: @layers.0.qkv.part0
// CHECK-NEXT: @layers.0.qkv.part1 : {{.*}} recipe [#transformer.slice_rows<first 8, count 8, every 24>, #transformer.pack<lanes 16, columns 1, multiple 1, group 8>]
// CHECK: @layers.1.gate_up.part0
// CHECK: @layers.1.down.turned : {{.*}} recipe [#transformer.transpose, #transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
// CHECK-LABEL: func.func private @layer_1(
// CHECK-NOT:     transformer.split
// CHECK-NOT:     = transformer.transpose
// CHECK:         transformer.group "qkv"
// CHECK:         transformer.group "gate_up"
// CHECK:         transformer.group "linear_residual"
// CHECK:         return
transformer.weight @embed : !transformer.weight<11x20xf32> from [#transformer.source<"m"::"embed" : 11x20xf32>]
transformer.weight @head : !transformer.weight<20x11xf32> from [#transformer.source<"m"::"head" : 20x11xf32>]
transformer.weight @layers.0.qkv : !transformer.weight<48x20xf32> from [#transformer.source<"m"::"0.qkv" : 48x20xf32>]
transformer.weight @layers.0.bias : !transformer.weight<48xf32> from [#transformer.source<"m"::"0.bias" : 48xf32>]
transformer.weight @layers.0.o : !transformer.weight<16x20xf32> from [#transformer.source<"m"::"0.o" : 16x20xf32>]
transformer.weight @layers.0.gate_up : !transformer.weight<74x20xf32> from [#transformer.source<"m"::"0.gate_up" : 74x20xf32>]
transformer.weight @layers.0.down : !transformer.weight<37x20xf32> from [#transformer.source<"m"::"0.down" : 37x20xf32>]
transformer.weight @layers.1.qkv : !transformer.weight<48x20xf32> from [#transformer.source<"m"::"1.qkv" : 48x20xf32>]
transformer.weight @layers.1.bias : !transformer.weight<48xf32> from [#transformer.source<"m"::"1.bias" : 48xf32>]
transformer.weight @layers.1.o : !transformer.weight<16x20xf32> from [#transformer.source<"m"::"1.o" : 16x20xf32>]
transformer.weight @layers.1.gate_up : !transformer.weight<74x20xf32> from [#transformer.source<"m"::"1.gate_up" : 74x20xf32>]
transformer.weight @layers.1.down : !transformer.weight<37x20xf32> from [#transformer.source<"m"::"1.down" : 37x20xf32>]

func.func private @layer(%x: tensor<?x20xf32>, %rows: !transformer.rows, %cos: tensor<?x4xf32>, %sin: tensor<?x4xf32>,
                         %s: !transformer.kv<2x8xf32>, %qkv: !transformer.weight<48x20xf32>, %bias: !transformer.weight<48xf32>,
                         %o: !transformer.weight<16x20xf32>, %gateUp: !transformer.weight<74x20xf32>,
                         %down: !transformer.weight<37x20xf32>) -> (tensor<?x20xf32>, !transformer.kv<2x8xf32>) {
  %p = transformer.linear %x, %qkv bias %bias
      : tensor<?x20xf32>, !transformer.weight<48x20xf32>, !transformer.weight<48xf32> -> tensor<?x48xf32>
  %q, %k, %v = transformer.split %p groups 2 : tensor<?x48xf32> -> tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>
  %qr = transformer.rope %q, %cos, %sin halves head_dim 8 : tensor<?x16xf32>, tensor<?x4xf32>
  %kr = transformer.rope %k, %cos, %sin halves head_dim 8 : tensor<?x16xf32>, tensor<?x4xf32>
  %t = transformer.kv_append %s, %kr, %v, %rows : !transformer.kv<2x8xf32>, tensor<?x16xf32>
  %a = transformer.attend %qr, %t, %rows heads 2 scale 0.35 window 0 softcap 0.0 : tensor<?x16xf32>, !transformer.kv<2x8xf32>
  %ot = transformer.transpose %o : !transformer.weight<16x20xf32> -> !transformer.weight<20x16xf32>
  %b = transformer.linear %a, %ot : tensor<?x16xf32>, !transformer.weight<20x16xf32> -> tensor<?x20xf32>
  %y = transformer.residual_add %x, %b scale 1.0 : tensor<?x20xf32>
  %gu = transformer.linear %y, %gateUp : tensor<?x20xf32>, !transformer.weight<74x20xf32> -> tensor<?x74xf32>
  %g, %u = transformer.split %gu : tensor<?x74xf32> -> tensor<?x37xf32>, tensor<?x37xf32>
  %h = transformer.gated_activation silu %g, %u limit 0.0 alpha 1.0 : tensor<?x37xf32>
  %dt = transformer.transpose %down : !transformer.weight<37x20xf32> -> !transformer.weight<20x37xf32>
  %d = transformer.linear %h, %dt : tensor<?x37xf32>, !transformer.weight<20x37xf32> -> tensor<?x20xf32>
  %z = transformer.residual_add %y, %d scale 1.0 : tensor<?x20xf32>
  return %z, %t : tensor<?x20xf32>, !transformer.kv<2x8xf32>
}

func.func @step(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>,
                %s0: !transformer.kv<2x8xf32>, %s1: !transformer.kv<2x8xf32>)
    -> (tensor<?x11xf32>, !transformer.kv<2x8xf32>, !transformer.kv<2x8xf32>) {
  %cos, %sin = transformer.rotary_table %rows frequencies [1.0, 0.1, 0.01, 0.001] factor 1.0 : tensor<?x4xf32>
  %table = transformer.get_weight @embed : !transformer.weight<11x20xf32>
  %x = transformer.embedding %tokens, %table scale 1.0 : tensor<?xi32>, !transformer.weight<11x20xf32> -> tensor<?x20xf32>
  %qkv0 = transformer.get_weight @layers.0.qkv : !transformer.weight<48x20xf32>
  %bias0 = transformer.get_weight @layers.0.bias : !transformer.weight<48xf32>
  %o0 = transformer.get_weight @layers.0.o : !transformer.weight<16x20xf32>
  %gateUp0 = transformer.get_weight @layers.0.gate_up : !transformer.weight<74x20xf32>
  %down0 = transformer.get_weight @layers.0.down : !transformer.weight<37x20xf32>
  %qkv1 = transformer.get_weight @layers.1.qkv : !transformer.weight<48x20xf32>
  %bias1 = transformer.get_weight @layers.1.bias : !transformer.weight<48xf32>
  %o1 = transformer.get_weight @layers.1.o : !transformer.weight<16x20xf32>
  %gateUp1 = transformer.get_weight @layers.1.gate_up : !transformer.weight<74x20xf32>
  %down1 = transformer.get_weight @layers.1.down : !transformer.weight<37x20xf32>
  %y, %t0 = call @layer(%x, %rows, %cos, %sin, %s0, %qkv0, %bias0, %o0, %gateUp0, %down0)
      : (tensor<?x20xf32>, !transformer.rows, tensor<?x4xf32>, tensor<?x4xf32>, !transformer.kv<2x8xf32>,
         !transformer.weight<48x20xf32>, !transformer.weight<48xf32>, !transformer.weight<16x20xf32>,
         !transformer.weight<74x20xf32>, !transformer.weight<37x20xf32>) -> (tensor<?x20xf32>, !transformer.kv<2x8xf32>)
  %z, %t1 = call @layer(%y, %rows, %cos, %sin, %s1, %qkv1, %bias1, %o1, %gateUp1, %down1)
      : (tensor<?x20xf32>, !transformer.rows, tensor<?x4xf32>, tensor<?x4xf32>, !transformer.kv<2x8xf32>,
         !transformer.weight<48x20xf32>, !transformer.weight<48xf32>, !transformer.weight<16x20xf32>,
         !transformer.weight<74x20xf32>, !transformer.weight<37x20xf32>) -> (tensor<?x20xf32>, !transformer.kv<2x8xf32>)
  %last = transformer.select_rows %z, %wanted : tensor<?x20xf32>, tensor<?xi32> -> tensor<?x20xf32>
  %head = transformer.get_weight @head : !transformer.weight<20x11xf32>
  %headT = transformer.transpose %head : !transformer.weight<20x11xf32> -> !transformer.weight<11x20xf32>
  %logits = transformer.linear %last, %headT : tensor<?x20xf32>, !transformer.weight<11x20xf32> -> tensor<?x11xf32>
  return %logits, %t0, %t1 : tensor<?x11xf32>, !transformer.kv<2x8xf32>, !transformer.kv<2x8xf32>
}
