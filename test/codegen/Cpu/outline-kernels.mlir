// RUN: tenon-opt %s -outline-kernels -split-input-file | FileCheck %s

// Each phase is a function of its own, named after the step, its number and its
// label; the step calls it with this worker's share of the tiles.
// CHECK-DAG:   func.func private @tenon_barrier(memref<1099511627776xi8>)
// CHECK-LABEL: func.func private @step_4.0.copy(
// CHECK-SAME:    attributes {tenon.bounds = array<i64: 4>, tenon.kernel_of = @step_4.run, tenon.rows = 4 : i64}
// CHECK-LABEL: func.func @step_4.run(
// CHECK-SAME:    %[[ROWS:[a-z0-9]+]]: index, %{{[a-z0-9]+}}: index, %{{[a-z0-9]+}}: index, %{{[a-z0-9]+}}: index, %[[BARRIER:[a-z0-9]+]]: memref<1099511627776xi8>, %[[WORKER:[a-z0-9]+]]: index, %[[WORKERS:[a-z0-9]+]]: index)
// CHECK-SAME:    attributes {tenon.scratch_bytes = 1024 : i64, tenon.step = 4 : i64, tenon.worker_bytes = 256 : i64}
// CHECK:         %[[BYTES:.+]] = call @tenon_worker_bytes() : () -> index
// CHECK:         %[[MINE:.+]] = arith.muli %[[WORKER]], %[[BYTES]]
// CHECK:         %[[OFFSET:.+]] = arith.addi %{{.+}}, %[[MINE]]
// CHECK:         %[[A:.+]] = arith.muli %[[ROWS]], %[[WORKER]]
// CHECK:         %[[FIRST:.+]] = arith.divui %[[A]], %[[WORKERS]]
// CHECK:         %[[NEXT:.+]] = arith.addi %[[WORKER]], %{{.+}}
// CHECK:         %[[B:.+]] = arith.muli %[[ROWS]], %[[NEXT]]
// CHECK:         %[[END:.+]] = arith.divui %[[B]], %[[WORKERS]]
// CHECK:         call @step_4.0.copy({{.*}}, %[[OFFSET]], %[[FIRST]], %[[END]], %{{.+}}, %[[ROWS]])
// CHECK:         call @tenon_barrier(%[[BARRIER]])
task.step @step_4 rows 4 scratch 1024 worker 256 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  task.phase "copy" tiles(%rows) max [4] touches() as [] body {
  ^bb0(%i: index):
    task.yield
  }
  task.barrier
}

// -----

// The tiles of a cyclic phase go round: worker w takes w, w + workers, ...
// CHECK-LABEL: func.func @cyclic.run(
// CHECK-SAME:    %[[ROWS:[a-z0-9]+]]: index, %{{[a-z0-9]+}}: index, %{{[a-z0-9]+}}: index, %{{[a-z0-9]+}}: index, %{{[a-z0-9]+}}: memref<1099511627776xi8>, %[[WORKER:[a-z0-9]+]]: index, %[[WORKERS:[a-z0-9]+]]: index)
// CHECK:         call @cyclic.0.attend({{.*}}, %[[WORKER]], %[[ROWS]], %[[WORKERS]], %[[ROWS]])
task.step @cyclic rows 4 scratch 1024 worker 256 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  task.phase "attend" tiles(%rows) max [4] cyclic touches() as [] body {
  ^bb0(%i: index):
    task.yield
  }
}

// -----

// The tiles of a grid are counted with the last index running fastest.
// CHECK-LABEL: func.func private @grid.0.product(
// CHECK-SAME:    %[[FIRST:[a-z0-9]+]]: index, %[[END:[a-z0-9]+]]: index, %[[BY:[a-z0-9]+]]: index, %{{[a-z0-9]+}}: index, %[[LAST:[a-z0-9]+]]: index)
// CHECK:         scf.for %[[TILE:.+]] = %[[FIRST]] to %[[END]] step %[[BY]] {
// CHECK:           %[[J:.+]] = arith.remui %[[TILE]], %[[LAST]]
// CHECK:           %[[I:.+]] = arith.divui %[[TILE]], %[[LAST]]
// CHECK:           arith.addi %[[I]], %[[J]]
task.step @grid rows 4 scratch 1024 worker 256 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  task.phase "product" tiles(%rows, %sequences) max [4, 4] touches() as [] body {
  ^bb0(%i: index, %j: index):
    %sum = arith.addi %i, %j : index
    task.yield
  }
}

// -----

