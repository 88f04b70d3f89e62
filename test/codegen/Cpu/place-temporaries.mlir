// RUN: tenon-opt %s -place-temporaries -split-input-file -verify-diagnostics | FileCheck %s

// What the kernels of a step allocate lies behind the private buffers, at fixed
// places; kernels share them, and the step knows how much a worker needs.

// 64 private bytes, 256 of the first, 4 rows of 8 f32 at most of the second.
// CHECK: func.func @step(%{{.+}}: index) attributes {{{.*}}tenon.worker_bytes = 448 : i64}
// Another number that is 64 as well stays what it is.
// CHECK-NEXT: %[[BYTES:.+]] = arith.constant 448 : index
// CHECK-NEXT: %[[OTHER:.+]] = arith.constant 64 : index
// CHECK-NEXT: arith.muli %[[BYTES]], %[[OTHER]]
module @step_of_two_kernels {
  func.func private @tenon_worker_bytes() -> index
  func.func @step(%n: index) attributes {tenon.step = 4 : i64, tenon.worker_bytes = 64 : i64} {
    %bytes = func.call @tenon_worker_bytes() : () -> index
    %other = arith.constant 64 : index
    %product = arith.muli %bytes, %other : index
    return
  }
  // CHECK-LABEL: @large
  // CHECK-SAME:    xi64>, %[[SCRATCH:[a-z0-9]+]]: memref<1099511627776xi8>, {{.*}}xi8>, %{{[a-z0-9]+}}: index, %[[WORKER:[a-z0-9]+]]: index,
  // CHECK:         %[[C64:[a-z0-9_]+]] = arith.constant 64 : index
  // CHECK:         %[[A:.+]] = arith.addi %[[WORKER]], %[[C64]] : index
  // CHECK:         memref.view %[[SCRATCH]][%[[A]]][] : memref<1099511627776xi8> to memref<64xf32>
  // CHECK:         %[[C320:.+]] = arith.constant 320 : index
  // CHECK:         %[[B:.+]] = arith.addi %[[WORKER]], %[[C320]] : index
  // CHECK:         memref.view %[[SCRATCH]][%[[B]]][%[[ROWS:.+]]] : memref<1099511627776xi8> to memref<?x8xf32>
  // CHECK-NOT:     memref.dealloc
  func.func private @large(%weights: memref<1099511627776xi8>, %offsets: memref<1099511627776xi64>, %scratch: memref<1099511627776xi8>, %pages: memref<1099511627776xi8>, %slots: memref<1099511627776xi8>, %tokens: memref<1099511627776xi32>, %embeddings: memref<1099511627776xf32>, %positions: memref<1099511627776xi32>, %row_sequence: memref<1099511627776xi32>, %wanted: memref<1099511627776xi32>, %sequence_slot: memref<1099511627776xi32>, %page_table: memref<1099511627776xi32>, %logits: memref<1099511627776xf32>, %rows: index, %wanted_rows: index, %sequences: index, %pages_per_sequence: index, %barrier: memref<1099511627776xi8>, %turn: index, %worker: index, %first_tile: index, %end_tile: index, %tile_step: index, %extent: index, %count: index) attributes {tenon.bounds = array<i64: 4, 4>, tenon.kernel_of = @step, tenon.rows = 4 : i64} {
    %a = memref.alloc() : memref<64xf32>
    %c8 = arith.constant 8 : index
    %tile = arith.minui %c8, %count : index
    %b = memref.alloc(%tile) : memref<?x8xf32>
    memref.dealloc %a : memref<64xf32>
    return
  }
  // CHECK-LABEL: @small
  // CHECK:         %[[S64:[a-z0-9_]+]] = arith.constant 64 : index
  // CHECK:         arith.addi %{{.+}}, %[[S64]] : index
  func.func private @small(%weights: memref<1099511627776xi8>, %offsets: memref<1099511627776xi64>, %scratch: memref<1099511627776xi8>, %pages: memref<1099511627776xi8>, %slots: memref<1099511627776xi8>, %tokens: memref<1099511627776xi32>, %embeddings: memref<1099511627776xf32>, %positions: memref<1099511627776xi32>, %row_sequence: memref<1099511627776xi32>, %wanted: memref<1099511627776xi32>, %sequence_slot: memref<1099511627776xi32>, %page_table: memref<1099511627776xi32>, %logits: memref<1099511627776xf32>, %rows: index, %wanted_rows: index, %sequences: index, %pages_per_sequence: index, %barrier: memref<1099511627776xi8>, %turn: index, %worker: index, %first_tile: index, %end_tile: index, %tile_step: index, %extent: index, %count: index) attributes {tenon.bounds = array<i64: 4, 4>, tenon.kernel_of = @step, tenon.rows = 4 : i64} {
    %a = memref.alloc() : memref<4xf32>
    return
  }
}

