// RUN: tenon-opt %s --load-pass-plugin=%plugin --use-tanh-gelu > %t.mlir
// RUN: FileCheck %s < %t.mlir

// The results differ, by less than the promise and by more than nothing.
// RUN: tenon run --compare %s %t.mlir --shapes=odd --tolerance=1e-3
// RUN: not tenon run --compare %s %t.mlir --shapes=odd --tolerance=1e-7

// A plain gelu is replaced.
// CHECK-LABEL: @plain_gelu
// CHECK: transformer.activation gelu_tanh
func.func @plain_gelu(%x: tensor<?x96xf32>) -> tensor<?x96xf32> {
  %y = transformer.activation gelu %x : tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}

// So is one that gates.
// CHECK-LABEL: @gating_gelu
// CHECK: transformer.gated_activation gelu_tanh
func.func @gating_gelu(%g: tensor<?x33xf32>, %u: tensor<?x33xf32>) -> tensor<?x33xf32> {
  %y = transformer.gated_activation gelu %g, %u limit 0.0 alpha 1.0 : tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}

// Other functions stay.
// CHECK-LABEL: @other_function
// CHECK: transformer.activation silu
func.func @other_function(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.activation silu %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
