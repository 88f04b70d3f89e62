// RUN: tenon-opt %s -pass-pipeline='builtin.module(func.func(vectorize-linalg,canonicalize,cse))' --remarks-filter=vectorization --remark-policy=all --remark-format=emitRemark 2>&1 | FileCheck %s

// An op that runs on scalars is told with the reason.

// CHECK: remark: [Missed] vectorize-linalg | {{.*}}Function=every_second | Reason="operand 0 does not lie in memory element after element", Remark="runs on scalars"
// CHECK: remark: [Missed] vectorize-linalg | {{.*}}Function=scattered | Reason="the body reads memory at scattered places"
// CHECK: remark: [Missed] vectorize-linalg | {{.*}}Function=no_neutral_element | Reason="the body reduces in a way that has no neutral element"
// CHECK: remark: [Missed] vectorize-linalg | {{.*}}Function=different_divisors | Reason="the body divides integers by another number in each lane"

// CHECK-LABEL: @every_second
// CHECK-NOT:     vector.
// CHECK:         memref.load
// CHECK-NEXT:    memref.store
func.func @every_second(%from: memref<?x64xf32, strided<[128, 2]>>, %to: memref<?x64xf32>) {
  memref.copy %from, %to : memref<?x64xf32, strided<[128, 2]>> to memref<?x64xf32>
  return
}

// CHECK-LABEL: @scattered
// CHECK-NOT:     vector.
// CHECK:         return
func.func @scattered(%places: memref<64xi32>, %from: memref<1000xf32>, %to: memref<64xf32>) {
  linalg.generic {indexing_maps = [affine_map<(c) -> (c)>, affine_map<(c) -> (c)>],
                  iterator_types = ["parallel"]}
      ins(%places : memref<64xi32>) outs(%to : memref<64xf32>) {
  ^bb0(%place: i32, %o: f32):
    %index = arith.index_cast %place : i32 to index
    %read = memref.load %from[%index] : memref<1000xf32>
    linalg.yield %read : f32
  }
  return
}

// CHECK-LABEL: @no_neutral_element
// CHECK-NOT:     vector.
// CHECK:         return
func.func @no_neutral_element(%x: memref<64xf32>, %y: memref<f32>) {
  linalg.generic {indexing_maps = [affine_map<(c) -> (c)>, affine_map<(c) -> ()>],
                  iterator_types = ["reduction"]}
      ins(%x : memref<64xf32>) outs(%y : memref<f32>) {
  ^bb0(%a: f32, %o: f32):
    %difference = arith.subf %a, %o : f32
    linalg.yield %difference : f32
  }
  return
}

// CHECK-LABEL: @different_divisors
// CHECK-NOT:     vector.
// CHECK:         return
func.func @different_divisors(%x: memref<5xi32>, %y: memref<5xi32>) {
  linalg.generic {indexing_maps = [affine_map<(c) -> (c)>, affine_map<(c) -> (c)>],
                  iterator_types = ["parallel"]}
      ins(%x : memref<5xi32>) outs(%y : memref<5xi32>) {
  ^bb0(%a: i32, %o: i32):
    %c100 = arith.constant 100 : i32
    %quotient = arith.divsi %c100, %a : i32
    linalg.yield %quotient : i32
  }
  return
}
