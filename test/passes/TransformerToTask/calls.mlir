// RUN: tenon-opt %s -convert-transformer-to-task -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: tenon run --compare %s %t.mlir --function=parallel --tokens=3,1,4,2,0,3,3,1,2 --chunk=4
// RUN: tenon run --compare %s %t.mlir --function=first_result_behind --tokens=3,1,4,2,0,3,3,1,2 --chunk=4
// RUN: tenon run --compare %s %t.mlir --function=first_argument_behind --tokens=3,1,4,2,0,3,3,1,2 --chunk=4
// RUN: tenon run --compare %s %t.mlir --function=arguments_move --tokens=3,1,4,2,0,3,3,1,2 --chunk=4
// RUN: tenon run --compare %s %t.mlir --function=argument_from_elsewhere --tokens=3,1,4,2,0,3,3,1,2 --chunk=4
// RUN: tenon run --compare %s %t.mlir --function=nested --tokens=3,1,4,2,0,3,3,1,2 --chunk=4
// RUN: tenon run --compare %s %t.mlir --function=state_from_turn_to_turn --tokens=3,1,4,2,0,3,3,1,2 --chunk=4
// RUN: tenon run --compare %s %t.mlir --function=result_of_step --tokens=3,1,4,2,0,3,3,1,2 --chunk=4
// RUN: tenon run --compare %s %t.mlir --function=result_twice --tokens=3,1,4,2,0,3,3,1,2 --chunk=4

// Calls of layers that a repeat's body cannot stand for as they are: a turn then
// ends with a copy, or a repeat begins with one, or there are several repeats.
// Every step gives the numbers of its function.

