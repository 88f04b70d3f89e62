// RUN: tenon-opt %s --load-pass-plugin=%plugin --use-tanh-gelu --remarks-filter=approximation \
// RUN:   --remark-format=emitRemark 2>&1 | FileCheck %s

// The clamped form has no function to replace, and a remark says so.
// CHECK: remark: [Missed] use-tanh-gelu | Category:approximation | Function=clamped
// CHECK-SAME: Reason="the clamped form does not compute it"
// CHECK: transformer.gated_activation gelu %
func.func @clamped(%g: tensor<?x8xf32>, %u: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.gated_activation gelu %g, %u limit 7.0 alpha 1.702 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
