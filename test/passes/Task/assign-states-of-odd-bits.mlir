// RUN: tenon-opt %s -assign-states | FileCheck %s

// Elements may be narrower than a byte: 129 of 4 bits take 65 bytes, and so two
// lines of 64.
// CHECK: module attributes {task.page_bytes = 0 : i64, task.slot_bytes = 192 : i64}
// CHECK: task.state @odd slot : memref<129xi4> offset 0
task.state @odd slot : memref<129xi4>
// CHECK: task.state @next slot : memref<4xf32> offset 128
task.state @next slot : memref<4xf32>
