// RUN: tenon-opt %s -pass-pipeline='builtin.module(task.step(insert-barriers))' | FileCheck %s --implicit-check-not=task.barrier
// RUN: tenon-opt %s -pass-pipeline='builtin.module(task.step(insert-barriers{drop=0}))' | FileCheck %s --check-prefix=DROP
// RUN: tenon-opt %s -pass-pipeline='builtin.module(task.step(insert-barriers,insert-barriers))' | FileCheck %s --implicit-check-not=task.barrier

// All barriers are checked: what no line expects must not be there. A second
// run finds nothing to do.

task.state @keys.0 paged : memref<2x4x64xf32>
task.state @keys.1 paged : memref<2x4x64xf32>
task.state @keys.2 paged : memref<2x4x64xf32>

// What one phase writes, the next reads.
// CHECK-LABEL: task.step @read_after_write
// CHECK: task.phase "w"
// CHECK: task.barrier
// CHECK: task.phase "r"
// DROP-LABEL: task.step @read_after_write
// DROP-NOT: task.barrier
// DROP: task.phase "r"
task.step @read_after_write rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer : memref<4x8xf32>
  task.phase "w" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
  task.phase "r" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<read>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
}

// What one phase reads, the next overwrites.
// CHECK-LABEL: task.step @write_after_read
// CHECK: task.phase "r"
// CHECK: task.barrier
// CHECK: task.phase "w"
task.step @write_after_read rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer : memref<4x8xf32>
  task.phase "r" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<read>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
  task.phase "w" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
}

// Two phases write the same.
// CHECK-LABEL: task.step @write_after_write
// CHECK: task.phase "w1"
// CHECK: task.barrier
// CHECK: task.phase "w2"
task.step @write_after_write rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer : memref<4x8xf32>
  task.phase "w1" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
  task.phase "w2" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
}

// An update reads and writes.
// CHECK-LABEL: task.step @update
// CHECK: task.phase "w"
// CHECK: task.barrier
// CHECK: task.phase "u"
// CHECK: task.barrier
// CHECK: task.phase "r"
task.step @update rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer : memref<4x8xf32>
  task.phase "w" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
  task.phase "u" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<update>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
  task.phase "r" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<read>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
}

// Phases that only read have nothing to wait for.
// CHECK-LABEL: task.step @reads
// CHECK: task.phase "r1"
// CHECK: task.phase "r2"
task.step @reads rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer : memref<4x8xf32>
  task.phase "r1" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<read>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
  task.phase "r2" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<read>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
}

// Phases that touch different buffers run side by side.
// CHECK-LABEL: task.step @apart
// CHECK: task.phase "w1"
// CHECK: task.phase "w2"
task.step @apart rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer : memref<4x8xf32>
  %y = task.buffer : memref<4x8xf32>
  task.phase "w1" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
  task.phase "w2" tiles(%rows) max [4] touches(%y : memref<4x8xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
}

// Private buffers do not cross workers.
// CHECK-LABEL: task.step @private_buffers
// CHECK: task.phase "p1"
// CHECK: task.phase "p2"
task.step @private_buffers rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer private : memref<4x8xf32>
  task.phase "p1" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<private>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
  task.phase "p2" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<private>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
}

// One barrier serves all that came before it.
// CHECK-LABEL: task.step @one_for_all
// CHECK: task.phase "w1"
// CHECK: task.phase "w2"
// CHECK: task.barrier
// CHECK: task.phase "r1"
// CHECK: task.phase "r2"
task.step @one_for_all rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer : memref<4x8xf32>
  %y = task.buffer : memref<4x8xf32>
  task.phase "w1" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
  task.phase "w2" tiles(%rows) max [4] touches(%y : memref<4x8xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
  task.phase "r1" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<read>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
  task.phase "r2" tiles(%rows) max [4] touches(%y : memref<4x8xf32>) as [#task.access<read>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
}

// A phase since the last barrier counts, however far back it is.
// CHECK-LABEL: task.step @far_back
// CHECK: task.phase "w"
// CHECK: task.phase "other"
// CHECK: task.barrier
// CHECK: task.phase "r"
task.step @far_back rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer : memref<4x8xf32>
  %y = task.buffer : memref<4x8xf32>
  task.phase "w" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
  task.phase "other" tiles(%rows) max [4] touches(%y : memref<4x8xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
  task.phase "r" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<read>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
}

// The next turn overwrites what this one reads last: a barrier at the turn's begin.
// CHECK-LABEL: task.step @around_a_repeat
// CHECK: task.repeat
// CHECK: task.barrier
// CHECK: task.phase "w"
// CHECK: task.barrier
// CHECK: task.phase "r"
task.step @around_a_repeat rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer : memref<4x8xf32>
  task.repeat 2 {
  ^bb0(%turn: index):
    task.phase "w" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<write>] body {
    ^bb0(%i: index, %a0: memref<4x8xf32>):
      task.yield
    }
    task.phase "r" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<read>] body {
    ^bb0(%i: index, %a0: memref<4x8xf32>):
      task.yield
    }
  }
}

