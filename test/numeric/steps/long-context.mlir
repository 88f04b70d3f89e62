// RUN: tenon-opt %s -tenon-transformer-stage -tenon-task-stage=target=x86-64-v3 -o %t.task.mlir \
// RUN:   -remarks-filter=lowering --remark-format=emitRemark 2>&1 | FileCheck %s --implicit-check-not=remark: --allow-empty
// RUN: FileCheck %s --check-prefix=PARTS --input-file=%t.task.mlir

// Contexts that are cut into parts: with sinks, which belong to the first part,
// and with a window and slopes, where the parts begin with the window.
// StepProgramTest runs it over hundreds of positions.

// PARTS-COUNT-4: task.phase "merge_parts"
// PARTS-NOT:     task.phase "merge_parts"

transformer.weight @e : !transformer.weight<40x16xf32>
    from [#transformer.source<"m"::"e" : 40x16xf32>]
transformer.weight @o : !transformer.weight<40x16xf32>
    from [#transformer.source<"m"::"o" : 40x16xf32>]
transformer.weight @q0 : !transformer.weight<30x16xf32>
    from [#transformer.source<"m"::"q0" : 30x16xf32>]
transformer.weight @k0 : !transformer.weight<10x16xf32>
    from [#transformer.source<"m"::"k0" : 10x16xf32>]
transformer.weight @v0 : !transformer.weight<10x16xf32>
    from [#transformer.source<"m"::"v0" : 10x16xf32>]
transformer.weight @z0 : !transformer.weight<16x30xf32>
    from [#transformer.source<"m"::"z0" : 16x30xf32>]
transformer.weight @q1 : !transformer.weight<30x16xf32>
    from [#transformer.source<"m"::"q1" : 30x16xf32>]
transformer.weight @k1 : !transformer.weight<10x16xf32>
    from [#transformer.source<"m"::"k1" : 10x16xf32>]
transformer.weight @v1 : !transformer.weight<10x16xf32>
    from [#transformer.source<"m"::"v1" : 10x16xf32>]
transformer.weight @z1 : !transformer.weight<16x30xf32>
    from [#transformer.source<"m"::"z1" : 16x30xf32>]
transformer.weight @i : !transformer.weight<6xf32>
    from [#transformer.source<"m"::"i" : 6xf32>]

!sunk = !transformer.kv<2x5xf16>
!windowed = !transformer.kv<1x10xf32>

func.func @step(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>,
    %s0: !sunk, %s1: !windowed) -> (tensor<?x40xf32>, !sunk, !windowed) {
  %e = transformer.get_weight @e : !transformer.weight<40x16xf32>
  %o = transformer.get_weight @o : !transformer.weight<40x16xf32>
  %q0 = transformer.get_weight @q0 : !transformer.weight<30x16xf32>
  %k0 = transformer.get_weight @k0 : !transformer.weight<10x16xf32>
  %v0 = transformer.get_weight @v0 : !transformer.weight<10x16xf32>
  %z0 = transformer.get_weight @z0 : !transformer.weight<16x30xf32>
  %q1 = transformer.get_weight @q1 : !transformer.weight<30x16xf32>
  %k1 = transformer.get_weight @k1 : !transformer.weight<10x16xf32>
  %v1 = transformer.get_weight @v1 : !transformer.weight<10x16xf32>
  %z1 = transformer.get_weight @z1 : !transformer.weight<16x30xf32>
  %i = transformer.get_weight @i : !transformer.weight<6xf32>
  %x = transformer.embedding %tokens, %e scale 1.0
      : tensor<?xi32>, !transformer.weight<40x16xf32> -> tensor<?x16xf32>
  %qq0 = transformer.linear %x, %q0
      : tensor<?x16xf32>, !transformer.weight<30x16xf32> -> tensor<?x30xf32>
  %kk0 = transformer.linear %x, %k0
      : tensor<?x16xf32>, !transformer.weight<10x16xf32> -> tensor<?x10xf32>
  %vv0 = transformer.linear %x, %v0
      : tensor<?x16xf32>, !transformer.weight<10x16xf32> -> tensor<?x10xf32>
  %t0 = transformer.kv_append %s0, %kk0, %vv0, %rows : !sunk, tensor<?x10xf32>
  %a0 = transformer.attend %qq0, %t0, %rows sinks %i : !transformer.weight<6xf32> heads 6 scale 0.447213595
      window 0 softcap 3.0
      : tensor<?x30xf32>, !sunk
  %b0 = transformer.linear %a0, %z0
      : tensor<?x30xf32>, !transformer.weight<16x30xf32> -> tensor<?x16xf32>
  %h0 = transformer.residual_add %x, %b0 scale 1.0 : tensor<?x16xf32>
  %qq1 = transformer.linear %h0, %q1
      : tensor<?x16xf32>, !transformer.weight<30x16xf32> -> tensor<?x30xf32>
  %kk1 = transformer.linear %h0, %k1
      : tensor<?x16xf32>, !transformer.weight<10x16xf32> -> tensor<?x10xf32>
  %vv1 = transformer.linear %h0, %v1
      : tensor<?x16xf32>, !transformer.weight<10x16xf32> -> tensor<?x10xf32>
  %t1 = transformer.kv_append %s1, %kk1, %vv1, %rows : !windowed, tensor<?x10xf32>
  %a1 = transformer.attend %qq1, %t1, %rows heads 3 scale 0.316227766
      window 300 softcap 0.0 slopes [0.01, 0.002, 0.0005]
      : tensor<?x30xf32>, !windowed
  %b1 = transformer.linear %a1, %z1
      : tensor<?x30xf32>, !transformer.weight<16x30xf32> -> tensor<?x16xf32>
  %h1 = transformer.residual_add %h0, %b1 scale 1.0 : tensor<?x16xf32>
  %p = transformer.select_rows %h1, %wanted : tensor<?x16xf32>, tensor<?xi32> -> tensor<?x16xf32>
  %l = transformer.linear %p, %o
      : tensor<?x16xf32>, !transformer.weight<40x16xf32> -> tensor<?x40xf32>
  return %l, %t0, %t1 : tensor<?x40xf32>, !sunk, !windowed
}
