// RUN: tenon-opt %s -pass-pipeline='builtin.module(task.step(partition-tiles))' | FileCheck %s

// Tiles that read pages cost more from one to the next, so they go round;
// tiles that write to them cost the same, and go in ranges.
task.state @keys paged : memref<2x4x64xf32>

// CHECK-LABEL: task.step @step
// CHECK:         task.phase "append" tiles({{.*}}) max [8] touches(
// CHECK:         task.phase "attend" tiles({{.*}}) max [8] cyclic touches(
// CHECK:         task.phase "linear" tiles({{.*}}) max [8] touches(
task.step @step rows 8 {
^bb0(%tokens: memref<8xi32>, %positions: memref<8x1xi32>, %sequence: memref<8xi32>,
     %slot: memref<8xi32>, %wanted: memref<8xi32>, %logits: memref<8x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  task.repeat 1 {
  ^bb0(%turn: index):
    %keys = task.get_state [@keys] : !task.paged<memref<2x4x64xf32>>
    task.phase "append" tiles(%rows) max [8] touches(%keys : !task.paged<memref<2x4x64xf32>>)
        as [#task.access<update>] body {
    ^bb0(%i: index, %all: !task.paged<memref<2x4x64xf32>>):
      task.yield
    }
    task.phase "attend" tiles(%rows) max [8] touches(%keys : !task.paged<memref<2x4x64xf32>>)
        as [#task.access<read>] body {
    ^bb0(%i: index, %all: !task.paged<memref<2x4x64xf32>>):
      task.yield
    }
  }
  task.phase "linear" tiles(%rows) max [8] touches(%logits : memref<8x32xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %all: memref<8x32xf32>):
    task.yield
  }
}