transformer.weight @e : !transformer.weight<5x8xf32> from [#transformer.source<"m"::"e" : 5x8xf32>]
transformer.weight @w0 : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w0" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
transformer.weight @w1 : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w1" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]
transformer.weight @w2 : !transformer.weight<8x8xf32> from [#transformer.source<"m"::"w2" : 8x8xf32>]
    recipe [#transformer.pack<lanes 16, columns 1, multiple 1, group 32>]

func.func private @residual(%x: tensor<?x8xf32>, %w: !transformer.weight<8x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.group "linear_residual" -> (tensor<?x8xf32>) {
    %p = transformer.linear %x, %w : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
    %s = transformer.residual_add %x, %p scale 1.0 : tensor<?x8xf32>
    transformer.yield %s : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}
func.func private @plain(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %h = transformer.scale %x by 3.0 : tensor<?x8xf32>
  %y = transformer.scale %h by 2.0 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
func.func private @next_of_two(%p: tensor<?x8xf32>, %q: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %s = transformer.residual_add %p, %q scale 1.0 : tensor<?x8xf32>
  return %q, %s : tensor<?x8xf32>, tensor<?x8xf32>
}
func.func private @sum(%p: tensor<?x8xf32>, %q: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %h = transformer.scale %p by 0.5 : tensor<?x8xf32>
  %s = transformer.residual_add %h, %q scale 1.0 : tensor<?x8xf32>
  return %s : tensor<?x8xf32>
}
func.func private @same_twice(%p: tensor<?x8xf32>, %q: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %h = transformer.scale %p by 0.5 : tensor<?x8xf32>
  %s = transformer.residual_add %h, %q scale 1.0 : tensor<?x8xf32>
  %y = transformer.scale %s by 2.0 : tensor<?x8xf32>
  return %y, %y : tensor<?x8xf32>, tensor<?x8xf32>
}
func.func private @outer(%x: tensor<?x8xf32>, %w: !transformer.weight<8x8xf32>) -> tensor<?x8xf32> {
  %a = call @residual(%x, %w) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %b = call @residual(%a, %w) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %y = transformer.residual_add %b, %x scale 1.0 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
func.func private @remember(%x: tensor<?x8xf32>, %rows: !transformer.rows, %kv: !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>) {
  %t = transformer.kv_append %kv, %x, %x, %rows : !transformer.kv<1x8xf32>, tensor<?x8xf32>
  %y = transformer.attend %x, %t, %rows heads 1 scale 0.25 window 0 softcap 0.0 : tensor<?x8xf32>, !transformer.kv<1x8xf32>
  return %y, %t : tensor<?x8xf32>, !transformer.kv<1x8xf32>
}

// The layer reads its argument where it makes its result.
// CHECK-LABEL: task.step @parallel
// CHECK:         task.phase "embedding" {{.*}} touches(%{{.+}}, %{{.+}}, %[[X:[a-z0-9]+]] :
// CHECK:         task.repeat 3 {
// CHECK:           task.phase "linear_residual" {{.*}} touches(%{{.*}}%[[Y:[a-z0-9]+]] :
// CHECK:           task.phase "copy" {{.*}} touches(%[[Y]], %[[X]] : {{.*}} as [#task.access<read, {{.*}}>, #task.access<write, {{.*}}>]
// CHECK-NOT:     task.repeat
func.func @parallel(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>) -> tensor<?x8xf32> attributes {transformer.rows = 8 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w0 = transformer.get_weight @w0 : !transformer.weight<8x8xf32>
  %w1 = transformer.get_weight @w1 : !transformer.weight<8x8xf32>
  %w2 = transformer.get_weight @w2 : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %a = call @residual(%x, %w0) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %b = call @residual(%a, %w1) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %c = call @residual(%b, %w2) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %logits = transformer.select_rows %c, %wanted : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return %logits : tensor<?x8xf32>
}

// What somebody reads later ends a run, and stays when the next begins.
// CHECK-LABEL: task.step @first_result_behind
// CHECK:         task.repeat 1 {
// CHECK:           task.phase "scale"
// CHECK:           task.phase "scale" {{.*}} touches(%{{.+}}, %[[A:[a-z0-9]+]] :
// CHECK:         task.phase "copy" {{.*}} touches(%[[A]], %[[B:[a-z0-9]+]] :
// CHECK:         task.repeat 2 {
// CHECK:           task.phase "scale" {{.*}} touches(%[[B]],
// CHECK:           task.phase "scale" {{.*}} touches(%{{.+}}, %[[B]] :
// CHECK:         task.phase "residual_add" {{.*}} touches(%[[B]], %[[A]],
func.func @first_result_behind(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>) -> tensor<?x8xf32> attributes {transformer.rows = 8 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w0 = transformer.get_weight @w0 : !transformer.weight<8x8xf32>
  %w1 = transformer.get_weight @w1 : !transformer.weight<8x8xf32>
  %w2 = transformer.get_weight @w2 : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %a = call @plain(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %b = call @plain(%a) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %c = call @plain(%b) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %y = transformer.residual_add %c, %a scale 1.0 : tensor<?x8xf32>
  %logits = transformer.select_rows %y, %wanted : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return %logits : tensor<?x8xf32>
}

// CHECK-LABEL: task.step @first_argument_behind
// CHECK:         task.phase "copy" {{.*}} touches(%[[X:[a-z0-9]+]], %[[A:[a-z0-9]+]] :
// CHECK:         task.repeat 2 {
// CHECK:         task.phase "residual_add" {{.*}} touches(%[[A]], %[[X]],
func.func @first_argument_behind(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>) -> tensor<?x8xf32> attributes {transformer.rows = 8 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w0 = transformer.get_weight @w0 : !transformer.weight<8x8xf32>
  %w1 = transformer.get_weight @w1 : !transformer.weight<8x8xf32>
  %w2 = transformer.get_weight @w2 : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %a = call @plain(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %b = call @plain(%a) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %y = transformer.residual_add %b, %x scale 1.0 : tensor<?x8xf32>
  %logits = transformer.select_rows %y, %wanted : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return %logits : tensor<?x8xf32>
}

// An argument that comes back as another one is kept aside while the turn ends.
// CHECK-LABEL: task.step @arguments_move
// CHECK:         task.repeat 3 {
// CHECK:           task.phase "residual_add" {{.*}} touches(%[[P:[a-z0-9]+]], %[[Q:[a-z0-9]+]], %[[S:[a-z0-9]+]] :
// CHECK:           task.phase "copy" {{.*}} touches(%[[Q]], %[[ASIDE:[a-z0-9]+]] :
// CHECK:           task.phase "copy" {{.*}} touches(%[[ASIDE]], %[[P]] :
// CHECK:           task.phase "copy" {{.*}} touches(%[[S]], %[[Q]] :
func.func @arguments_move(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>) -> tensor<?x8xf32> attributes {transformer.rows = 8 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w0 = transformer.get_weight @w0 : !transformer.weight<8x8xf32>
  %w1 = transformer.get_weight @w1 : !transformer.weight<8x8xf32>
  %w2 = transformer.get_weight @w2 : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %z = transformer.scale %x by 0.25 : tensor<?x8xf32>
  %a:2 = call @next_of_two(%x, %z) : (tensor<?x8xf32>, tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>)
  %b:2 = call @next_of_two(%a#0, %a#1) : (tensor<?x8xf32>, tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>)
  %c:2 = call @next_of_two(%b#0, %b#1) : (tensor<?x8xf32>, tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>)
  %y = transformer.residual_add %c#0, %c#1 scale 1.0 : tensor<?x8xf32>
  %logits = transformer.select_rows %y, %wanted : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return %logits : tensor<?x8xf32>
}

// Turns get their arguments in one way; a call that differs begins a repeat.
// CHECK-LABEL: task.step @argument_from_elsewhere
// CHECK:         task.repeat 2 {
// CHECK:         task.repeat 1 {
func.func @argument_from_elsewhere(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>) -> tensor<?x8xf32> attributes {transformer.rows = 8 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w0 = transformer.get_weight @w0 : !transformer.weight<8x8xf32>
  %w1 = transformer.get_weight @w1 : !transformer.weight<8x8xf32>
  %w2 = transformer.get_weight @w2 : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %z = transformer.scale %x by 0.25 : tensor<?x8xf32>
  %a = call @sum(%x, %z) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %b = call @sum(%a, %z) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %c = call @sum(%z, %b) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %logits = transformer.select_rows %c, %wanted : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return %logits : tensor<?x8xf32>
}

// A call in a layer is written out, with the weights of the layer's turn.
// CHECK-LABEL: task.step @nested
// CHECK:         task.repeat 3 {
// CHECK-NEXT:    ^bb0(%[[TURN:.+]]: index):
// CHECK:           task.get_weight [@w0, @w1, @w2][%[[TURN]]]
// CHECK:           task.phase "linear_residual"
// CHECK:           task.get_weight [@w0, @w1, @w2][%[[TURN]]]
// CHECK:           task.phase "linear_residual"
// CHECK:           task.phase "residual_add"
// CHECK-NOT:     task.repeat
func.func @nested(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>) -> tensor<?x8xf32> attributes {transformer.rows = 8 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w0 = transformer.get_weight @w0 : !transformer.weight<8x8xf32>
  %w1 = transformer.get_weight @w1 : !transformer.weight<8x8xf32>
  %w2 = transformer.get_weight @w2 : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %a = call @outer(%x, %w0) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %b = call @outer(%a, %w1) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %c = call @outer(%b, %w2) : (tensor<?x8xf32>, !transformer.weight<8x8xf32>) -> tensor<?x8xf32>
  %logits = transformer.select_rows %c, %wanted : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return %logits : tensor<?x8xf32>
}

// Calls that hand on one state are turns of different repeats.
// CHECK-LABEL: task.step @state_from_turn_to_turn
// CHECK:         task.repeat 1 {
// CHECK:         task.repeat 1 {
func.func @state_from_turn_to_turn(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>, %kv: !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>) attributes {transformer.rows = 8 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w0 = transformer.get_weight @w0 : !transformer.weight<8x8xf32>
  %w1 = transformer.get_weight @w1 : !transformer.weight<8x8xf32>
  %w2 = transformer.get_weight @w2 : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %a:2 = call @remember(%x, %rows, %kv) : (tensor<?x8xf32>, !transformer.rows, !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>)
  %b:2 = call @remember(%a#0, %rows, %a#1) : (tensor<?x8xf32>, !transformer.rows, !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>)
  %logits = transformer.select_rows %b#0, %wanted : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return %logits, %b#1 : tensor<?x8xf32>, !transformer.kv<1x8xf32>
}

// The last result is the step's, but turns hand it on, too.
// CHECK-LABEL: task.step @result_of_step
// CHECK:         ^bb0({{.*}}, %[[LOGITS:[a-z0-9]+]]: memref<8x8xf32>,
// CHECK:         task.repeat 2 {
// CHECK:           task.phase "scale"
// CHECK:           task.phase "scale" {{.*}} touches(%{{.+}}, %[[LOGITS]] :
// CHECK:           task.phase "copy" {{.*}} touches(%[[LOGITS]],
func.func @result_of_step(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>) -> tensor<?x8xf32> attributes {transformer.rows = 8 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w0 = transformer.get_weight @w0 : !transformer.weight<8x8xf32>
  %w1 = transformer.get_weight @w1 : !transformer.weight<8x8xf32>
  %w2 = transformer.get_weight @w2 : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %s = transformer.select_rows %x, %wanted : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  %a = call @plain(%s) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %b = call @plain(%a) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %b : tensor<?x8xf32>
}

// CHECK-LABEL: task.step @result_twice
// CHECK:         task.repeat 3 {
// CHECK-COUNT-2:   task.phase "copy"
func.func @result_twice(%tokens: tensor<?xi32>, %rows: !transformer.rows, %wanted: tensor<?xi32>) -> tensor<?x8xf32> attributes {transformer.rows = 8 : i64} {
  %e = transformer.get_weight @e : !transformer.weight<5x8xf32>
  %w0 = transformer.get_weight @w0 : !transformer.weight<8x8xf32>
  %w1 = transformer.get_weight @w1 : !transformer.weight<8x8xf32>
  %w2 = transformer.get_weight @w2 : !transformer.weight<8x8xf32>
  %x = transformer.embedding %tokens, %e scale 1.0 : tensor<?xi32>, !transformer.weight<5x8xf32> -> tensor<?x8xf32>
  %z = transformer.scale %x by 0.25 : tensor<?x8xf32>
  %a:2 = call @same_twice(%x, %z) : (tensor<?x8xf32>, tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>)
  %b:2 = call @same_twice(%a#0, %a#1) : (tensor<?x8xf32>, tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>)
  %c:2 = call @same_twice(%b#1, %b#0) : (tensor<?x8xf32>, tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>)
  %d:2 = call @same_twice(%c#0, %c#1) : (tensor<?x8xf32>, tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>)
  %f:2 = call @same_twice(%d#0, %d#1) : (tensor<?x8xf32>, tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>)
  %y = transformer.residual_add %f#0, %f#1 scale 1.0 : tensor<?x8xf32>
  %logits = transformer.select_rows %y, %wanted : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return %logits : tensor<?x8xf32>
}
