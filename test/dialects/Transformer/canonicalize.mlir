// RUN: tenon-opt %s -canonicalize | FileCheck %s

// CHECK-LABEL: @scale_by_one_is_its_input(
// CHECK-SAME:    %[[X:.+]]: tensor
// CHECK-NEXT:    return %[[X]]
func.func @scale_by_one_is_its_input(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.scale %x by 1.0 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @scale_by_another_number_stays(
// CHECK:         transformer.scale
func.func @scale_by_another_number_stays(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.scale %x by -1.0 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @two_transposes_are_none(
// CHECK-SAME:    %[[W:.+]]: !transformer.weight
// CHECK-NEXT:    return %[[W]]
func.func @two_transposes_are_none(%w: !transformer.weight<8x4xf32>) -> !transformer.weight<8x4xf32> {
  %t = transformer.transpose %w : !transformer.weight<8x4xf32> -> !transformer.weight<4x8xf32>
  %u = transformer.transpose %t : !transformer.weight<4x8xf32> -> !transformer.weight<8x4xf32>
  return %u : !transformer.weight<8x4xf32>
}

// CHECK-LABEL: @split_into_one_part_is_its_input(
// CHECK-SAME:    %[[X:.+]]: tensor
// CHECK-NEXT:    return %[[X]]
func.func @split_into_one_part_is_its_input(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.split %x : tensor<?x8xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @concat_of_one_part_is_that_part(
// CHECK-SAME:    %[[X:.+]]: tensor
// CHECK-NEXT:    return %[[X]]
func.func @concat_of_one_part_is_that_part(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.concat %x groups 2 : tensor<?x8xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @split_of_concat_is_the_parts(
// CHECK-SAME:    %[[A:.+]]: tensor<?x6xf32>, %[[B:.+]]: tensor<?x2xf32>
// CHECK-NEXT:    return %[[A]], %[[B]]
func.func @split_of_concat_is_the_parts(%a: tensor<?x6xf32>, %b: tensor<?x2xf32>)
    -> (tensor<?x6xf32>, tensor<?x2xf32>) {
  %x = transformer.concat %a, %b groups 2 : tensor<?x6xf32>, tensor<?x2xf32> -> tensor<?x8xf32>
  %c, %d = transformer.split %x groups 2 : tensor<?x8xf32> -> tensor<?x6xf32>, tensor<?x2xf32>
  return %c, %d : tensor<?x6xf32>, tensor<?x2xf32>
}

// CHECK-LABEL: @split_with_other_groups_stays(
// CHECK:         transformer.split
func.func @split_with_other_groups_stays(%a: tensor<?x6xf32>, %b: tensor<?x2xf32>)
    -> (tensor<?x6xf32>, tensor<?x2xf32>) {
  %x = transformer.concat %a, %b groups 2 : tensor<?x6xf32>, tensor<?x2xf32> -> tensor<?x8xf32>
  %c, %d = transformer.split %x : tensor<?x8xf32> -> tensor<?x6xf32>, tensor<?x2xf32>
  return %c, %d : tensor<?x6xf32>, tensor<?x2xf32>
}

// CHECK-LABEL: @split_at_another_column_stays(
// CHECK:         transformer.split
func.func @split_at_another_column_stays(%a: tensor<?x6xf32>, %b: tensor<?x2xf32>)
    -> (tensor<?x2xf32>, tensor<?x6xf32>) {
  %x = transformer.concat %a, %b : tensor<?x6xf32>, tensor<?x2xf32> -> tensor<?x8xf32>
  %c, %d = transformer.split %x : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x6xf32>
  return %c, %d : tensor<?x2xf32>, tensor<?x6xf32>
}

// CHECK-LABEL: @concat_of_split_is_what_was_split(
// CHECK-SAME:    %[[X:.+]]: tensor
// CHECK-NEXT:    return %[[X]]
func.func @concat_of_split_is_what_was_split(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %a, %b = transformer.split %x : tensor<?x8xf32> -> tensor<?x6xf32>, tensor<?x2xf32>
  %y = transformer.concat %a, %b : tensor<?x6xf32>, tensor<?x2xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: @concat_in_another_order_stays(
// CHECK:         transformer.concat
func.func @concat_in_another_order_stays(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %a, %b = transformer.split %x : tensor<?x8xf32> -> tensor<?x6xf32>, tensor<?x2xf32>
  %y = transformer.concat %b, %a : tensor<?x2xf32>, tensor<?x6xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// A state that nothing reads is not written: every op is pure.
// CHECK-LABEL: @unread_results_vanish(
// CHECK-NEXT:    return
func.func @unread_results_vanish(%s: !transformer.kv<2x4xf32>, %k: tensor<?x8xf32>, %rows: !transformer.rows) {
  %t = transformer.kv_append %s, %k, %k, %rows : !transformer.kv<2x4xf32>, tensor<?x8xf32>
  return
}
