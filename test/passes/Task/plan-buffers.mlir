// RUN: tenon-opt %s -pass-pipeline='builtin.module(task.step(plan-buffers))' | FileCheck %s
// RUN: tenon-opt %s -pass-pipeline='builtin.module(task.step(plan-buffers{print=true}))' -mlir-disable-threading -o /dev/null 2>&1 | FileCheck %s --check-prefix=PRINT

// Buffers that live one after the other share their place.
// CHECK-LABEL: task.step @one_after_the_other rows 4 scratch 2048 worker 0 {
// CHECK: task.buffer offset 0 : memref<256xf32>
// CHECK: task.buffer offset 1024 : memref<256xf32>
// CHECK: task.buffer offset 0 : memref<256xf32>
// PRINT: remark: 1024 bytes at 0{{$}}
// PRINT: remark: 1024 bytes at 1024{{$}}
// PRINT: remark: 1024 bytes at 0{{$}}
task.step @one_after_the_other rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %a = task.buffer : memref<256xf32>
  %b = task.buffer : memref<256xf32>
  %c = task.buffer : memref<256xf32>
  task.phase "1" tiles(%rows) max [4] touches(%a : memref<256xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %a0: memref<256xf32>):
    task.yield
  }
  task.barrier
  task.phase "2" tiles(%rows) max [4] touches(%a, %b : memref<256xf32>, memref<256xf32>) as [#task.access<read>, #task.access<write>] body {
  ^bb0(%i: index, %a0: memref<256xf32>, %a1: memref<256xf32>):
    task.yield
  }
  task.barrier
  task.phase "3" tiles(%rows) max [4] touches(%b, %c : memref<256xf32>, memref<256xf32>) as [#task.access<read>, #task.access<write>] body {
  ^bb0(%i: index, %a0: memref<256xf32>, %a1: memref<256xf32>):
    task.yield
  }
}

// Phases between two barriers run at the same time, so their buffers are apart.
// CHECK-LABEL: task.step @same_stretch rows 4 scratch 2048 worker 0 {
// CHECK: task.buffer offset 0 : memref<256xf32>
// CHECK: task.buffer offset 1024 : memref<256xf32>
task.step @same_stretch rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %a = task.buffer : memref<256xf32>
  %b = task.buffer : memref<256xf32>
  task.phase "1" tiles(%rows) max [4] touches(%a : memref<256xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %a0: memref<256xf32>):
    task.yield
  }
  task.phase "2" tiles(%rows) max [4] touches(%b : memref<256xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %a0: memref<256xf32>):
    task.yield
  }
}

// A place is a multiple of 64 bytes.
// CHECK-LABEL: task.step @aligned rows 4 scratch 192 worker 0 {
// CHECK: task.buffer offset 128 : memref<3xf32>
// CHECK: task.buffer offset 0 : memref<17xf32>
task.step @aligned rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %a = task.buffer : memref<3xf32>
  %b = task.buffer : memref<17xf32>
  task.phase "1" tiles(%rows) max [4] touches(%a, %b : memref<3xf32>, memref<17xf32>) as [#task.access<write>, #task.access<write>] body {
  ^bb0(%i: index, %a0: memref<3xf32>, %a1: memref<17xf32>):
    task.yield
  }
}

// The largest is placed first, smaller ones where there is room.
// CHECK-LABEL: task.step @gaps rows 4 scratch 2048 worker 0 {
// CHECK: task.buffer offset 0 : memref<512xf32>
// CHECK: task.buffer offset 0 : memref<256xf32>
// CHECK: task.buffer offset 1024 : memref<256xf32>
task.step @gaps rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %a = task.buffer : memref<512xf32>
  %b = task.buffer : memref<256xf32>
  %c = task.buffer : memref<256xf32>
  task.phase "1" tiles(%rows) max [4] touches(%a : memref<512xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %a0: memref<512xf32>):
    task.yield
  }
  task.barrier
  task.phase "2" tiles(%rows) max [4] touches(%b, %c : memref<256xf32>, memref<256xf32>) as [#task.access<write>, #task.access<write>] body {
  ^bb0(%i: index, %a0: memref<256xf32>, %a1: memref<256xf32>):
    task.yield
  }
}

// A turn may leave a buffer for the next: it lives through the repeat.
// CHECK-LABEL: task.step @repeat_carries rows 4 scratch 2048 worker 0 {
// CHECK: task.buffer offset 0 : memref<256xf32>
// CHECK: task.buffer offset 1024 : memref<256xf32>
task.step @repeat_carries rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %a = task.buffer : memref<256xf32>
  %b = task.buffer : memref<256xf32>
  task.repeat 2 {
  ^bb0(%turn: index):
    task.phase "1" tiles(%rows) max [4] touches(%a : memref<256xf32>) as [#task.access<write>] body {
    ^bb0(%i: index, %a0: memref<256xf32>):
      task.yield
    }
    task.barrier
    task.phase "2" tiles(%rows) max [4] touches(%a : memref<256xf32>) as [#task.access<read>] body {
    ^bb0(%i: index, %a0: memref<256xf32>):
      task.yield
    }
    task.barrier
    task.phase "3" tiles(%rows) max [4] touches(%b : memref<256xf32>) as [#task.access<write>] body {
    ^bb0(%i: index, %a0: memref<256xf32>):
      task.yield
    }
    task.barrier
    task.phase "4" tiles(%rows) max [4] touches(%b : memref<256xf32>) as [#task.access<read>] body {
    ^bb0(%i: index, %a0: memref<256xf32>):
      task.yield
    }
  }
}

// Behind the repeat and a barrier its place is free again.
// CHECK-LABEL: task.step @after_a_repeat rows 4 scratch 1024 worker 0 {
// CHECK: task.buffer offset 0 : memref<256xf32>
// CHECK: task.buffer offset 0 : memref<256xf32>
task.step @after_a_repeat rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %a = task.buffer : memref<256xf32>
  %b = task.buffer : memref<256xf32>
  task.repeat 2 {
  ^bb0(%turn: index):
    task.barrier
    task.phase "1" tiles(%rows) max [4] touches(%a : memref<256xf32>) as [#task.access<update>] body {
    ^bb0(%i: index, %a0: memref<256xf32>):
      task.yield
    }
  }
  task.barrier
  task.phase "2" tiles(%rows) max [4] touches(%b : memref<256xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %a0: memref<256xf32>):
    task.yield
  }
}

// Private buffers are counted apart: each worker has its own.
// CHECK-LABEL: task.step @private_buffers rows 4 scratch 1024 worker 2048 {
// CHECK: task.buffer offset 0 : memref<256xf32>
// CHECK: task.buffer private offset 0 : memref<256xf32>
// CHECK: task.buffer private offset 1024 : memref<256xf32>
// PRINT: remark: 1024 bytes at 0{{$}}
// PRINT: remark: 1024 bytes at 0 of each worker
// PRINT: remark: 1024 bytes at 1024 of each worker
task.step @private_buffers rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %a = task.buffer : memref<256xf32>
  %p = task.buffer private : memref<256xf32>
  %q = task.buffer private : memref<256xf32>
  task.phase "1" tiles(%rows) max [4] touches(%p, %a : memref<256xf32>, memref<256xf32>) as [#task.access<private>, #task.access<write>] body {
  ^bb0(%i: index, %a0: memref<256xf32>, %a1: memref<256xf32>):
    task.yield
  }
  task.phase "2" tiles(%rows) max [4] touches(%q : memref<256xf32>) as [#task.access<private>] body {
  ^bb0(%i: index, %a0: memref<256xf32>):
    task.yield
  }
}
