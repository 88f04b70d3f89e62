// RUN: tenon-opt %s -assign-states | FileCheck %s

// Elements may be narrower than a byte, and each takes one: 129 of 4 bits are 129
// bytes, and so three lines of 64.
// CHECK: module attributes {task.page_bytes = 0 : i64, task.slot_bytes = 256 : i64}
// CHECK: task.state @odd slot : memref<129xi4> offset 0
task.state @odd slot : memref<129xi4>
// CHECK: task.state @next slot : memref<4xf32> offset 192
task.state @next slot : memref<4xf32>
