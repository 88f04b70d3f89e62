// RUN: tenon-opt %s -convert-transformer-to-task | FileCheck %s

// Layers of one kind are one repeat: its body is written once, the weights are
// lists with a name for each turn, and the result of a turn lies where the next
// one reads its argument.
// CHECK-LABEL: task.step @three_layers
// CHECK:         %[[X:.+]] = task.buffer : memref<4x8xf32>
// CHECK:         task.phase "embedding" {{.*}} touches(%{{.+}}, %{{.+}}, %[[X2:.+]] :
// CHECK:         task.repeat 3 {
// CHECK-NEXT:    ^bb0(%[[TURN:.+]]: index):
// CHECK:           task.get_weight [@w0, @w1, @w2][%[[TURN]]] : memref<2x8x16x1xf32>
// CHECK:           task.phase "linear" {{.*}} touches(%[[X2]], %{{.+}}, %[[H:[a-z0-9]+]] :
// CHECK:           task.phase "linear" {{.*}} touches(%[[H]], %{{.+}}, %[[X2]] : {{.*}} as [#task.access<read>, #task.access<read>, #task.access<write>]
// CHECK-NOT:     task.repeat
// CHECK:         task.phase "linear" {{.*}} touches(%[[X2]],
transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @w0 : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w0" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
transformer.weight @w1 : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w1" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
transformer.weight @w2 : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w2" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
transformer.weight @o : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"o" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
func.func private @layer_4(%x: tensor<?x8xf32>, %w: !transformer.weight<8x8xf32>) -> tensor<?x8xf32> {
  %h = transformer.group "linear" -> (tensor<?x8xf32>) {
    %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    transformer.yield %p : tensor<?x8xf32>
  }
  %z = transformer.group "linear" -> (tensor<?x8xf32>) {
    %p = transformer.linear %h, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    transformer.yield %p : tensor<?x8xf32>
  }
  return %z : tensor<?x8xf32>
}
func.func @three_layers(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %o = transformer.get_weight @o : !transformer.weight<8x8xf32>
  %w0 = transformer.get_weight @w0 : !transformer.weight<8x8xf32>
  %w1 = transformer.get_weight @w1 : !transformer.weight<8x8xf32>
  %w2 = transformer.get_weight @w2 : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %a = call @layer_4(%x, %w0) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %b = call @layer_4(%a, %w1) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %c = call @layer_4(%b, %w2) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %y = transformer.group "linear" -> (tensor<?x8xf32>) {
    %p = transformer.linear %c, %o : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    transformer.yield %p : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// One layer is a repeat of one turn, whose weights have one name each.
// CHECK-LABEL: task.step @one_layer
// CHECK:         task.repeat 1 {
// CHECK:           task.get_weight [@w0] : memref<2x8x16x1xf32>
func.func @one_layer(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %o = transformer.get_weight @o : !transformer.weight<8x8xf32>
  %w0 = transformer.get_weight @w0 : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %a = call @layer_4(%x, %w0) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %y = transformer.group "linear" -> (tensor<?x8xf32>) {
    %p = transformer.linear %a, %o : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    transformer.yield %p : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// A run of calls ends where another function is called: A B A is three repeats.
// CHECK-LABEL: task.step @alternating
// CHECK:         task.repeat 1 {
// CHECK:           task.get_weight [@w0] :
// CHECK:         task.repeat 1 {
// CHECK:           task.get_weight [@w1] :
// CHECK:         task.repeat 1 {
// CHECK:           task.get_weight [@w2] :
func.func private @other_4(%x: tensor<?x8xf32>, %w: !transformer.weight<8x8xf32>) -> tensor<?x8xf32> {
  %h = transformer.group "linear" -> (tensor<?x8xf32>) {
    %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    transformer.yield %p : tensor<?x8xf32>
  }
  %z = transformer.group "linear" -> (tensor<?x8xf32>) {
    %p = transformer.linear %h, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    transformer.yield %p : tensor<?x8xf32>
  }
  return %z : tensor<?x8xf32>
}
func.func @alternating(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %o = transformer.get_weight @o : !transformer.weight<8x8xf32>
  %w0 = transformer.get_weight @w0 : !transformer.weight<8x8xf32>
  %w1 = transformer.get_weight @w1 : !transformer.weight<8x8xf32>
  %w2 = transformer.get_weight @w2 : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %a = call @layer_4(%x, %w0) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %b = call @other_4(%a, %w1) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %c = call @layer_4(%b, %w2) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %y = transformer.group "linear" -> (tensor<?x8xf32>) {
    %p = transformer.linear %c, %o : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    transformer.yield %p : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}

// A later run of the same layer has buffers of its own: the result of the first
// run is still there behind it.
// CHECK-LABEL: task.step @apart_runs
// CHECK:         task.repeat 1 {
// CHECK:           task.phase "linear"
// CHECK:           task.phase "linear" {{.*}} touches(%{{.+}}, %{{.+}}, %[[A:[a-z0-9]+]] :
// CHECK:         task.repeat 1 {
// CHECK:           task.phase "linear" {{.*}} touches(%[[A]],
// CHECK:         task.repeat 1 {
// CHECK:           task.phase "linear"
// CHECK-NOT:       task.phase {{.*}} touches(%{{.+}}, %{{.+}}, %[[A]] :
// CHECK:         task.phase "linear" {{.*}} touches(%{{.+}}, %{{.+}}, %[[A]], %{{.+}} : {{.*}} as [#task.access<read>, #task.access<read>, #task.access<read>, #task.access<write>]
func.func @apart_runs(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>)
    -> tensor<?x8xf32> attributes {transformer.rows = 4 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %o = transformer.get_weight @o : !transformer.weight<8x8xf32>
  %w0 = transformer.get_weight @w0 : !transformer.weight<8x8xf32>
  %w1 = transformer.get_weight @w1 : !transformer.weight<8x8xf32>
  %w2 = transformer.get_weight @w2 : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %a = call @layer_4(%x, %w0) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %b = call @other_4(%a, %w1) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %c = call @layer_4(%b, %w2) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %y = transformer.group "linear" -> (tensor<?x8xf32>) {
    %q = transformer.linear %c, %o : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    %p = transformer.residual_add %a, %q scale 1.0 : tensor<?x8xf32>
    transformer.yield %p : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}
