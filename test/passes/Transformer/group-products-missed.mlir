// RUN: tenon-opt %s -mlir-disable-threading -pass-pipeline='builtin.module(func.func(group-products))' --remarks-filter=fusion --remark-policy=all --remark-format=emitRemark 2>&1 | FileCheck %s

// What could not join a group is told with the reason.

// CHECK: remark: [Missed] group-products | {{.*}}Function=norm_over_rows | Reason="it needs 64 columns together, a tile has 32", Remark="transformer.rms_norm cannot share the tiles of a product"
// CHECK: remark: [Missed] group-products | {{.*}}Function=later_operand | Reason="an operand is computed after the group", Remark="transformer.residual_add cannot share the tiles of a product"
// CHECK: remark: [Missed] group-products | {{.*}}Function=different_tiles | Reason="its operands have tiles of {{16 and 32|32 and 16}} columns", Remark="transformer.gated_activation cannot share the tiles of a product"
// CHECK: remark: [Missed] group-products | {{.*}}Function=not_by_rows | Reason="it is not computed row by row on a tile of columns", Remark="transformer.split cannot share the tiles of a product"


// Attention is a phase of its own, so that it does not join is no miss.
// CHECK-NOT: remark:

// CHECK-LABEL: @norm_over_rows
// CHECK:         transformer.group
// CHECK-NEXT:      transformer.linear
// CHECK-NEXT:      transformer.yield
// CHECK-NEXT:    }
// CHECK-NEXT:    transformer.rms_norm
func.func @norm_over_rows(%x: tensor<?x8xf32>, %n: !transformer.weight<64xf32>, %w: !transformer.weight<64x8xf32>) -> tensor<?x64xf32> {
  %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<64x8xf32> -> tensor<?x64xf32>
  %y = transformer.rms_norm %p, %n eps 1.0e-5 groups 1 offset 0.0 : tensor<?x64xf32>, !transformer.weight<64xf32>
  return %y : tensor<?x64xf32>
}

// CHECK-LABEL: @later_operand
// CHECK:         transformer.yield
// CHECK:         transformer.scale
// CHECK-NEXT:    transformer.residual_add
func.func @later_operand(%x: tensor<?x8xf32>, %w: !transformer.weight<8x8xf32>) -> tensor<?x8xf32> {
  %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %s = transformer.scale %x by 0.5 : tensor<?x8xf32>
  %y = transformer.residual_add %s, %p scale 1.0 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @different_tiles
// CHECK:         transformer.yield
// CHECK:         transformer.gated_activation
func.func @different_tiles(%x: tensor<?x8xf32>, %a: !transformer.weight<32x8xf32>, %b: !transformer.weight<32x8xf32>,
    %c: tensor<?x8xf32>, %s: tensor<?x8xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %g = transformer.linear %x, %a : tensor<?x8xf32>, !transformer.weight<32x8xf32> -> tensor<?x32xf32>
  %u = transformer.linear %x, %b : tensor<?x8xf32>, !transformer.weight<32x8xf32> -> tensor<?x32xf32>
  %r = transformer.rope %g, %c, %s halves head_dim 16 : tensor<?x32xf32>, tensor<?x8xf32>
  %y = transformer.gated_activation silu %g, %u limit 0.0 alpha 1.0 : tensor<?x32xf32>
  return %y, %r : tensor<?x32xf32>, tensor<?x32xf32>
}

// CHECK-LABEL: @not_by_rows
// CHECK:         transformer.yield
// CHECK:         transformer.split
func.func @not_by_rows(%x: tensor<?x8xf32>, %w: !transformer.weight<8x8xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %a, %b = transformer.split %p : tensor<?x8xf32> -> tensor<?x4xf32>, tensor<?x4xf32>
  return %a, %b : tensor<?x4xf32>, tensor<?x4xf32>
}

// CHECK-LABEL: @attention_after
// CHECK:         transformer.yield
// CHECK:         transformer.cross_attend
// CHECK:         transformer.yield
// CHECK:         transformer.latent_attend
func.func @attention_after(%x: tensor<?x8xf32>, %wq: !transformer.weight<16x8xf32>, %cross: !transformer.cross<2x4xf32>,
    %rows: !transformer.rows, %wl: !transformer.weight<12x16xf32>, %r: tensor<?x6xf32>,
    %latent: !transformer.latent<5x2xf32>, %w: !transformer.weight<21x5xf32>) -> tensor<?x9xf32> {
  %q = transformer.linear %x, %wq : tensor<?x8xf32>, !transformer.weight<16x8xf32> -> tensor<?x16xf32>
  %y = transformer.cross_attend %q, %cross, %rows heads 4 scale 0.5 : tensor<?x16xf32>, !transformer.cross<2x4xf32>
  %p = transformer.linear %y, %wl : tensor<?x16xf32>, !transformer.weight<12x16xf32> -> tensor<?x12xf32>
  %z = transformer.latent_attend %p, %r, %latent, %rows, %w heads 3 scale 0.5
      : tensor<?x12xf32>, tensor<?x6xf32>, !transformer.latent<5x2xf32>, !transformer.weight<21x5xf32> -> tensor<?x9xf32>
  return %z : tensor<?x9xf32>
}
