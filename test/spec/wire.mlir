// Block WIRE: where norms and residuals go. `a` stands for the attention and `f`
// for the feed-forward layer.
//
// Tolerance 2e-6: sums of a few dozen f32 products, each rounded to 2^-24 of its size, and
// functions that the C library computes to a unit in the last place.

// RUN: tenon run %s --reference --function=pre --tolerance=2e-6 \
// RUN:   --input=%S/data/wire/pre-h.npy --input=%S/data/wire/pre-a.npy --input=%S/data/wire/pre-f.npy \
// RUN:   --input=%S/data/wire/pre-n1.npy --input=%S/data/wire/pre-n2.npy --expect=0=%S/data/wire/pre-out0.npy
// RUN: tenon run %s --reference --function=post --tolerance=2e-6 \
// RUN:   --input=%S/data/wire/post-h.npy --input=%S/data/wire/post-a.npy --input=%S/data/wire/post-f.npy \
// RUN:   --input=%S/data/wire/post-n1.npy --input=%S/data/wire/post-n2.npy --input=%S/data/wire/post-b1.npy \
// RUN:   --input=%S/data/wire/post-b2.npy --expect=0=%S/data/wire/post-out0.npy
// RUN: tenon run %s --reference --function=sandwich --tolerance=2e-6 \
// RUN:   --input=%S/data/wire/sandwich-h.npy --input=%S/data/wire/sandwich-a.npy \
// RUN:   --input=%S/data/wire/sandwich-f.npy --input=%S/data/wire/sandwich-n1.npy \
// RUN:   --input=%S/data/wire/sandwich-n2.npy --input=%S/data/wire/sandwich-n3.npy \
// RUN:   --input=%S/data/wire/sandwich-n4.npy --expect=0=%S/data/wire/sandwich-out0.npy
// RUN: tenon run %s --reference --function=parallel --tolerance=2e-6 \
// RUN:   --input=%S/data/wire/parallel-h.npy --input=%S/data/wire/parallel-a.npy \
// RUN:   --input=%S/data/wire/parallel-f.npy --input=%S/data/wire/parallel-n1.npy \
// RUN:   --expect=0=%S/data/wire/parallel-out0.npy
// RUN: tenon run %s --reference --function=norm_residual --tolerance=2e-6 \
// RUN:   --input=%S/data/wire/norm_residual-h.npy --input=%S/data/wire/norm_residual-a.npy \
// RUN:   --input=%S/data/wire/norm_residual-f.npy --input=%S/data/wire/norm_residual-n1.npy \
// RUN:   --input=%S/data/wire/norm_residual-n2.npy --expect=0=%S/data/wire/norm_residual-out0.npy

// Norms before the layers.
func.func @pre(%h: tensor<?x7xf32>, %a: !transformer.weight<7x7xf32>, %f: !transformer.weight<7x7xf32>,
    %n1: !transformer.weight<7xf32>, %n2: !transformer.weight<7xf32>) -> tensor<?x7xf32> {
  %n = transformer.rms_norm %h, %n1 eps 1.0e-5 groups 1 offset 0.0
      : tensor<?x7xf32>, !transformer.weight<7xf32>
  %b = transformer.linear %n, %a : tensor<?x7xf32>, !transformer.weight<7x7xf32> -> tensor<?x7xf32>
  %r = transformer.residual_add %h, %b scale 1.0 : tensor<?x7xf32>
  %m = transformer.rms_norm %r, %n2 eps 1.0e-5 groups 1 offset 0.0
      : tensor<?x7xf32>, !transformer.weight<7xf32>
  %c = transformer.linear %m, %f : tensor<?x7xf32>, !transformer.weight<7x7xf32> -> tensor<?x7xf32>
  %y = transformer.residual_add %r, %c scale 1.0 : tensor<?x7xf32>
  return %y : tensor<?x7xf32>
}

// Norms after the sums.
func.func @post(%h: tensor<?x7xf32>, %a: !transformer.weight<7x7xf32>, %f: !transformer.weight<7x7xf32>,
    %n1: !transformer.weight<7xf32>, %n2: !transformer.weight<7xf32>,
                %b1: !transformer.weight<7xf32>, %b2: !transformer.weight<7xf32>) -> tensor<?x7xf32> {
  %b = transformer.linear %h, %a : tensor<?x7xf32>, !transformer.weight<7x7xf32> -> tensor<?x7xf32>
  %r = transformer.residual_add %h, %b scale 1.0 : tensor<?x7xf32>
  %n = transformer.layer_norm %r, %n1 bias %b1 eps 1.0e-5
      : tensor<?x7xf32>, !transformer.weight<7xf32>, !transformer.weight<7xf32>
  %c = transformer.linear %n, %f : tensor<?x7xf32>, !transformer.weight<7x7xf32> -> tensor<?x7xf32>
  %s = transformer.residual_add %n, %c scale 1.0 : tensor<?x7xf32>
  %y = transformer.layer_norm %s, %n2 bias %b2 eps 1.0e-5
      : tensor<?x7xf32>, !transformer.weight<7xf32>, !transformer.weight<7xf32>
  return %y : tensor<?x7xf32>
}

