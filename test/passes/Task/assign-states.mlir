// RUN: tenon-opt %s -assign-states -split-input-file | FileCheck %s

// States lie one after another in a page, each at a multiple of 64 bytes.
// CHECK: module @pages attributes {task.page_bytes = 640 : i64, task.slot_bytes = 0 : i64}
module @pages {
  // CHECK-NEXT: task.state @first paged : memref<1x4x64xbf16> offset 0
  task.state @first paged : memref<1x4x64xbf16>
  // CHECK-NEXT: task.state @short paged : memref<3xf32> offset 512
  task.state @short paged : memref<3xf32>
  // CHECK-NEXT: task.state @third paged : memref<16xi8> offset 576
  task.state @third paged : memref<16xi8>
}

// -----

// Pages and slots are counted apart.
// CHECK: module @slots attributes {task.page_bytes = 64 : i64, task.slot_bytes = 192 : i64}
module @slots {
  // CHECK-NEXT: task.state @tail slot : memref<32xf32> offset 0
  task.state @tail slot : memref<32xf32>
  // CHECK-NEXT: task.state @keys paged : memref<16xf32> offset 0
  task.state @keys paged : memref<16xf32>
  // CHECK-NEXT: task.state @memory slot : memref<16xf32> offset 128
  task.state @memory slot : memref<16xf32>
}

// -----

// A program without states has pages of no bytes.
// CHECK: module @stateless attributes {task.page_bytes = 0 : i64, task.slot_bytes = 0 : i64}
module @stateless {}