// Turns that share nothing that is written need no barrier.
// CHECK-LABEL: task.step @turns_apart
// CHECK: task.phase "w"
// CHECK: task.repeat
// CHECK: task.barrier
// CHECK: task.phase "r"
task.step @turns_apart rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer : memref<4x8xf32>
  task.phase "w" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
  task.repeat 2 {
  ^bb0(%turn: index):
    task.phase "r" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<read>] body {
    ^bb0(%i: index, %a0: memref<4x8xf32>):
      task.yield
    }
  }
}

// What the last turn leaves open, the phase behind the repeat waits for.
// CHECK-LABEL: task.step @behind_a_repeat
// CHECK: task.repeat
// CHECK: task.barrier
// CHECK: task.phase "w"
// CHECK: task.barrier
// CHECK: task.phase "r"
task.step @behind_a_repeat rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer : memref<4x8xf32>
  task.repeat 2 {
  ^bb0(%turn: index):
    task.phase "w" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<write>] body {
    ^bb0(%i: index, %a0: memref<4x8xf32>):
      task.yield
    }
  }
  task.phase "r" tiles(%rows) max [4] touches(%x : memref<4x8xf32>) as [#task.access<read>] body {
  ^bb0(%i: index, %a0: memref<4x8xf32>):
    task.yield
  }
}

// Two values that name the same state are the same memory.
// CHECK-LABEL: task.step @same_state
// CHECK: task.phase "append"
// CHECK: task.barrier
// CHECK: task.phase "attend"
task.step @same_state rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %a = task.get_state [@keys.0] : !task.paged<memref<2x4x64xf32>>
  %b = task.get_state [@keys.0] : !task.paged<memref<2x4x64xf32>>
  task.phase "append" tiles(%rows) max [4] touches(%a : !task.paged<memref<2x4x64xf32>>) as [#task.access<update>] body {
  ^bb0(%i: index, %a0: !task.paged<memref<2x4x64xf32>>):
    task.yield
  }
  task.phase "attend" tiles(%rows) max [4] touches(%b : !task.paged<memref<2x4x64xf32>>) as [#task.access<read>] body {
  ^bb0(%i: index, %a0: !task.paged<memref<2x4x64xf32>>):
    task.yield
  }
}

// Different states are not.
// CHECK-LABEL: task.step @other_state
// CHECK: task.phase "append"
// CHECK: task.phase "attend"
task.step @other_state rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %a = task.get_state [@keys.0] : !task.paged<memref<2x4x64xf32>>
  %b = task.get_state [@keys.1] : !task.paged<memref<2x4x64xf32>>
  task.phase "append" tiles(%rows) max [4] touches(%a : !task.paged<memref<2x4x64xf32>>) as [#task.access<update>] body {
  ^bb0(%i: index, %a0: !task.paged<memref<2x4x64xf32>>):
    task.yield
  }
  task.phase "attend" tiles(%rows) max [4] touches(%b : !task.paged<memref<2x4x64xf32>>) as [#task.access<read>] body {
  ^bb0(%i: index, %a0: !task.paged<memref<2x4x64xf32>>):
    task.yield
  }
}

// A list of states meets every state that it names.
// CHECK-LABEL: task.step @list_of_states
// CHECK: task.phase "append"
// CHECK: task.barrier
// CHECK: task.phase "attend"
task.step @list_of_states rows 4 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %a = task.get_state [@keys.1] : !task.paged<memref<2x4x64xf32>>
  task.phase "append" tiles(%rows) max [4] touches(%a : !task.paged<memref<2x4x64xf32>>) as [#task.access<update>] body {
  ^bb0(%i: index, %a0: !task.paged<memref<2x4x64xf32>>):
    task.yield
  }
  task.repeat 2 {
  ^bb0(%turn: index):
    %b = task.get_state [@keys.0, @keys.1][%turn] : !task.paged<memref<2x4x64xf32>>
    task.phase "attend" tiles(%rows) max [4] touches(%b : !task.paged<memref<2x4x64xf32>>) as [#task.access<read>] body {
    ^bb0(%i: index, %a0: !task.paged<memref<2x4x64xf32>>):
      task.yield
    }
  }
}
