// RUN: tenon-opt %s -verify-task-stage -split-input-file -verify-diagnostics

// What the stage before leaves behind is caught where it was left.

func.func @transformer_op(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{'transformer.scale' op is not allowed in the task stage; convert-transformer-to-task has no form for it}}
  %y = transformer.scale %x by 0.5 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

func.func private @layer()
func.func @call() {
  // expected-error@+1 {{'func.call' op is not allowed in the task stage; a phase touches what it declares}}
  call @layer() : () -> ()
  return
}

// -----

task.weight @weight_c1 index 0 : memref<4xf32> from [] recipe []
// expected-error@+1 {{'task.weight' op has index 0, which @weight_c1 has already}}
task.weight @same_index index 0 : memref<4xf32> from [] recipe []

// -----

// A step that is nothing but the task stage passes.
task.weight @w index 0 : memref<4xf32> from [] recipe []
task.step @clean rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  task.phase "p" tiles(%rows) max [1] touches(%logits : memref<1x32xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %all: memref<1x32xf32>):
    task.yield
  }
  task.barrier
}

// -----

// What a turn writes last, the next turn reads first.
task.step @turn_without_barrier rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %b = task.buffer : memref<1x32xf32>
  task.repeat 2 {
  ^bb0(%turn: index):
    // expected-error@+1 {{'task.phase' op 'reads' depends on 'writes' and no barrier is between them; run insert-barriers}}
    task.phase "reads" tiles(%rows) max [1] touches(%b : memref<1x32xf32>) as [#task.access<read>] body {
    ^bb0(%i: index, %all: memref<1x32xf32>):
      task.yield
    }
    task.barrier
    // expected-note@+1 {{that phase is here}}
    task.phase "writes" tiles(%rows) max [1] touches(%b : memref<1x32xf32>) as [#task.access<write>] body {
    ^bb0(%i: index, %all: memref<1x32xf32>):
      task.yield
    }
  }
}

// -----

// The runtime's pages hold another number of positions.
func.func @pages(%q: memref<1x16xf32>, %k: !task.paged<memref<1x16x32xf32>>, %v: !task.paged<memref<1x32x16xf32>>, %p: memref<1x1xi32>,
    %s: memref<1xi32>, %y: memref<1x16xf32>, %i: index) {
  // expected-error@+1 {{'task.attend' op reads pages of 32 positions, and the runtime gives pages of 64; give the states pages of as many}}
  task.attend %q, %k, %v at %p, %s into %y rows %i to %i head %i heads 1 head_dim 16
      scale 0.25 window 0 softcap 0.0 : memref<1x16xf32>, !task.paged<memref<1x16x32xf32>>, !task.paged<memref<1x32x16xf32>>, memref<1x1xi32>, memref<1xi32>, memref<1x16xf32>
  return
}