// -----

// A size that is a size of another temporary, or of a view, has its bound.
// CHECK: func.func @step() attributes {{{.*}}tenon.worker_bytes = 512 : i64}
module @bounds_through_sizes {
  func.func @step() attributes {tenon.step = 4 : i64, tenon.worker_bytes = 0 : i64} { return }
  func.func private @kernel(%weights: memref<1099511627776xi8>, %offsets: memref<1099511627776xi64>, %scratch: memref<1099511627776xi8>, %pages: memref<1099511627776xi8>, %slots: memref<1099511627776xi8>, %tokens: memref<1099511627776xi32>, %embeddings: memref<1099511627776xf32>, %positions: memref<1099511627776xi32>, %row_sequence: memref<1099511627776xi32>, %wanted: memref<1099511627776xi32>, %sequence_slot: memref<1099511627776xi32>, %page_table: memref<1099511627776xi32>, %logits: memref<1099511627776xf32>, %rows: index, %wanted_rows: index, %sequences: index, %pages_per_sequence: index, %barrier: memref<1099511627776xi8>, %turn: index, %worker: index, %first_tile: index, %end_tile: index, %tile_step: index, %extent: index, %count: index) attributes {tenon.bounds = array<i64: 4, 4>, tenon.kernel_of = @step, tenon.rows = 4 : i64} {
    %c0 = arith.constant 0 : index
    %a = memref.alloc(%count) : memref<?x8xf32>
    %n = memref.dim %a, %c0 : memref<?x8xf32>
    %b = memref.alloc(%n) : memref<?x8xf32>
    %view = memref.subview %a[0, 0] [%count, 4] [1, 1] : memref<?x8xf32> to memref<?x4xf32, strided<[8, 1]>>
    %m = memref.dim %view, %c0 : memref<?x4xf32, strided<[8, 1]>>
    %c = memref.alloc(%m) : memref<?x8xf32>
    %d = memref.alloc(%m) : memref<?x8xf32>
    return
  }
}

// -----

// Without a bound there is no place.
module @unknown_bound {
  func.func @step() attributes {tenon.step = 4 : i64, tenon.worker_bytes = 0 : i64} { return }
  func.func private @kernel(%weights: memref<1099511627776xi8>, %offsets: memref<1099511627776xi64>, %scratch: memref<1099511627776xi8>, %pages: memref<1099511627776xi8>, %slots: memref<1099511627776xi8>, %tokens: memref<1099511627776xi32>, %embeddings: memref<1099511627776xf32>, %positions: memref<1099511627776xi32>, %row_sequence: memref<1099511627776xi32>, %wanted: memref<1099511627776xi32>, %sequence_slot: memref<1099511627776xi32>, %page_table: memref<1099511627776xi32>, %logits: memref<1099511627776xf32>, %rows: index, %wanted_rows: index, %sequences: index, %pages_per_sequence: index, %barrier: memref<1099511627776xi8>, %turn: index, %worker: index, %first_tile: index, %end_tile: index, %tile_step: index, %extent: index, %count: index) attributes {tenon.bounds = array<i64: 4, 4>, tenon.kernel_of = @step, tenon.rows = 4 : i64} {
    %n = arith.muli %count, %count : index
    // expected-error@+1 {{'memref.alloc' op has a size without a known upper bound}}
    %a = memref.alloc(%n) : memref<?xf32>
    return
  }
}

// -----

