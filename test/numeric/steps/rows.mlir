// RUN: tenon-opt %s -tenon-transformer-stage -tenon-task-stage=target=x86-64-v3 -o %t.task.mlir \
// RUN:   -remarks-filter=lowering --remark-format=emitRemark 2>&1 | grep -o 'Remark="[^"]*"' \
// RUN:   | sort -u | FileCheck %s

// Ops on rows that no family of the importer has: each goes with the products
// around it or into a phase of its own, and none but the product by a normalized
// matrix by a slow form. The last norm comes before the choice of rows, and so
// has all of them.
// StepProgramTest runs it.

// CHECK:      Remark="normalized_linear runs by its reference form, in tiles of 8 rows and all columns"
// CHECK-NEXT: Remark="normalized_linear runs by its reference form, on one worker"
// CHECK-NOT:  {{.}}

transformer.weight @e : !transformer.weight<40x16xf32>
    from [#transformer.source<"m"::"e" : 40x16xf32>]
transformer.weight @o : !transformer.weight<40x16xf32>
    from [#transformer.source<"m"::"o" : 40x16xf32>]
transformer.weight @g : !transformer.weight<16xf32>
    from [#transformer.source<"m"::"g" : 16xf32>]
transformer.weight @b : !transformer.weight<16xf32>
    from [#transformer.source<"m"::"b" : 16xf32>]
transformer.weight @p : !transformer.weight<200x16xf32>
    from [#transformer.source<"m"::"p" : 200x16xf32>]
transformer.weight @u : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"u" : 16x16xf32>]
transformer.weight @d : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"d" : 16x16xf32>]
transformer.weight @n : !transformer.weight<16xf32>
    from [#transformer.source<"m"::"n" : 16xf32>]

func.func @step(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
        -> tensor<?x40xf32> {
  %e = transformer.get_weight @e : !transformer.weight<40x16xf32>
  %o = transformer.get_weight @o : !transformer.weight<40x16xf32>
  %g = transformer.get_weight @g : !transformer.weight<16xf32>
  %b = transformer.get_weight @b : !transformer.weight<16xf32>
  %p = transformer.get_weight @p : !transformer.weight<200x16xf32>
  %u = transformer.get_weight @u : !transformer.weight<16x16xf32>
  %d = transformer.get_weight @d : !transformer.weight<16x16xf32>
  %n = transformer.get_weight @n : !transformer.weight<16xf32>
  %x = transformer.embedding %tokens, %e scale 2.0
      : tensor<?xi32>, !transformer.weight<40x16xf32> -> tensor<?x16xf32>
  %q = transformer.position_embedding %rows, %p offset 2 : !transformer.weight<200x16xf32> -> tensor<?x16xf32>
  %h = transformer.residual_add %x, %q scale 0.5 : tensor<?x16xf32>
  %m = transformer.layer_norm %h, %g bias %b eps 1.0e-5
      : tensor<?x16xf32>, !transformer.weight<16xf32>, !transformer.weight<16xf32>
  %y = transformer.linear %m, %u : tensor<?x16xf32>, !transformer.weight<16x16xf32> -> tensor<?x16xf32>
  %c, %s = transformer.rotary_table %rows frequencies [1.0, 0.1, 0.01] factor 1.0 : tensor<?x3xf32>
  %r = transformer.rope %y, %c, %s interleaved head_dim 8 : tensor<?x16xf32>, tensor<?x3xf32>
  %ct, %st = transformer.rotary_table %rows frequencies [1.0, 0.1, 0.01] factor 1.0 axes [0, 1, 2]
      : tensor<?x3xf32>
  %rt = transformer.rope %r, %ct, %st halves head_dim 8 : tensor<?x16xf32>, tensor<?x3xf32>
  %k = transformer.logn_scale %rt, %rows length 4 : tensor<?x16xf32>
  %v = transformer.normalized_linear %k, %d eps 1.0e-12 : tensor<?x16xf32>, !transformer.weight<16x16xf32> -> tensor<?x16xf32>
  %first, %second = transformer.split %v groups 2 : tensor<?x16xf32> -> tensor<?x12xf32>, tensor<?x4xf32>
  %turned = transformer.concat %second, %first : tensor<?x4xf32>, tensor<?x12xf32> -> tensor<?x16xf32>
  %z = transformer.residual_add %h, %turned scale 1.0 : tensor<?x16xf32>
  %capped = transformer.softcap %z cap 3.0 : tensor<?x16xf32>
  %normed = transformer.rms_norm %capped, %n eps 1.0e-5 groups 1 offset 0.0 : tensor<?x16xf32>, !transformer.weight<16xf32>
  %chosen = transformer.select_rows %normed, %wanted : tensor<?x16xf32>, tensor<?xi32> -> tensor<?x16xf32>
  %l = transformer.linear %chosen, %o : tensor<?x16xf32>, !transformer.weight<40x16xf32> -> tensor<?x40xf32>
  return %l : tensor<?x40xf32>
}