// A prologue runs once before the tiles, and not for a worker that has none.
// CHECK-LABEL: func.func private @prologue.0.product(
// CHECK-SAME:    %[[OFFSET:[a-z0-9]+]]: index, %[[FIRST:[a-z0-9]+]]: index, %[[END:[a-z0-9]+]]: index, %{{[a-z0-9]+}}: index, %{{[a-z0-9]+}}: index)
// CHECK:         %[[SOME:.+]] = arith.cmpi ult, %[[FIRST]], %[[END]]
// CHECK-NEXT:    scf.if %[[SOME]] {
// CHECK:           linalg.fill
// CHECK:         }
// CHECK:         scf.for
// CHECK-NOT:       linalg.fill
// CHECK:         return
task.step @prologue rows 4 scratch 1024 worker 256 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %p = task.buffer private offset 0 : memref<4xf32>
  task.phase "product" tiles(%rows) max [4] touches(%p : memref<4xf32>) as [#task.access<private>] prologue {
  ^bb0(%mine: memref<4xf32>):
    %zero = arith.constant 0.0 : f32
    linalg.fill ins(%zero : f32) outs(%mine : memref<4xf32>)
    task.yield
  } body {
  ^bb0(%i: index, %mine: memref<4xf32>):
    task.yield
  }
}

// -----

// A shared buffer is a view of the scratch memory, a private one lies in the
// worker's own part of it, and a mapped access is the part of a tile.
// CHECK-LABEL: func.func private @buffers.0.copy(
// CHECK-SAME:    xi64>, %[[SCRATCH:[a-z0-9]+]]: memref<1099511627776xi8>, {{.*}} %[[OFFSET:[a-z0-9]+]]: index, %{{[a-z0-9]+}}: index, %{{[a-z0-9]+}}: index, %{{[a-z0-9]+}}: index, %{{[a-z0-9]+}}: index)
// CHECK:         %[[C512:.+]] = arith.constant 512 : index
// CHECK:         %[[SHARED:.+]] = memref.view %[[SCRATCH]][%[[C512]]][] : memref<1099511627776xi8> to memref<4x8xf32>
// CHECK:         %[[C64:.+]] = arith.constant 64 : index
// CHECK:         %[[PLACE:.+]] = arith.addi %[[C64]], %[[OFFSET]]
// CHECK:         %[[PRIVATE:.+]] = memref.view %[[SCRATCH]][%[[PLACE]]][] : memref<1099511627776xi8> to memref<1x8xf32>
// CHECK:         scf.for %[[TILE:.+]] =
// CHECK:           memref.subview %[[SHARED]][%[[TILE]], 0] [1, 8] [1, 1]
task.step @buffers rows 4 scratch 1024 worker 256 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer offset 512 : memref<4x8xf32>
  %p = task.buffer private offset 64 : memref<1x8xf32>
  task.phase "copy" tiles(%rows) max [4] touches(%x, %p : memref<4x8xf32>, memref<1x8xf32>) as [#task.access<write, (d0) -> (d0, 0)>, #task.access<private>] body {
  ^bb0(%i: index, %row: memref<1x8xf32, strided<[8, 1], offset: ?>>, %mine: memref<1x8xf32>):
    %c0 = arith.constant 0 : index
    %e = memref.load %mine[%c0, %c0] : memref<1x8xf32>
    memref.store %e, %row[%c0, %c0] : memref<1x8xf32, strided<[8, 1], offset: ?>>
    task.yield
  }
}

// -----

// A repeat is a loop of the step; its turn is an argument of the kernels. Weights
// of layers at equal distances in the table are found by the turn.
task.weight @a index 1 : memref<4xf32> from [] recipe []
task.weight @b index 3 : memref<4xf32> from [] recipe []
task.weight @c index 5 : memref<4xf32> from [] recipe []
// CHECK-LABEL: func.func private @layers.0.p(
// CHECK-SAME:    %{{[a-z0-9]+}}: memref<1099511627776xi8>, %[[OFFSETS:[a-z0-9]+]]: memref<1099511627776xi64>,
// CHECK:         %[[FIRST:.+]] = arith.constant 1 : index
// CHECK:         %[[STRIDE:.+]] = arith.constant 2 : index
// CHECK:         %[[FAR:.+]] = arith.muli %[[TURN:.+]], %[[STRIDE]]
// CHECK:         %[[PLACE:.+]] = arith.addi %[[FIRST]], %[[FAR]]
// CHECK:         memref.load %[[OFFSETS]][%[[PLACE]]]
// CHECK-LABEL: func.func @layers.run(
// CHECK:         scf.for %[[TURN:.+]] = %{{.+}} to %[[TURNS:.+]] step
// CHECK:           func.call @layers.0.p({{.*}}, %[[TURN]], %{{[^,]+}}, %{{[^,]+}}, %{{[^,]+}}, %{{[^,]+}}, %{{[^,]+}})
task.step @layers rows 4 scratch 1024 worker 256 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  task.repeat 3 {
  ^bb0(%turn: index):
    %w = task.get_weight [@a, @b, @c][%turn] : memref<4xf32>
    task.phase "p" tiles(%rows) max [4] touches(%w : memref<4xf32>) as [#task.access<read>] body {
    ^bb0(%i: index, %all: memref<4xf32>):
      task.yield
    }
  }
}

