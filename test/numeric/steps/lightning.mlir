// RUN: tenon-opt %s -tenon-transformer-stage -tenon-task-stage=target=x86-64-v3 -o %t.task.mlir \
// RUN:   -remarks-filter=lowering --remark-format=emitRemark 2>&1 | grep -o 'Remark="[^"]*"' \
// RUN:   | sort -u | FileCheck %s

// The matrix of linear attention lies in the slot of the sequence.
// StepProgramTest runs it.

// CHECK:      Remark="lightning_attend runs by its reference form, on one worker"
// CHECK-NOT:  {{.}}

transformer.weight @e : !transformer.weight<40x16xf32>
    from [#transformer.source<"m"::"e" : 40x16xf32>]
transformer.weight @o : !transformer.weight<40x16xf32>
    from [#transformer.source<"m"::"o" : 40x16xf32>]
transformer.weight @q0 : !transformer.weight<6x16xf32>
    from [#transformer.source<"m"::"q0" : 6x16xf32>]
transformer.weight @k0 : !transformer.weight<6x16xf32>
    from [#transformer.source<"m"::"k0" : 6x16xf32>]
transformer.weight @v0 : !transformer.weight<6x16xf32>
    from [#transformer.source<"m"::"v0" : 6x16xf32>]
transformer.weight @z0 : !transformer.weight<16x6xf32>
    from [#transformer.source<"m"::"z0" : 16x6xf32>]
transformer.weight @y0 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"y0" : 16x16xf32>]
transformer.weight @q1 : !transformer.weight<6x16xf32>
    from [#transformer.source<"m"::"q1" : 6x16xf32>]
transformer.weight @k1 : !transformer.weight<6x16xf32>
    from [#transformer.source<"m"::"k1" : 6x16xf32>]
transformer.weight @v1 : !transformer.weight<6x16xf32>
    from [#transformer.source<"m"::"v1" : 6x16xf32>]
transformer.weight @z1 : !transformer.weight<16x6xf32>
    from [#transformer.source<"m"::"z1" : 16x6xf32>]
transformer.weight @y1 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"y1" : 16x16xf32>]

!state = !transformer.recurrent<2x3x3xf32>

func.func private @layer(%x: tensor<?x16xf32>, %rows: !transformer.rows, %s: !state,
    %q: !transformer.weight<6x16xf32>,
    %k: !transformer.weight<6x16xf32>,
    %v: !transformer.weight<6x16xf32>,
    %z: !transformer.weight<16x6xf32>,
    %y: !transformer.weight<16x16xf32>)
        -> (tensor<?x16xf32>, !state) {
  %qq = transformer.linear %x, %q
      : tensor<?x16xf32>, !transformer.weight<6x16xf32> -> tensor<?x6xf32>
  %kk = transformer.linear %x, %k
      : tensor<?x16xf32>, !transformer.weight<6x16xf32> -> tensor<?x6xf32>
  %vv = transformer.linear %x, %v
      : tensor<?x16xf32>, !transformer.weight<6x16xf32> -> tensor<?x6xf32>
  %t, %a = transformer.lightning_attend %s, %qq, %kk, %vv, %rows slopes [0.25, 0.0625]
      : !state, tensor<?x6xf32>, tensor<?x6xf32>
  %b = transformer.linear %a, %z
      : tensor<?x6xf32>, !transformer.weight<16x6xf32> -> tensor<?x16xf32>
  %h = transformer.residual_add %x, %b scale 1.0 : tensor<?x16xf32>
  %u = transformer.linear %h, %y : tensor<?x16xf32>, !transformer.weight<16x16xf32> -> tensor<?x16xf32>
  return %u, %t : tensor<?x16xf32>, !state
}

func.func @step(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>,
    %s0: !state,
    %s1: !state)
        -> (tensor<?x40xf32>, !state, !state) {
  %e = transformer.get_weight @e : !transformer.weight<40x16xf32>
  %o = transformer.get_weight @o : !transformer.weight<40x16xf32>
  %q0 = transformer.get_weight @q0 : !transformer.weight<6x16xf32>
  %k0 = transformer.get_weight @k0 : !transformer.weight<6x16xf32>
  %v0 = transformer.get_weight @v0 : !transformer.weight<6x16xf32>
  %z0 = transformer.get_weight @z0 : !transformer.weight<16x6xf32>
  %y0 = transformer.get_weight @y0 : !transformer.weight<16x16xf32>
  %q1 = transformer.get_weight @q1 : !transformer.weight<6x16xf32>
  %k1 = transformer.get_weight @k1 : !transformer.weight<6x16xf32>
  %v1 = transformer.get_weight @v1 : !transformer.weight<6x16xf32>
  %z1 = transformer.get_weight @z1 : !transformer.weight<16x6xf32>
  %y1 = transformer.get_weight @y1 : !transformer.weight<16x16xf32>
  %x0 = transformer.embedding %tokens, %e scale 1.0
      : tensor<?xi32>, !transformer.weight<40x16xf32> -> tensor<?x16xf32>
  %x1, %t0 = call @layer(%x0, %rows, %s0, %q0, %k0, %v0, %z0, %y0)
      : (tensor<?x16xf32>, !transformer.rows, !state,
         !transformer.weight<6x16xf32>,
         !transformer.weight<6x16xf32>,
         !transformer.weight<6x16xf32>,
         !transformer.weight<16x6xf32>,
         !transformer.weight<16x16xf32>) -> (tensor<?x16xf32>, !state)
  %x2, %t1 = call @layer(%x1, %rows, %s1, %q1, %k1, %v1, %z1, %y1)
      : (tensor<?x16xf32>, !transformer.rows, !state,
         !transformer.weight<6x16xf32>,
         !transformer.weight<6x16xf32>,
         !transformer.weight<6x16xf32>,
         !transformer.weight<16x6xf32>,
         !transformer.weight<16x16xf32>) -> (tensor<?x16xf32>, !state)
  %r = transformer.select_rows %x2, %wanted : tensor<?x16xf32>, tensor<?xi32> -> tensor<?x16xf32>
  %l = transformer.linear %r, %o : tensor<?x16xf32>, !transformer.weight<40x16xf32> -> tensor<?x40xf32>
  return %l, %t0, %t1 : tensor<?x40xf32>, !state, !state
}