// Each argument has a bound of its own: the second temporary lies behind all 16
// numbers of the first.
// CHECK: func.func @step() attributes {{{.*}}tenon.worker_bytes = 128 : i64}
// CHECK: func.func private @two_bounds
// CHECK-DAG: arith.constant 0 : index
// CHECK-DAG: arith.constant 64 : index
module @bounds_of_arguments {
  func.func @step() attributes {tenon.step = 2 : i64, tenon.worker_bytes = 0 : i64} { return }
  func.func private @two_bounds(%weights: memref<1099511627776xi8>, %offsets: memref<1099511627776xi64>, %scratch: memref<1099511627776xi8>, %pages: memref<1099511627776xi8>, %slots: memref<1099511627776xi8>, %tokens: memref<1099511627776xi32>, %embeddings: memref<1099511627776xf32>, %positions: memref<1099511627776xi32>, %row_sequence: memref<1099511627776xi32>, %wanted: memref<1099511627776xi32>, %sequence_slot: memref<1099511627776xi32>, %page_table: memref<1099511627776xi32>, %logits: memref<1099511627776xf32>, %rows: index, %wanted_rows: index, %sequences: index, %pages_per_sequence: index, %barrier: memref<1099511627776xi8>, %turn: index, %worker: index, %first_tile: index, %end_tile: index, %tile_step: index, %extent: index, %count: index) attributes {tenon.bounds = array<i64: 4, 16>, tenon.kernel_of = @step, tenon.rows = 2 : i64} {
    %a = memref.alloc(%count) : memref<?xf32>
    %b = memref.alloc(%extent) : memref<?xf32>
    return
  }
}

// -----

// Numbers that no one bounds have none: how many pages a sequence may have, or
// tiles there are.
module @unknown_argument {
  func.func @step() attributes {tenon.step = 4 : i64, tenon.worker_bytes = 0 : i64} { return }
  func.func private @kernel(%weights: memref<1099511627776xi8>, %offsets: memref<1099511627776xi64>, %scratch: memref<1099511627776xi8>, %pages: memref<1099511627776xi8>, %slots: memref<1099511627776xi8>, %tokens: memref<1099511627776xi32>, %embeddings: memref<1099511627776xf32>, %positions: memref<1099511627776xi32>, %row_sequence: memref<1099511627776xi32>, %wanted: memref<1099511627776xi32>, %sequence_slot: memref<1099511627776xi32>, %page_table: memref<1099511627776xi32>, %logits: memref<1099511627776xf32>, %rows: index, %wanted_rows: index, %sequences: index, %pages_per_sequence: index, %barrier: memref<1099511627776xi8>, %turn: index, %worker: index, %first_tile: index, %end_tile: index, %tile_step: index, %extent: index, %count: index) attributes {tenon.bounds = array<i64: 4, 4>, tenon.kernel_of = @step, tenon.rows = 4 : i64} {
    // expected-error@+1 {{'memref.alloc' op has a size without a known upper bound}}
    %a = memref.alloc(%pages_per_sequence) : memref<?xf32>
    return
  }
}

// -----

module @unknown_share {
  func.func @step() attributes {tenon.step = 4 : i64, tenon.worker_bytes = 0 : i64} { return }
  func.func private @kernel(%weights: memref<1099511627776xi8>, %offsets: memref<1099511627776xi64>, %scratch: memref<1099511627776xi8>, %pages: memref<1099511627776xi8>, %slots: memref<1099511627776xi8>, %tokens: memref<1099511627776xi32>, %embeddings: memref<1099511627776xf32>, %positions: memref<1099511627776xi32>, %row_sequence: memref<1099511627776xi32>, %wanted: memref<1099511627776xi32>, %sequence_slot: memref<1099511627776xi32>, %page_table: memref<1099511627776xi32>, %logits: memref<1099511627776xf32>, %rows: index, %wanted_rows: index, %sequences: index, %pages_per_sequence: index, %barrier: memref<1099511627776xi8>, %turn: index, %worker: index, %first_tile: index, %end_tile: index, %tile_step: index, %extent: index, %count: index) attributes {tenon.bounds = array<i64: 4, 4>, tenon.kernel_of = @step, tenon.rows = 4 : i64} {
    // expected-error@+1 {{'memref.alloc' op has a size without a known upper bound}}
    %a = memref.alloc(%end_tile) : memref<?xf32>
    return
  }
}