// Norms before and after the layers.
func.func @sandwich(%h: tensor<?x7xf32>, %a: !transformer.weight<7x7xf32>, %f: !transformer.weight<7x7xf32>,
    %n1: !transformer.weight<7xf32>, %n2: !transformer.weight<7xf32>,
                    %n3: !transformer.weight<7xf32>, %n4: !transformer.weight<7xf32>) -> tensor<?x7xf32> {
  %n = transformer.rms_norm %h, %n1 eps 1.0e-5 groups 1 offset 0.0
      : tensor<?x7xf32>, !transformer.weight<7xf32>
  %b = transformer.linear %n, %a : tensor<?x7xf32>, !transformer.weight<7x7xf32> -> tensor<?x7xf32>
  %o = transformer.rms_norm %b, %n2 eps 1.0e-5 groups 1 offset 0.0
      : tensor<?x7xf32>, !transformer.weight<7xf32>
  %r = transformer.residual_add %h, %o scale 1.0 : tensor<?x7xf32>
  %m = transformer.rms_norm %r, %n3 eps 1.0e-5 groups 1 offset 0.0
      : tensor<?x7xf32>, !transformer.weight<7xf32>
  %c = transformer.linear %m, %f : tensor<?x7xf32>, !transformer.weight<7x7xf32> -> tensor<?x7xf32>
  %p = transformer.rms_norm %c, %n4 eps 1.0e-5 groups 1 offset 0.0
      : tensor<?x7xf32>, !transformer.weight<7xf32>
  %y = transformer.residual_add %r, %p scale 1.0 : tensor<?x7xf32>
  return %y : tensor<?x7xf32>
}

// Both layers from one norm.
func.func @parallel(%h: tensor<?x7xf32>, %a: !transformer.weight<7x7xf32>, %f: !transformer.weight<7x7xf32>,
    %n1: !transformer.weight<7xf32>) -> tensor<?x7xf32> {
  %n = transformer.rms_norm %h, %n1 eps 1.0e-5 groups 1 offset 0.0
      : tensor<?x7xf32>, !transformer.weight<7xf32>
  %b = transformer.linear %n, %a : tensor<?x7xf32>, !transformer.weight<7x7xf32> -> tensor<?x7xf32>
  %c = transformer.linear %n, %f : tensor<?x7xf32>, !transformer.weight<7x7xf32> -> tensor<?x7xf32>
  %r = transformer.residual_add %h, %b scale 1.0 : tensor<?x7xf32>
  %y = transformer.residual_add %r, %c scale 1.0 : tensor<?x7xf32>
  return %y : tensor<?x7xf32>
}

// The residual is the normed row, both sides scaled.
func.func @norm_residual(%h: tensor<?x7xf32>, %a: !transformer.weight<7x7xf32>,
    %f: !transformer.weight<7x7xf32>, %n1: !transformer.weight<7xf32>, %n2: !transformer.weight<7xf32>)
        -> tensor<?x7xf32> {
  %n = transformer.rms_norm %h, %n1 eps 1.0e-5 groups 1 offset 0.0
      : tensor<?x7xf32>, !transformer.weight<7xf32>
  %b = transformer.linear %n, %a : tensor<?x7xf32>, !transformer.weight<7x7xf32> -> tensor<?x7xf32>
  %s = transformer.scale %n by 3.5 : tensor<?x7xf32>
  %r = transformer.residual_add %s, %b scale 0.75 : tensor<?x7xf32>
  %m = transformer.rms_norm %r, %n2 eps 1.0e-5 groups 1 offset 0.0
      : tensor<?x7xf32>, !transformer.weight<7xf32>
  %c = transformer.linear %m, %f : tensor<?x7xf32>, !transformer.weight<7x7xf32> -> tensor<?x7xf32>
  %t = transformer.scale %m by 2.5 : tensor<?x7xf32>
  %y = transformer.residual_add %t, %c scale 0.5 : tensor<?x7xf32>
  return %y : tensor<?x7xf32>
}
