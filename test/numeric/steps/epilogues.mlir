// RUN: tenon-opt %s -tenon-transformer-stage -tenon-task-stage=target=x86-64-v3 -o %t.task.mlir

// What follows a product on its tile: a factor of the row's position, a layer norm
// with a bias, norms of groups that do not fill the last tile. Weights that change
// places between the calls of a layer and of which some are rotated by heads of 12;
// experts chosen in groups.
// StepProgramTest runs it.

transformer.weight @e : !transformer.weight<40x8xf32> from [#transformer.source<"m"::"e" : 40x8xf32>]
transformer.weight @n : !transformer.weight<8xf32> from [#transformer.source<"m"::"n" : 8xf32>]
transformer.weight @m : !transformer.weight<8xf32> from [#transformer.source<"m"::"m" : 8xf32>]
transformer.weight @p : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"p" : 8x8xf32>]
transformer.weight @r : !transformer.weight<33x8xf32> from [#transformer.source<"m"::"r" : 33x8xf32>]
transformer.weight @s : !transformer.weight<8x33xf32> from [#transformer.source<"m"::"s" : 8x33xf32>]
transformer.weight @t : !transformer.weight<34x8xf32> from [#transformer.source<"m"::"t" : 34x8xf32>]
transformer.weight @h : !transformer.weight<2xf32> from [#transformer.source<"m"::"h" : 2xf32>]
transformer.weight @v : !transformer.weight<8x34xf32> from [#transformer.source<"m"::"v" : 8x34xf32>]
transformer.weight @k : !transformer.weight<6x8xf32> from [#transformer.source<"m"::"k" : 6x8xf32>]
transformer.weight @o : !transformer.weight<40x8xf32> from [#transformer.source<"m"::"o" : 40x8xf32>]
transformer.weight @a : !transformer.weight<12x8xf32> from [#transformer.source<"m"::"a" : 12x8xf32>]
transformer.weight @b : !transformer.weight<12x8xf32> from [#transformer.source<"m"::"b" : 12x8xf32>]
transformer.weight @c : !transformer.weight<12x8xf32> from [#transformer.source<"m"::"c" : 12x8xf32>]
transformer.weight @d : !transformer.weight<12x8xf32> from [#transformer.source<"m"::"d" : 12x8xf32>]
transformer.weight @u : !transformer.weight<8x12xf32> from [#transformer.source<"m"::"u" : 8x12xf32>]

func.func private @layer(%x: tensor<?x8xf32>, %t: tensor<?x3xf32>, %wa: !transformer.weight<12x8xf32>,
    %wb: !transformer.weight<12x8xf32>, %wu: !transformer.weight<8x12xf32>) -> tensor<?x8xf32> {
  %a = transformer.linear %x, %wa : tensor<?x8xf32>, !transformer.weight<12x8xf32> -> tensor<?x12xf32>
  %b = transformer.linear %x, %wb : tensor<?x8xf32>, !transformer.weight<12x8xf32> -> tensor<?x12xf32>
  %r = transformer.rope %b, %t, %t halves head_dim 12 : tensor<?x12xf32>, tensor<?x3xf32>
  %s = transformer.residual_add %a, %r scale 1.0 : tensor<?x12xf32>
  %y = transformer.linear %s, %wu : tensor<?x12xf32>, !transformer.weight<8x12xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

func.func @step(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>) -> tensor<?x40xf32> {
  %e = transformer.get_weight @e : !transformer.weight<40x8xf32>
  %n = transformer.get_weight @n : !transformer.weight<8xf32>
  %m = transformer.get_weight @m : !transformer.weight<8xf32>
  %p = transformer.get_weight @p : !transformer.weight<8x8xf32>
  %r = transformer.get_weight @r : !transformer.weight<33x8xf32>
  %s = transformer.get_weight @s : !transformer.weight<8x33xf32>
  %t = transformer.get_weight @t : !transformer.weight<34x8xf32>
  %h = transformer.get_weight @h : !transformer.weight<2xf32>
  %v = transformer.get_weight @v : !transformer.weight<8x34xf32>
  %k = transformer.get_weight @k : !transformer.weight<6x8xf32>
  %o = transformer.get_weight @o : !transformer.weight<40x8xf32>
  %a = transformer.get_weight @a : !transformer.weight<12x8xf32>
  %b = transformer.get_weight @b : !transformer.weight<12x8xf32>
  %c = transformer.get_weight @c : !transformer.weight<12x8xf32>
  %d = transformer.get_weight @d : !transformer.weight<12x8xf32>
  %u = transformer.get_weight @u : !transformer.weight<8x12xf32>
  %cos, %sin = transformer.rotary_table %rows frequencies [1.0, 0.1, 0.01] factor 1.0 : tensor<?x3xf32>
  %x0 = transformer.embedding %tokens, %e scale 1.0
      : tensor<?xi32>, !transformer.weight<40x8xf32> -> tensor<?x8xf32>
  %x1 = call @layer(%x0, %cos, %a, %b, %u)
      : (tensor<?x8xf32>, tensor<?x3xf32>, !transformer.weight<12x8xf32>, !transformer.weight<12x8xf32>,
         !transformer.weight<8x12xf32>) -> tensor<?x8xf32>
  %x2 = call @layer(%x1, %cos, %b, %a, %u)
      : (tensor<?x8xf32>, tensor<?x3xf32>, !transformer.weight<12x8xf32>, !transformer.weight<12x8xf32>,
         !transformer.weight<8x12xf32>) -> tensor<?x8xf32>
  %x3 = call @layer(%x2, %cos, %c, %d, %u)
      : (tensor<?x8xf32>, tensor<?x3xf32>, !transformer.weight<12x8xf32>, !transformer.weight<12x8xf32>,
         !transformer.weight<8x12xf32>) -> tensor<?x8xf32>
  %y0 = transformer.linear %x3, %p : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %y1 = transformer.logn_scale %y0, %rows length 16 : tensor<?x8xf32>
  %y2 = transformer.linear %y1, %p : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %y3 = transformer.layer_norm %y2, %n bias %m eps 1.0e-5
      : tensor<?x8xf32>, !transformer.weight<8xf32>, !transformer.weight<8xf32>
  %z0 = transformer.linear %y3, %r : tensor<?x8xf32>, !transformer.weight<33x8xf32> -> tensor<?x33xf32>
  %z1 = transformer.l2_norm %z0 eps 1.0e-2 groups 33 scale 1.0 : tensor<?x33xf32>
  %z2 = transformer.linear %z1, %s : tensor<?x33xf32>, !transformer.weight<8x33xf32> -> tensor<?x8xf32>
  %f0 = transformer.linear %z2, %t : tensor<?x8xf32>, !transformer.weight<34x8xf32> -> tensor<?x34xf32>
  %f1 = transformer.rms_norm %f0, %h eps 1.0e-2 groups 17 offset 0.0 : tensor<?x34xf32>, !transformer.weight<2xf32>
  %f2 = transformer.linear %f1, %v : tensor<?x34xf32>, !transformer.weight<8x34xf32> -> tensor<?x8xf32>
  %scores = transformer.linear %f2, %k : tensor<?x8xf32>, !transformer.weight<6x8xf32> -> tensor<?x6xf32>
  %chosen, %shares = transformer.route sigmoid %scores groups 3 keep 2 by best scale 1.0
      : tensor<?x6xf32> -> tensor<?x2xi32>, tensor<?x2xf32>
  %share, %other = transformer.split %shares : tensor<?x2xf32> -> tensor<?x1xf32>, tensor<?x1xf32>
  %g0 = transformer.scale_rows %f2, %share : tensor<?x8xf32>, tensor<?x1xf32>
  %g1 = transformer.select_rows %g0, %wanted : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  %l = transformer.linear %g1, %o : tensor<?x8xf32>, !transformer.weight<40x8xf32> -> tensor<?x40xf32>
  return %l : tensor<?x40xf32>
}
