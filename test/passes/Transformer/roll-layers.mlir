// RUN: tenon-opt %s -split-input-file -roll-layers | FileCheck %s
// RUN: tenon-opt %s -split-input-file -mlir-disable-threading -roll-layers --remarks-filter=layers --remark-policy=all --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK

// Two kinds of layers that alternate, with a state and a weight each. A value
// that all calls are given is passed once; what only the next layer reads
// stays inside. The call that is left over stays.
// CHECK-LABEL: func.func @step
// CHECK-SAME:    (%[[X:[a-z0-9]+]]: tensor<?x8xf32>, %[[ROWS:[a-z0-9]+]]: !transformer.rows, %[[S0:[a-z0-9]+]]: !transformer.kv<1x8xf32>, %[[S1:[a-z0-9]+]]: !transformer.kv<1x8xf32>, %[[S2:[a-z0-9]+]]
// CHECK:         %[[A:[a-z0-9]+]]:3 = call @period_of_2(%[[X]], %[[ROWS]], %[[S0]], %[[W0:[a-z0-9]+]], %[[S1]], %[[W1:[a-z0-9]+]])
// CHECK:         %[[B:[a-z0-9]+]]:3 = call @period_of_2(%[[A]]#1, %[[ROWS]], %[[S2]], %{{.+}}, %{{.+}}, %{{.+}})
// CHECK:         %[[C:[a-z0-9]+]]:2 = call @local(%[[B]]#1, %[[ROWS]],
// CHECK:         return %[[C]]#0, %[[A]]#0, %[[A]]#2, %[[B]]#0, %[[B]]#2, %[[C]]#1
// CHECK-LABEL: func.func private @period_of_2
// CHECK-SAME:    (%[[X:[a-z0-9]+]]: tensor<?x8xf32>, %[[ROWS:[a-z0-9]+]]: !transformer.rows, %[[S:[a-z0-9]+]]: !transformer.kv<1x8xf32>, %[[W:[a-z0-9]+]]: !transformer.weight<8x8xf32>, %[[T:[a-z0-9]+]]: !transformer.kv<1x8xf32>, %[[V:[a-z0-9]+]]: !transformer.weight<8x8xf32>)
// CHECK:         %[[P:[a-z0-9]+]] = transformer.linear %[[X]], %[[W]]
// CHECK:         %[[S1:[a-z0-9]+]] = transformer.kv_append %[[S]], %[[P]], %[[P]], %[[ROWS]]
// CHECK:         %[[Q:[a-z0-9]+]] = transformer.linear %[[P]], %[[V]]
// CHECK:         %[[G:[a-z0-9]+]] = transformer.activation silu %[[Q]]
// CHECK:         %[[T1:[a-z0-9]+]] = transformer.kv_append %[[T]], %[[G]], %[[G]], %[[ROWS]]
// CHECK:         return %[[S1]], %[[G]], %[[T1]]
// CHECK-NOT:   @global
transformer.weight @w0 : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w0" : 8x8xf32>]
transformer.weight @w1 : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w1" : 8x8xf32>]
func.func @step(%x: tensor<?x8xf32>, %rows: !transformer.rows, %s0: !transformer.kv<1x8xf32>, %s1: !transformer.kv<1x8xf32>,
    %s2: !transformer.kv<1x8xf32>, %s3: !transformer.kv<1x8xf32>, %s4: !transformer.kv<1x8xf32>)
    -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>, !transformer.kv<1x8xf32>, !transformer.kv<1x8xf32>, !transformer.kv<1x8xf32>, !transformer.kv<1x8xf32>) {
  %w0 = transformer.get_weight @w0 : !transformer.weight<8x8xf32>
  %a:2 = call @local(%x, %rows, %s0, %w0) : (tensor<?x8xf32>, !transformer.rows, !transformer.kv<1x8xf32>, !transformer.weight<8x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>)
  %w1 = transformer.get_weight @w1 : !transformer.weight<8x8xf32>
  %b:2 = call @global(%a#0, %rows, %s1, %w1) : (tensor<?x8xf32>, !transformer.rows, !transformer.kv<1x8xf32>, !transformer.weight<8x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>)
  %c:2 = call @local(%b#0, %rows, %s2, %w1) : (tensor<?x8xf32>, !transformer.rows, !transformer.kv<1x8xf32>, !transformer.weight<8x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>)
  %d:2 = call @global(%c#0, %rows, %s3, %w0) : (tensor<?x8xf32>, !transformer.rows, !transformer.kv<1x8xf32>, !transformer.weight<8x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>)
  %e:2 = call @local(%d#0, %rows, %s4, %w0) : (tensor<?x8xf32>, !transformer.rows, !transformer.kv<1x8xf32>, !transformer.weight<8x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>)
  return %e#0, %a#1, %b#1, %c#1, %d#1, %e#1 : tensor<?x8xf32>, !transformer.kv<1x8xf32>, !transformer.kv<1x8xf32>, !transformer.kv<1x8xf32>, !transformer.kv<1x8xf32>, !transformer.kv<1x8xf32>
}
func.func private @local(%x: tensor<?x8xf32>, %rows: !transformer.rows, %s: !transformer.kv<1x8xf32>, %w: !transformer.weight<8x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>) {
  %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %t = transformer.kv_append %s, %p, %p, %rows : !transformer.kv<1x8xf32>, tensor<?x8xf32>
  return %p, %t : tensor<?x8xf32>, !transformer.kv<1x8xf32>
}
func.func private @global(%x: tensor<?x8xf32>, %rows: !transformer.rows, %s: !transformer.kv<1x8xf32>, %w: !transformer.weight<8x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>) {
  %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
  %g = transformer.activation silu %p : tensor<?x8xf32>
  %t = transformer.kv_append %s, %g, %g, %rows : !transformer.kv<1x8xf32>, tensor<?x8xf32>
  return %g, %t : tensor<?x8xf32>, !transformer.kv<1x8xf32>
}

// -----

// Runs of one function make less code than a period would.
// CHECK-LABEL: func.func @runs
// CHECK-COUNT-3: call @a
// CHECK-COUNT-3: call @b
// CHECK-NOT:     period_of
func.func @runs(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = call @a(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = call @a(%0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %2 = call @a(%1) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %3 = call @b(%2) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %4 = call @b(%3) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %5 = call @b(%4) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %5 : tensor<?x8xf32>
}
func.func private @a(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.activation silu %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
func.func private @b(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.activation relu %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// The last call reads what the first one made, not the call before it: one
// function cannot be both periods.
// CHECK-LABEL: func.func @crossed
// CHECK-NOT:     period_of
// REMARK: remark: [Missed] roll-layers | {{.*}}Function=crossed{{.*}} | Reason="operand 0 of 'b' comes from another place in another period"
func.func @crossed(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = call @a(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = call @b(%0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %2 = call @a(%1) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %3 = call @b(%0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %4 = transformer.residual_add %2, %3 scale 1.0 : tensor<?x8xf32>
  return %4 : tensor<?x8xf32>
}
func.func private @a(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.activation silu %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
func.func private @b(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.activation relu %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