// -----

// Others are chosen from a list.
task.weight @a index 0 : memref<4xf32> from [] recipe []
task.weight @b index 1 : memref<4xf32> from [] recipe []
task.weight @c index 5 : memref<4xf32> from [] recipe []
// CHECK-LABEL: func.func private @irregular.0.p(
// CHECK:         %[[LAST:.+]] = arith.constant 5 : index
// CHECK:         arith.select %{{.+}}, %{{.+}}, %[[LAST]]
// CHECK:         arith.select
// CHECK:         memref.load
task.step @irregular rows 4 scratch 1024 worker 256 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  task.repeat 3 {
  ^bb0(%turn: index):
    %w = task.get_weight [@a, @b, @c][%turn] : memref<4xf32>
    task.phase "p" tiles(%rows) max [4] touches(%w : memref<4xf32>) as [#task.access<read>] body {
    ^bb0(%i: index, %all: memref<4xf32>):
      task.yield
    }
  }
}

// -----

// A plan is computed once, in the step, before its phases.
// CHECK-LABEL: func.func private @planned.0.p(
// CHECK-NOT:     arith.ceildivui
// CHECK-LABEL: func.func @planned.run(
// CHECK:         %[[TILES:.+]] = arith.ceildivui
// CHECK:         call @planned.0.p({{.*}}, %[[TILES]])
task.step @planned rows 4 scratch 1024 worker 256 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %tiles = task.plan -> index {
    %c2 = arith.constant 2 : index
    %n = arith.ceildivui %rows, %c2 : index
    task.yield %n : index
  }
  task.phase "p" tiles(%tiles) max [2] touches() as [] body {
  ^bb0(%i: index):
    task.yield
  }
}

// -----

// Embeddings of rows that are given lie where the argument behind the tokens says.
// CHECK-LABEL: func.func private @given.0.read(
// CHECK-SAME:    xi32>, %[[EMBEDDINGS:[a-z0-9]+]]: memref<1099511627776xf32>, %{{[a-z0-9]+}}: memref<1099511627776xi32>,
// CHECK:         memref.reinterpret_cast %[[EMBEDDINGS]] to offset: [0], sizes: [4, 8], strides: [8, 1]
task.step @given rows 4 scratch 1024 worker 256 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index, %embeddings: memref<4x8xf32>):
  task.phase "read" tiles(%rows) max [4] touches(%embeddings : memref<4x8xf32>) as [#task.access<read>] body {
  ^bb0(%i: index, %x: memref<4x8xf32>):
    %c0 = arith.constant 0 : index
    %e = memref.load %x[%i, %c0] : memref<4x8xf32>
    task.yield
  }
}

// -----

// A kernel knows the most of each extent and value that it is called with.
// CHECK-LABEL: func.func private @bounds.0.p(
// CHECK-SAME:    attributes {tenon.bounds = array<i64: 4, 2, 16>,
task.step @bounds rows 4 scratch 1024 worker 256 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %c2 = arith.constant 2 : index
  %c16 = arith.constant 16 : index
  task.phase "p" tiles(%rows, %c2) max [4, 2] touches() as [] values(%c16) max [16] body {
  ^bb0(%i: index, %j: index, %n: index):
    task.yield
  }
}

// -----

// A plan may load what the step is called with, out of the step's own arguments.
// CHECK-LABEL: func.func @asks.run(
// CHECK-SAME:    %[[SEQUENCE:[a-z0-9]+]]: memref<1099511627776xi32>, %{{[a-z0-9]+}}: memref<1099511627776xi32>, %{{[a-z0-9]+}}: memref<1099511627776xi32>, %{{[a-z0-9]+}}: memref<1099511627776xi32>, %{{[a-z0-9]+}}: memref<1099511627776xf32>,
// CHECK-NOT:     memref.reinterpret_cast
// CHECK:         %[[OF:.+]] = memref.reinterpret_cast %[[SEQUENCE]] to offset: [0], sizes: [4], strides: [1]
// CHECK-NOT:     memref.reinterpret_cast
// CHECK:         %[[LOADED:.+]] = memref.load %[[OF]][%{{.+}}]
// CHECK:         %[[TILES:.+]] = arith.index_cast %[[LOADED]] : i32 to index
// CHECK:         call @asks.0.p({{.*}}, %[[TILES]])
task.step @asks rows 4 scratch 1024 worker 256 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %tiles = task.plan -> index {
    %c0 = arith.constant 0 : index
    %s = memref.load %sequence[%c0] : memref<4xi32>
    %n = arith.index_cast %s : i32 to index
    task.yield %n : index
  }
  task.phase "p" tiles(%tiles) max [4] touches() as [] body {
  ^bb0(%i: index):
    task.yield
  }
}
