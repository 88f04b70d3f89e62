// RUN: tenon-opt %s -make-row-variants=rows=1,8 | FileCheck %s --implicit-check-not=func.func

// Each variant is a clone of the entry and of all that it calls, once; what no
// variant calls any more goes. Other entries stay.

// CHECK-DAG: func.func @step_1({{.*}}) -> tensor<?x8xf32> attributes {transformer.rows = 1 : i64} {{{[[:space:]]+}}%[[A:.+]] = call @layer_1(%{{.+}}) {{.*}}{{[[:space:]]+}}%{{.+}} = call @layer_1(%[[A]])
// CHECK-DAG: func.func @step_8({{.*}}) -> tensor<?x8xf32> attributes {transformer.rows = 8 : i64} {{{[[:space:]]+}}%[[B:.+]] = call @layer_8(%{{.+}}) {{.*}}{{[[:space:]]+}}%{{.+}} = call @layer_8(%[[B]])
// CHECK-DAG: func.func private @layer_1({{.*}}) -> tensor<?x8xf32> attributes {transformer.rows = 1 : i64} {{{[[:space:]]+}}%{{.+}} = call @scaled_1(
// CHECK-DAG: func.func private @layer_8({{.*}}) -> tensor<?x8xf32> attributes {transformer.rows = 8 : i64} {{{[[:space:]]+}}%{{.+}} = call @scaled_8(
// CHECK-DAG: func.func private @scaled_1(
// CHECK-DAG: func.func private @scaled_8(
// CHECK-DAG: func.func @encode(
func.func @step(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = call @layer(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %z = call @layer(%y) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}
func.func private @layer(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = call @scaled(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
func.func private @scaled(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.scale %x by 0.5 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
func.func @encode(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  return %x : tensor<?x8xf32>
}
