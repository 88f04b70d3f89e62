// RUN: tenon-opt %s -tenon-transformer-stage -tenon-task-stage=target=x86-64-v3 -o %t.task.mlir \
// RUN:   -remarks-filter=lowering --remark-format=emitRemark 2>&1 | FileCheck %s --allow-empty --implicit-check-not=remark:

// Layers with a parallel residual: attention and MLP read what the layer was
// given, where the result is made. The MLP is a function that layers call, and
// one function has the name of another's variant.
// StepProgramTest runs it.

transformer.weight @e : !transformer.weight<40x16xf32>
    from [#transformer.source<"m"::"e" : 40x16xf32>]
transformer.weight @o : !transformer.weight<40x16xf32>
    from [#transformer.source<"m"::"o" : 40x16xf32>]
transformer.weight @q0 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"q0" : 16x16xf32>]
transformer.weight @k0 : !transformer.weight<8x16xf32>
    from [#transformer.source<"m"::"k0" : 8x16xf32>]
transformer.weight @v0 : !transformer.weight<8x16xf32>
    from [#transformer.source<"m"::"v0" : 8x16xf32>]
transformer.weight @p0 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"p0" : 16x16xf32>]
transformer.weight @u0 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"u0" : 16x16xf32>]
transformer.weight @d0 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"d0" : 16x16xf32>]
transformer.weight @n0 : !transformer.weight<16xf32>
    from [#transformer.source<"m"::"n0" : 16xf32>]
transformer.weight @q1 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"q1" : 16x16xf32>]
transformer.weight @k1 : !transformer.weight<8x16xf32>
    from [#transformer.source<"m"::"k1" : 8x16xf32>]
transformer.weight @v1 : !transformer.weight<8x16xf32>
    from [#transformer.source<"m"::"v1" : 8x16xf32>]
transformer.weight @p1 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"p1" : 16x16xf32>]
transformer.weight @u1 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"u1" : 16x16xf32>]
transformer.weight @d1 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"d1" : 16x16xf32>]
transformer.weight @n1 : !transformer.weight<16xf32>
    from [#transformer.source<"m"::"n1" : 16xf32>]
transformer.weight @q2 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"q2" : 16x16xf32>]
transformer.weight @k2 : !transformer.weight<8x16xf32>
    from [#transformer.source<"m"::"k2" : 8x16xf32>]
transformer.weight @v2 : !transformer.weight<8x16xf32>
    from [#transformer.source<"m"::"v2" : 8x16xf32>]
transformer.weight @p2 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"p2" : 16x16xf32>]
transformer.weight @u2 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"u2" : 16x16xf32>]
transformer.weight @d2 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"d2" : 16x16xf32>]
transformer.weight @n2 : !transformer.weight<16xf32>
    from [#transformer.source<"m"::"n2" : 16xf32>]

!state = !transformer.kv<2x4xf32>

func.func private @layer_8(%x: tensor<?x16xf32>, %u: !transformer.weight<16x16xf32>, %d: !transformer.weight<16x16xf32>) -> tensor<?x16xf32> {
  %h = transformer.linear %x, %u : tensor<?x16xf32>, !transformer.weight<16x16xf32> -> tensor<?x16xf32>
  %a = transformer.activation gelu %h : tensor<?x16xf32>
  %y = transformer.linear %a, %d : tensor<?x16xf32>, !transformer.weight<16x16xf32> -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

func.func private @layer(%x: tensor<?x16xf32>, %rows: !transformer.rows, %s: !state,
    %q: !transformer.weight<16x16xf32>,
    %k: !transformer.weight<8x16xf32>,
    %v: !transformer.weight<8x16xf32>,
    %p: !transformer.weight<16x16xf32>,
    %u: !transformer.weight<16x16xf32>,
    %d: !transformer.weight<16x16xf32>,
    %n: !transformer.weight<16xf32>)
        -> (tensor<?x16xf32>, !state) {
  %normed = transformer.rms_norm %x, %n eps 1.0e-5 groups 1 offset 0.0 : tensor<?x16xf32>, !transformer.weight<16xf32>
  %query = transformer.linear %normed, %q : tensor<?x16xf32>, !transformer.weight<16x16xf32> -> tensor<?x16xf32>
  %key = transformer.linear %normed, %k : tensor<?x16xf32>, !transformer.weight<8x16xf32> -> tensor<?x8xf32>
  %value = transformer.linear %normed, %v : tensor<?x16xf32>, !transformer.weight<8x16xf32> -> tensor<?x8xf32>
  %t = transformer.kv_append %s, %key, %value, %rows : !state, tensor<?x8xf32>
  %a = transformer.attend %query, %t, %rows heads 4 scale 0.5 window 0 softcap 0.0 : tensor<?x16xf32>, !state
  %b = transformer.linear %a, %p : tensor<?x16xf32>, !transformer.weight<16x16xf32> -> tensor<?x16xf32>
  %c = call @layer_8(%normed, %u, %d) : (tensor<?x16xf32>, !transformer.weight<16x16xf32>, !transformer.weight<16x16xf32>) -> tensor<?x16xf32>
  %both = transformer.residual_add %b, %c scale 1.0 : tensor<?x16xf32>
  %y = transformer.residual_add %x, %both scale 1.0 : tensor<?x16xf32>
  return %y, %t : tensor<?x16xf32>, !state
}

func.func @step(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>,
    %s0: !state,
    %s1: !state,
    %s2: !state)
        -> (tensor<?x40xf32>, !state, !state, !state) {
  %e = transformer.get_weight @e : !transformer.weight<40x16xf32>
  %o = transformer.get_weight @o : !transformer.weight<40x16xf32>
  %q0 = transformer.get_weight @q0 : !transformer.weight<16x16xf32>
  %k0 = transformer.get_weight @k0 : !transformer.weight<8x16xf32>
  %v0 = transformer.get_weight @v0 : !transformer.weight<8x16xf32>
  %p0 = transformer.get_weight @p0 : !transformer.weight<16x16xf32>
  %u0 = transformer.get_weight @u0 : !transformer.weight<16x16xf32>
  %d0 = transformer.get_weight @d0 : !transformer.weight<16x16xf32>
  %n0 = transformer.get_weight @n0 : !transformer.weight<16xf32>
  %q1 = transformer.get_weight @q1 : !transformer.weight<16x16xf32>
  %k1 = transformer.get_weight @k1 : !transformer.weight<8x16xf32>
  %v1 = transformer.get_weight @v1 : !transformer.weight<8x16xf32>
  %p1 = transformer.get_weight @p1 : !transformer.weight<16x16xf32>
  %u1 = transformer.get_weight @u1 : !transformer.weight<16x16xf32>
  %d1 = transformer.get_weight @d1 : !transformer.weight<16x16xf32>
  %n1 = transformer.get_weight @n1 : !transformer.weight<16xf32>
  %q2 = transformer.get_weight @q2 : !transformer.weight<16x16xf32>
  %k2 = transformer.get_weight @k2 : !transformer.weight<8x16xf32>
  %v2 = transformer.get_weight @v2 : !transformer.weight<8x16xf32>
  %p2 = transformer.get_weight @p2 : !transformer.weight<16x16xf32>
  %u2 = transformer.get_weight @u2 : !transformer.weight<16x16xf32>
  %d2 = transformer.get_weight @d2 : !transformer.weight<16x16xf32>
  %n2 = transformer.get_weight @n2 : !transformer.weight<16xf32>
  %x0 = transformer.embedding %tokens, %e scale 2.0
      : tensor<?xi32>, !transformer.weight<40x16xf32> -> tensor<?x16xf32>
  %x1, %t0 = call @layer(%x0, %rows, %s0, %q0, %k0, %v0, %p0, %u0, %d0, %n0)
      : (tensor<?x16xf32>, !transformer.rows, !state,
         !transformer.weight<16x16xf32>,
         !transformer.weight<8x16xf32>,
         !transformer.weight<8x16xf32>,
         !transformer.weight<16x16xf32>,
         !transformer.weight<16x16xf32>,
         !transformer.weight<16x16xf32>,
         !transformer.weight<16xf32>) -> (tensor<?x16xf32>, !state)
  %x2, %t1 = call @layer(%x1, %rows, %s1, %q1, %k1, %v1, %p1, %u1, %d1, %n1)
      : (tensor<?x16xf32>, !transformer.rows, !state,
         !transformer.weight<16x16xf32>,
         !transformer.weight<8x16xf32>,
         !transformer.weight<8x16xf32>,
         !transformer.weight<16x16xf32>,
         !transformer.weight<16x16xf32>,
         !transformer.weight<16x16xf32>,
         !transformer.weight<16xf32>) -> (tensor<?x16xf32>, !state)
  %x3, %t2 = call @layer(%x2, %rows, %s2, %q2, %k2, %v2, %p2, %u2, %d2, %n2)
      : (tensor<?x16xf32>, !transformer.rows, !state,
         !transformer.weight<16x16xf32>,
         !transformer.weight<8x16xf32>,
         !transformer.weight<8x16xf32>,
         !transformer.weight<16x16xf32>,
         !transformer.weight<16x16xf32>,
         !transformer.weight<16x16xf32>,
         !transformer.weight<16xf32>) -> (tensor<?x16xf32>, !state)
  %chosen = transformer.select_rows %x3, %wanted : tensor<?x16xf32>, tensor<?xi32> -> tensor<?x16xf32>
  %l = transformer.linear %chosen, %o : tensor<?x16xf32>, !transformer.weight<40x16xf32> -> tensor<?x40xf32>
  return %l, %t0, %t1, %t2 : tensor<?x40xf32>, !state, !state, !state
}
