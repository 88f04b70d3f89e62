// RUN: tenon-opt %s -tenon-transformer-stage -tenon-task-stage=target=x86-64-v3 -o %t.task.mlir \
// RUN:   -remarks-filter=lowering --remark-format=emitRemark 2>&1 | grep -o 'Remark="[^"]*"' \
// RUN:   | sort -u | FileCheck %s

// A mixture of experts beside a shared one with a gate for each row, attention
// over the rows of the step and a convolution over them.
// StepProgramTest runs it.

// CHECK:      Remark="attend_rows runs by its reference form, on one worker"
// CHECK-NEXT: Remark="convolution runs by its reference form, on one worker"
// CHECK-NEXT: Remark="experts runs by its reference form, in tiles of 8 rows and all columns"
// CHECK-NEXT: Remark="experts runs by its reference form, on one worker"
// CHECK-NOT:  {{.}}

transformer.weight @e : !transformer.weight<40x16xf32>
    from [#transformer.source<"m"::"e" : 40x16xf32>]
transformer.weight @o : !transformer.weight<40x16xf32>
    from [#transformer.source<"m"::"o" : 40x16xf32>]
transformer.weight @r : !transformer.weight<6x16xf32>
    from [#transformer.source<"m"::"r" : 6x16xf32>]
transformer.weight @g : !transformer.weight<6x10x16xf32>
    from [#transformer.source<"m"::"g" : 6x10x16xf32>]
transformer.weight @u : !transformer.weight<6x10x16xf32>
    from [#transformer.source<"m"::"u" : 6x10x16xf32>]
transformer.weight @d : !transformer.weight<6x16x10xf32>
    from [#transformer.source<"m"::"d" : 6x16x10xf32>]
transformer.weight @shared : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"shared" : 16x16xf32>]
transformer.weight @gate : !transformer.weight<1x16xf32>
    from [#transformer.source<"m"::"gate" : 1x16xf32>]
transformer.weight @w : !transformer.weight<16x16x3xf32>
    from [#transformer.source<"m"::"w" : 16x16x3xf32>]

func.func @step(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
        -> tensor<?x40xf32> {
  %e = transformer.get_weight @e : !transformer.weight<40x16xf32>
  %o = transformer.get_weight @o : !transformer.weight<40x16xf32>
  %r = transformer.get_weight @r : !transformer.weight<6x16xf32>
  %g = transformer.get_weight @g : !transformer.weight<6x10x16xf32>
  %u = transformer.get_weight @u : !transformer.weight<6x10x16xf32>
  %d = transformer.get_weight @d : !transformer.weight<6x16x10xf32>
  %shared = transformer.get_weight @shared : !transformer.weight<16x16xf32>
  %gate = transformer.get_weight @gate : !transformer.weight<1x16xf32>
  %w = transformer.get_weight @w : !transformer.weight<16x16x3xf32>
  %x = transformer.embedding %tokens, %e scale 2.0
      : tensor<?xi32>, !transformer.weight<40x16xf32> -> tensor<?x16xf32>
  %a = transformer.attend_rows %x, %x, %x, %rows heads 4 kv_heads 4 scale 0.5 window 0 softcap 0.0
      : tensor<?x16xf32>, tensor<?x16xf32>
  %c = transformer.convolution %a, %rows, %rows, %w stride 1 padding 1
      : tensor<?x16xf32>, !transformer.weight<16x16x3xf32> -> tensor<?x16xf32>
  %h = transformer.residual_add %x, %c scale 1.0 : tensor<?x16xf32>
  %scores = transformer.linear %h, %r : tensor<?x16xf32>, !transformer.weight<6x16xf32> -> tensor<?x6xf32>
  %index, %share = transformer.route softmax %scores renormalize scale 1.0
      : tensor<?x6xf32> -> tensor<?x2xi32>, tensor<?x2xf32>
  %mixed = transformer.experts silu %h, %index, %share, %g, %u, %d limit 0.0 alpha 1.0
      : tensor<?x16xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !transformer.weight<6x10x16xf32>, !transformer.weight<6x16x10xf32>
  %own = transformer.linear %h, %shared : tensor<?x16xf32>, !transformer.weight<16x16xf32> -> tensor<?x16xf32>
  %opening = transformer.linear %h, %gate : tensor<?x16xf32>, !transformer.weight<1x16xf32> -> tensor<?x1xf32>
  %open = transformer.activation sigmoid %opening : tensor<?x1xf32>
  %gated = transformer.scale_rows %own, %open : tensor<?x16xf32>, tensor<?x1xf32>
  %both = transformer.residual_add %mixed, %gated scale 1.0 : tensor<?x16xf32>
  %y = transformer.residual_add %h, %both scale 1.0 : tensor<?x16xf32>
  %chosen = transformer.select_rows %y, %wanted : tensor<?x16xf32>, tensor<?xi32> -> tensor<?x16xf32>
  %l = transformer.linear %chosen, %o : tensor<?x16xf32>, !transformer.weight<40x16xf32> -> tensor<?x40xf32>
  return %l : tensor<?x40xf32>
}
