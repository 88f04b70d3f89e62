// RUN: tenon-opt %s -tenon-transformer-stage -tenon-task-stage=target=x86-64-v3 -o %t.task.mlir \
// RUN:   -remarks-filter=lowering --remark-format=emitRemark 2>&1 | grep -o 'Remark="[^"]*"' \
// RUN:   | sort -u | FileCheck %s
// RUN: tenon run %s --reference --tokens=%prompt --output=%t.npy
// RUN: tenon run %t.task.mlir --reference --tokens=%prompt --expect=%t.npy
// RUN: tenon run %t.task.mlir --reference --tokens=%prompt --chunk=7 --workers=5 --expect=%t.npy

// Two layers of latent attention in its expanded form: latents and shared keys lie
// in pages.
// StepProgramTest runs it.

// CHECK:      Remark="latent_attend runs by its reference form, a row at a time"
// CHECK-NOT:  {{.}}

transformer.weight @e : !transformer.weight<40x16xf32>
    from [#transformer.source<"m"::"e" : 40x16xf32>]
transformer.weight @o : !transformer.weight<40x16xf32>
    from [#transformer.source<"m"::"o" : 40x16xf32>]
transformer.weight @q0 : !transformer.weight<12x16xf32>
    from [#transformer.source<"m"::"q0" : 12x16xf32>]
transformer.weight @p0 : !transformer.weight<6x16xf32>
    from [#transformer.source<"m"::"p0" : 6x16xf32>]
transformer.weight @c0 : !transformer.weight<7x16xf32>
    from [#transformer.source<"m"::"c0" : 7x16xf32>]
transformer.weight @k0 : !transformer.weight<2x16xf32>
    from [#transformer.source<"m"::"k0" : 2x16xf32>]
transformer.weight @w0 : !transformer.weight<27x7xf32>
    from [#transformer.source<"m"::"w0" : 27x7xf32>]
transformer.weight @z0 : !transformer.weight<16x15xf32>
    from [#transformer.source<"m"::"z0" : 16x15xf32>]
transformer.weight @y0 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"y0" : 16x16xf32>]
transformer.weight @q1 : !transformer.weight<12x16xf32>
    from [#transformer.source<"m"::"q1" : 12x16xf32>]
transformer.weight @p1 : !transformer.weight<6x16xf32>
    from [#transformer.source<"m"::"p1" : 6x16xf32>]
transformer.weight @c1 : !transformer.weight<7x16xf32>
    from [#transformer.source<"m"::"c1" : 7x16xf32>]
transformer.weight @k1 : !transformer.weight<2x16xf32>
    from [#transformer.source<"m"::"k1" : 2x16xf32>]
transformer.weight @w1 : !transformer.weight<27x7xf32>
    from [#transformer.source<"m"::"w1" : 27x7xf32>]
transformer.weight @z1 : !transformer.weight<16x15xf32>
    from [#transformer.source<"m"::"z1" : 16x15xf32>]
transformer.weight @y1 : !transformer.weight<16x16xf32>
    from [#transformer.source<"m"::"y1" : 16x16xf32>]

!state = !transformer.latent<7x2xf32>

func.func private @layer(%x: tensor<?x16xf32>, %rows: !transformer.rows, %s: !state,
    %q: !transformer.weight<12x16xf32>,
    %p: !transformer.weight<6x16xf32>,
    %c: !transformer.weight<7x16xf32>,
    %k: !transformer.weight<2x16xf32>,
    %w: !transformer.weight<27x7xf32>,
    %z: !transformer.weight<16x15xf32>,
    %y: !transformer.weight<16x16xf32>)
        -> (tensor<?x16xf32>, !state) {
  %qq = transformer.linear %x, %q
      : tensor<?x16xf32>, !transformer.weight<12x16xf32> -> tensor<?x12xf32>
  %pp = transformer.linear %x, %p
      : tensor<?x16xf32>, !transformer.weight<6x16xf32> -> tensor<?x6xf32>
  %cc = transformer.linear %x, %c
      : tensor<?x16xf32>, !transformer.weight<7x16xf32> -> tensor<?x7xf32>
  %kk = transformer.linear %x, %k
      : tensor<?x16xf32>, !transformer.weight<2x16xf32> -> tensor<?x2xf32>
  %t = transformer.latent_append %s, %cc, %kk, %rows : !state, tensor<?x7xf32>, tensor<?x2xf32>
  %a = transformer.latent_attend %qq, %pp, %t, %rows, %w heads 3 scale 0.408248305
      : tensor<?x12xf32>, tensor<?x6xf32>, !state, !transformer.weight<27x7xf32> -> tensor<?x15xf32>
  %b = transformer.linear %a, %z
      : tensor<?x15xf32>, !transformer.weight<16x15xf32> -> tensor<?x16xf32>
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
  %q0 = transformer.get_weight @q0 : !transformer.weight<12x16xf32>
  %p0 = transformer.get_weight @p0 : !transformer.weight<6x16xf32>
  %c0 = transformer.get_weight @c0 : !transformer.weight<7x16xf32>
  %k0 = transformer.get_weight @k0 : !transformer.weight<2x16xf32>
  %w0 = transformer.get_weight @w0 : !transformer.weight<27x7xf32>
  %z0 = transformer.get_weight @z0 : !transformer.weight<16x15xf32>
  %y0 = transformer.get_weight @y0 : !transformer.weight<16x16xf32>
  %q1 = transformer.get_weight @q1 : !transformer.weight<12x16xf32>
  %p1 = transformer.get_weight @p1 : !transformer.weight<6x16xf32>
  %c1 = transformer.get_weight @c1 : !transformer.weight<7x16xf32>
  %k1 = transformer.get_weight @k1 : !transformer.weight<2x16xf32>
  %w1 = transformer.get_weight @w1 : !transformer.weight<27x7xf32>
  %z1 = transformer.get_weight @z1 : !transformer.weight<16x15xf32>
  %y1 = transformer.get_weight @y1 : !transformer.weight<16x16xf32>
  %x0 = transformer.embedding %tokens, %e scale 1.0
      : tensor<?xi32>, !transformer.weight<40x16xf32> -> tensor<?x16xf32>
  %x1, %t0 = call @layer(%x0, %rows, %s0, %q0, %p0, %c0, %k0, %w0, %z0, %y0)
      : (tensor<?x16xf32>, !transformer.rows, !state,
         !transformer.weight<12x16xf32>,
         !transformer.weight<6x16xf32>,
         !transformer.weight<7x16xf32>,
         !transformer.weight<2x16xf32>,
         !transformer.weight<27x7xf32>,
         !transformer.weight<16x15xf32>,
         !transformer.weight<16x16xf32>) -> (tensor<?x16xf32>, !state)
  %x2, %t1 = call @layer(%x1, %rows, %s1, %q1, %p1, %c1, %k1, %w1, %z1, %y1)
      : (tensor<?x16xf32>, !transformer.rows, !state,
         !transformer.weight<12x16xf32>,
         !transformer.weight<6x16xf32>,
         !transformer.weight<7x16xf32>,
         !transformer.weight<2x16xf32>,
         !transformer.weight<27x7xf32>,
         !transformer.weight<16x15xf32>,
         !transformer.weight<16x16xf32>) -> (tensor<?x16xf32>, !state)
  %r = transformer.select_rows %x2, %wanted : tensor<?x16xf32>, tensor<?xi32> -> tensor<?x16xf32>
  %l = transformer.linear %r, %o : tensor<?x16xf32>, !transformer.weight<40x16xf32> -> tensor<?x40xf32>
  return %l, %t0, %t1 : tensor<?x40xf32>, !state, !state
}
