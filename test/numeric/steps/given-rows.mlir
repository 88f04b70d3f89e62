// RUN: tenon-opt %s -tenon-transformer-stage -tenon-task-stage=target=x86-64-v3 -o %t.task.mlir \
// RUN:   -remarks-filter=lowering --remark-format=emitRemark 2>&1 | FileCheck %s --allow-empty --implicit-check-not=remark:

// Rows that are given among tokens, at places on four axes. The table is scaled,
// given rows are not; it is the output projection, too, and lies packed.
// StepProgramTest runs it.

transformer.weight @e : !transformer.weight<40x16xf32>
    from [#transformer.source<"m"::"e" : 40x16xf32>]
transformer.weight @q0 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"q0" : 16x16xf32>]
transformer.weight @k0 : !transformer.weight<8x16xf32>
    from [#transformer.source<"m"::"k0" : 8x16xf32>]
transformer.weight @v0 : !transformer.weight<8x16xf32>
    from [#transformer.source<"m"::"v0" : 8x16xf32>]
transformer.weight @p0 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"p0" : 16x16xf32>]
transformer.weight @q1 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"q1" : 16x16xf32>]
transformer.weight @k1 : !transformer.weight<8x16xf32>
    from [#transformer.source<"m"::"k1" : 8x16xf32>]
transformer.weight @v1 : !transformer.weight<8x16xf32>
    from [#transformer.source<"m"::"v1" : 8x16xf32>]
transformer.weight @p1 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"p1" : 16x16xf32>]

!state = !transformer.kv<2x4xf32>

func.func private @layer(%x: tensor<?x16xf32>, %rows: !transformer.rows, %s: !state,
    %c: tensor<?x2xf32>, %i: tensor<?x2xf32>,
    %q: !transformer.weight<16x16xf32>, %k: !transformer.weight<8x16xf32>,
    %v: !transformer.weight<8x16xf32>, %p: !transformer.weight<16x16xf32>)
        -> (tensor<?x16xf32>, !state) {
  %q0 = transformer.linear %x, %q : tensor<?x16xf32>, !transformer.weight<16x16xf32> -> tensor<?x16xf32>
  %k0 = transformer.linear %x, %k : tensor<?x16xf32>, !transformer.weight<8x16xf32> -> tensor<?x8xf32>
  %v0 = transformer.linear %x, %v : tensor<?x16xf32>, !transformer.weight<8x16xf32> -> tensor<?x8xf32>
  %q1 = transformer.rope %q0, %c, %i halves head_dim 4 : tensor<?x16xf32>, tensor<?x2xf32>
  %k1 = transformer.rope %k0, %c, %i halves head_dim 4 : tensor<?x8xf32>, tensor<?x2xf32>
  %t = transformer.kv_append %s, %k1, %v0, %rows : !state, tensor<?x8xf32>
  %a = transformer.attend %q1, %t, %rows heads 4 scale 0.5 window 0 softcap 0.0 : tensor<?x16xf32>, !state
  %o = transformer.linear %a, %p : tensor<?x16xf32>, !transformer.weight<16x16xf32> -> tensor<?x16xf32>
  %y = transformer.residual_add %x, %o scale 1.0 : tensor<?x16xf32>
  return %y, %t : tensor<?x16xf32>, !state
}

func.func @step(%tokens: tensor<?xi32>, %given: tensor<?x16xf32>, %rows: !transformer.rows,
    %wanted: tensor<?xi32>, %s0: !state, %s1: !state) -> (tensor<?x40xf32>, !state, !state) {
  %e = transformer.get_weight @e : !transformer.weight<40x16xf32>
  %x = transformer.embedding %tokens, %e given %given scale 4.0
      : tensor<?xi32>, !transformer.weight<40x16xf32>, tensor<?x16xf32> -> tensor<?x16xf32>
  %q0 = transformer.get_weight @q0 : !transformer.weight<16x16xf32>
  %k0 = transformer.get_weight @k0 : !transformer.weight<8x16xf32>
  %v0 = transformer.get_weight @v0 : !transformer.weight<8x16xf32>
  %p0 = transformer.get_weight @p0 : !transformer.weight<16x16xf32>
  %q1 = transformer.get_weight @q1 : !transformer.weight<16x16xf32>
  %k1 = transformer.get_weight @k1 : !transformer.weight<8x16xf32>
  %v1 = transformer.get_weight @v1 : !transformer.weight<8x16xf32>
  %p1 = transformer.get_weight @p1 : !transformer.weight<16x16xf32>
  %c, %i = transformer.rotary_table %rows frequencies [1.0, 0.1] factor 1.0 axes [1, 3] : tensor<?x2xf32>
  %x0, %t0 = call @layer(%x, %rows, %s0, %c, %i, %q0, %k0, %v0, %p0)
      : (tensor<?x16xf32>, !transformer.rows, !state, tensor<?x2xf32>, tensor<?x2xf32>,
         !transformer.weight<16x16xf32>, !transformer.weight<8x16xf32>,
         !transformer.weight<8x16xf32>, !transformer.weight<16x16xf32>) -> (tensor<?x16xf32>, !state)
  %x1, %t1 = call @layer(%x0, %rows, %s1, %c, %i, %q1, %k1, %v1, %p1)
      : (tensor<?x16xf32>, !transformer.rows, !state, tensor<?x2xf32>, tensor<?x2xf32>,
         !transformer.weight<16x16xf32>, !transformer.weight<8x16xf32>,
         !transformer.weight<8x16xf32>, !transformer.weight<16x16xf32>) -> (tensor<?x16xf32>, !state)
  %r = transformer.select_rows %x1, %wanted : tensor<?x16xf32>, tensor<?xi32> -> tensor<?x16xf32>
  %l = transformer.linear %r, %e : tensor<?x16xf32>, !transformer.weight<40x16xf32> -> tensor<?x40xf32>
  return %l, %t0, %t1 : tensor<?x40xf32>, !state, !state
}
