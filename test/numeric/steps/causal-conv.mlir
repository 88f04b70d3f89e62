// RUN: tenon-opt %s -tenon-transformer-stage -tenon-task-stage=target=x86-64-v3 -o %t.task.mlir \
// RUN:   -remarks-filter=lowering --remark-format=emitRemark 2>&1 | grep -o 'Remark="[^"]*"' \
// RUN:   | sort -u | FileCheck %s

// The tail of a convolution lies in the slot of the sequence.
// StepProgramTest runs it.

// CHECK:      Remark="causal_conv runs by its reference form, on one worker"
// CHECK-NOT:  {{.}}

transformer.weight @e : !transformer.weight<40x16xf32>
    from [#transformer.source<"m"::"e" : 40x16xf32>]
transformer.weight @o : !transformer.weight<40x16xf32>
    from [#transformer.source<"m"::"o" : 40x16xf32>]
transformer.weight @w0 : !transformer.weight<16x1x4xf32>
    from [#transformer.source<"m"::"w0" : 16x1x4xf32>]
transformer.weight @z0 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"z0" : 16x16xf32>]
transformer.weight @y0 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"y0" : 16x16xf32>]
transformer.weight @w1 : !transformer.weight<16x1x4xf32>
    from [#transformer.source<"m"::"w1" : 16x1x4xf32>]
transformer.weight @z1 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"z1" : 16x16xf32>]
transformer.weight @y1 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"y1" : 16x16xf32>]

!state = !transformer.conv_tail<16x3xf32>

func.func private @layer(%x: tensor<?x16xf32>, %rows: !transformer.rows, %s: !state,
    %w: !transformer.weight<16x1x4xf32>,
    %z: !transformer.weight<16x16xf32>,
    %y: !transformer.weight<16x16xf32>)
        -> (tensor<?x16xf32>, !state) {
  %t, %a = transformer.causal_conv %s, %x, %w, %rows
      : !state, tensor<?x16xf32>, !transformer.weight<16x1x4xf32>
  %b = transformer.linear %a, %z
      : tensor<?x16xf32>, !transformer.weight<16x16xf32> -> tensor<?x16xf32>
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
  %w0 = transformer.get_weight @w0 : !transformer.weight<16x1x4xf32>
  %z0 = transformer.get_weight @z0 : !transformer.weight<16x16xf32>
  %y0 = transformer.get_weight @y0 : !transformer.weight<16x16xf32>
  %w1 = transformer.get_weight @w1 : !transformer.weight<16x1x4xf32>
  %z1 = transformer.get_weight @z1 : !transformer.weight<16x16xf32>
  %y1 = transformer.get_weight @y1 : !transformer.weight<16x16xf32>
  %x0 = transformer.embedding %tokens, %e scale 1.0
      : tensor<?xi32>, !transformer.weight<40x16xf32> -> tensor<?x16xf32>
  %x1, %t0 = call @layer(%x0, %rows, %s0, %w0, %z0, %y0)
      : (tensor<?x16xf32>, !transformer.rows, !state,
         !transformer.weight<16x1x4xf32>,
         !transformer.weight<16x16xf32>,
         !transformer.weight<16x16xf32>) -> (tensor<?x16xf32>, !state)
  %x2, %t1 = call @layer(%x1, %rows, %s1, %w1, %z1, %y1)
      : (tensor<?x16xf32>, !transformer.rows, !state,
         !transformer.weight<16x1x4xf32>,
         !transformer.weight<16x16xf32>,
         !transformer.weight<16x16xf32>) -> (tensor<?x16xf32>, !state)
  %r = transformer.select_rows %x2, %wanted : tensor<?x16xf32>, tensor<?xi32> -> tensor<?x16xf32>
  %l = transformer.linear %r, %o : tensor<?x16xf32>, !transformer.weight<40x16xf32> -> tensor<?x40xf32>
  return %l, %t0, %t1 : tensor<?x40xf32>, !state, !state
}
