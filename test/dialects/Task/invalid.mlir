// RUN: tenon-opt %s -split-input-file -verify-diagnostics

// One case for each constraint of docs/spec/task.md, named for it.

// expected-error@+1 {{expected an index that is not negative, got -1}}
task.weight @weight_c1 index -1 : memref<4xf32> from [] recipe []

// -----

// expected-error@+1 {{expected 9 or 10 arguments of the region, got 1}}
task.step @step_c1 rows 1 {
^bb0(%tokens: memref<1xi32>):
}

// -----

// expected-error@+1 {{expected a vocabulary of at least 1, got 0}}
task.step @step_c2 rows 1 vocabulary 0 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
}

// -----

// The token ids are those of one row, the step is made for two.
// expected-error@+1 {{argument 0 of the region is not one of a step for 2 rows: 'memref<1xi32>'}}
task.step @step_c1_rows rows 2 {
^bb0(%tokens: memref<1xi32>, %positions: memref<2x1xi32>, %sequence: memref<2xi32>,
     %slot: memref<2xi32>, %wanted: memref<2xi32>, %logits: memref<2x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
}

// -----

// expected-error@+1 {{argument 5 of the region is not one of a step for 1 rows: 'memref<1x32xbf16>'}}
task.step @step_c1_logits rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xbf16>,
     %rows: index, %wantedRows: index, %sequences: index):
}

// -----

// expected-error@+1 {{argument 0 of the region is not one of a step for 1 rows: 'memref<i32>'}}
task.step @step_c1_rank rows 1 {
^bb0(%tokens: memref<i32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
}

// -----

// expected-error@+1 {{argument 9 of the region is not one of a step for 1 rows: 'memref<1x16xbf16>'}}
task.step @step_c1_embeddings rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index, %embeddings: memref<1x16xbf16>):
}

// -----

// expected-error@+1 {{argument 8 of the region is not an index}}
task.step @step_c1_counts rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: i64):
}

// -----

task.step @buffer_c1 rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected static sizes and the identity layout, got 'memref<?x32xf32>'}}
  %x = task.buffer : memref<?x32xf32>
}

// -----

task.step @buffer_c1_layout rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected static sizes and the identity layout, got 'memref<4xf32, strided<[2]>>'}}
  %x = task.buffer : memref<4xf32, strided<[2]>>
}

// -----

task.step @get_weight_c1_unknown rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected @a to be a weight of type 'memref<4xf32>'}}
  %w = task.get_weight [@a] : memref<4xf32>
}

// -----

task.weight @a index 0 : memref<8xf32> from [] recipe []
task.step @get_weight_c1_type rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected @a to be a weight of type 'memref<4xf32>'}}
  %w = task.get_weight [@a] : memref<4xf32>
}

// -----

task.weight @a index 0 : memref<4xf32> from [] recipe []
task.weight @b index 1 : memref<4xf32> from [] recipe []
task.step @get_weight_c2_no_turn rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected one name, or several names and a turn; got 2 names and no turn}}
  %w = task.get_weight [@a, @b] : memref<4xf32>
}

// -----

task.weight @a index 0 : memref<4xf32> from [] recipe []
task.weight @b index 1 : memref<4xf32> from [] recipe []
task.step @get_weight_c2_turn rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  task.repeat 1 {
  ^bb0(%turn: index):
    // expected-error@+1 {{expected one name, or several names and a turn; got 1 names and a turn}}
    %w = task.get_weight [@a][%turn] : memref<4xf32>
  }
}

// -----

task.step @get_weight_c2_no_name rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected one name, or several names and a turn; got 0 names and no turn}}
  %w = task.get_weight [] : memref<4xf32>
}

// -----

task.step @get_state_c1_unknown rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected @s to be a state of type '!task.paged<memref<2x4x64xf32>>'}}
  %s = task.get_state [@s] : !task.paged<memref<2x4x64xf32>>
}

// -----

task.state @s paged : memref<2x4x64xf32>
task.step @get_state_c1_type rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected @s to be a state of type '!task.paged<memref<2x8x64xf32>>'}}
  %s = task.get_state [@s] : !task.paged<memref<2x8x64xf32>>
}

// -----

task.state @s paged : memref<2x4x64xf32>
// A paged state is not one of fixed size.
task.step @get_state_c1_paged rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected @s to be a state of type '!task.slotted<memref<2x4x64xf32>>'}}
  %s = task.get_state [@s] : !task.slotted<memref<2x4x64xf32>>
}

// -----

task.state @s paged : memref<2x4x64xf32>
task.step @get_state_c2 rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected one name, or several names and a turn; got 2 names and no turn}}
  %s = task.get_state [@s, @s] : !task.paged<memref<2x4x64xf32>>
}

// -----

task.step @repeat_c1 rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected at least one turn and a region with one index argument}}
  task.repeat 0 {
  ^bb0(%turn: index):
  }
}

// -----

task.step @repeat_c1_argument rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected at least one turn and a region with one index argument}}
  task.repeat 2 {
  ^bb0:
  }
}

// -----

task.step @plan_c1_count rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected a region without arguments that yields one index for each of 2 results}}
  %n:2 = task.plan -> index, index {
    task.yield %rows : index
  }
}

// -----

task.step @plan_c1_type rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected a region without arguments that yields one index for each of 1 results}}
  %n = task.plan -> index {
    %c0 = arith.constant 0 : i32
    task.yield %c0 : i32
  }
}

// -----

task.step @plan_c2_float rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %n = task.plan -> index {
    // expected-error@+1 {{'arith.constant' op is not allowed in a plan, which holds arith ops on integers, loads of i32 out of arguments of the step, and scf.for}}
    %x = arith.constant 0.5 : f32
    task.yield %rows : index
  }
}

// -----

task.step @plan_c2_buffer rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %b = task.buffer : memref<4xi32>
  %n = task.plan -> index {
    %c0 = arith.constant 0 : index
    // expected-error@+1 {{'memref.load' op is not allowed in a plan, which holds arith ops on integers, loads of i32 out of arguments of the step, and scf.for}}
    %v = memref.load %b[%c0] : memref<4xi32>
    %i = arith.index_cast %v : i32 to index
    task.yield %i : index
  }
}

// -----

task.step @plan_c2_logits rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %n = task.plan -> index {
    %c0 = arith.constant 0 : index
    // expected-error@+1 {{'memref.load' op is not allowed in a plan, which holds arith ops on integers, loads of i32 out of arguments of the step, and scf.for}}
    %v = memref.load %logits[%c0, %c0] : memref<1x32xf32>
    task.yield %c0 : index
  }
}

// -----

task.step @plan_c2_store rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %n = task.plan -> index {
    %c0 = arith.constant 0 : index
    %one = arith.constant 1 : i32
    // expected-error@+1 {{'memref.store' op is not allowed in a plan, which holds arith ops on integers, loads of i32 out of arguments of the step, and scf.for}}
    memref.store %one, %tokens[%c0] : memref<1xi32>
    task.yield %c0 : index
  }
}

// -----

task.step @plan_c2_loop rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %n = task.plan -> index {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %t = arith.constant true
    scf.for %i = %c0 to %rows step %c1 {
      // expected-error@+1 {{'scf.if' op is not allowed in a plan, which holds arith ops on integers, loads of i32 out of arguments of the step, and scf.for}}
      scf.if %t {
      }
    }
    task.yield %c0 : index
  }
}

// -----

task.step @phase_c1_no_extent rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected at least one extent}}
  task.phase "p" tiles() max [] touches() as [] body {
    task.yield
  }
}

// -----

task.step @phase_c1_bounds rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected an upper bound for each of 1 extents, got 2}}
  task.phase "p" tiles(%rows) max [1, 1] touches() as [] body {
  ^bb0(%i: index):
    task.yield
  }
}

// -----

task.step @phase_c1_accesses rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected an access for each of 1 operands, got 0}}
  task.phase "p" tiles(%rows) max [1] touches(%tokens : memref<1xi32>) as [] body {
  ^bb0(%i: index, %t: memref<1xi32>):
    task.yield
  }
}

// -----

task.step @phase_c1_kind rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected an access, got "read"}}
  task.phase "p" tiles(%rows) max [1] touches(%tokens : memref<1xi32>) as ["read"] body {
  ^bb0(%i: index, %t: memref<1xi32>):
    task.yield
  }
}

// -----

task.step @phase_c2_arguments rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected 2 arguments of the body, got 1}}
  task.phase "p" tiles(%rows) max [1] touches(%tokens : memref<1xi32>) as [#task.access<read>] body {
  ^bb0(%i: index):
    task.yield
  }
}

// -----

task.step @phase_c1_value rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected an upper bound for each of 1 values, got 2}}
  task.phase "p" tiles(%rows) max [1] touches() as [] values(%rows) max [1, 1] body {
  ^bb0(%i: index, %n: index):
    task.yield
  }
}

// -----

task.step @phase_c2_index rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected argument 0 of the body to be an index, got 'i32'}}
  task.phase "p" tiles(%rows) max [1] touches() as [] body {
  ^bb0(%i: i32):
    task.yield
  }
}

// -----

task.step @phase_c2_value rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected argument 1 of the body to be an index, got 'i64'}}
  task.phase "p" tiles(%rows) max [1] touches() as [] values(%rows) max [1] body {
  ^bb0(%i: index, %n: i64):
    task.yield
  }
}

// -----

task.step @phase_c2_whole rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{operand 0 is accessed whole as 'memref<2xi32>', but its type is 'memref<1xi32>'}}
  task.phase "p" tiles(%rows) max [1] touches(%tokens : memref<1xi32>) as [#task.access<read>] body {
  ^bb0(%i: index, %t: memref<2xi32>):
    task.yield
  }
}

// -----

task.step @phase_c2_map rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{access #task.access<read, (d0) -> (d0, d0)> cannot make 'memref<1xi32>' from 'memref<1xi32>'}}
  task.phase "p" tiles(%rows) max [1] touches(%tokens : memref<1xi32>) as [#task.access<read, (d0) -> (d0, d0)>] body {
  ^bb0(%i: index, %t: memref<1xi32>):
    task.yield
  }
}

// -----

task.step @phase_c2_fits rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{the view 'memref<2xi32, strided<[1], offset: ?>>' does not fit into 'memref<1xi32>'}}
  task.phase "p" tiles(%rows) max [1] touches(%tokens : memref<1xi32>) as [#task.access<read, (d0) -> (d0)>] body {
  ^bb0(%i: index, %t: memref<2xi32, strided<[1], offset: ?>>):
    task.yield
  }
}

// -----

task.step @phase_c2_prologue rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{expected 1 arguments of the prologue, got 0}}
  task.phase "p" tiles(%rows) max [1] touches(%tokens : memref<1xi32>) as [#task.access<read>] prologue {
    task.yield
  } body {
  ^bb0(%i: index, %t: memref<1xi32>):
    task.yield
  }
}

// -----

// The prologue runs for no tile, so it sees an operand as a whole.
task.step @phase_c2_prologue_view rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer : memref<4x8xf32>
  // expected-error@+1 {{expected argument 0 of the prologue to be of type 'memref<4x8xf32>', got 'memref<1x8xf32>'}}
  task.phase "p" tiles(%rows) max [1] touches(%x : memref<4x8xf32>) as [#task.access<read, (d0) -> (d0, 0)>] prologue {
  ^bb0(%all: memref<1x8xf32>):
    task.yield
  } body {
  ^bb0(%i: index, %row: memref<1x8xf32, strided<[8, 1], offset: ?>>):
    task.yield
  }
}

// -----

task.step @phase_c3 rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer : memref<4xf32>
  task.phase "p" tiles(%rows) max [1] touches(%x : memref<4xf32>) as [#task.access<read>] body {
  ^bb0(%i: index, %all: memref<4xf32>):
    %zero = arith.constant 0.0 : f32
    // expected-error@+1 {{writes to operand 0 of phase "p", which declares to read it}}
    memref.store %zero, %all[%i] : memref<4xf32>
    task.yield
  }
}

// -----

// A view of an operand is the operand.
task.step @phase_c3_view rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer : memref<4xf32>
  task.phase "p" tiles(%rows) max [1] touches(%x : memref<4xf32>) as [#task.access<read>] body {
  ^bb0(%i: index, %all: memref<4xf32>):
    %zero = arith.constant 0.0 : f32
    %part = memref.subview %all[%i] [1] [1] : memref<4xf32> to memref<1xf32, strided<[1], offset: ?>>
    // expected-error@+1 {{writes to operand 0 of phase "p", which declares to read it}}
    linalg.fill ins(%zero : f32) outs(%part : memref<1xf32, strided<[1], offset: ?>>)
    task.yield
  }
}

// -----

task.state @s paged : memref<2x4x64xf32>
task.step @phase_c3_page rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %s = task.get_state [@s] : !task.paged<memref<2x4x64xf32>>
  task.phase "p" tiles(%rows) max [1] touches(%s : !task.paged<memref<2x4x64xf32>>) as [#task.access<read>] body {
  ^bb0(%i: index, %all: !task.paged<memref<2x4x64xf32>>):
    %zero = arith.constant 0.0 : f32
    %page = task.page %all[%i, %i] : !task.paged<memref<2x4x64xf32>> -> memref<2x4x64xf32>
    // expected-error@+1 {{writes to operand 0 of phase "p", which declares to read it}}
    memref.store %zero, %page[%i, %i, %i] : memref<2x4x64xf32>
    task.yield
  }
}

// -----

task.step @phase_c3_prologue rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer : memref<4xf32>
  task.phase "p" tiles(%rows) max [1] touches(%x : memref<4xf32>) as [#task.access<update>] prologue {
  ^bb0(%all: memref<4xf32>):
    %zero = arith.constant 0.0 : f32
    // expected-error@+1 {{writes to operand 0 of phase "p", which declares to update it and has it in its prologue}}
    linalg.fill ins(%zero : f32) outs(%all : memref<4xf32>)
    task.yield
  } body {
  ^bb0(%i: index, %all: memref<4xf32>):
    task.yield
  }
}

// -----

// What a worker writes into a shared buffer, all workers see.
task.step @phase_c4_private rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer : memref<4xf32>
  // expected-error@+1 {{operand 0 is not a private buffer, but is accessed to private}}
  task.phase "p" tiles(%rows) max [1] touches(%x : memref<4xf32>) as [#task.access<private>] body {
  ^bb0(%i: index, %all: memref<4xf32>):
    task.yield
  }
}

// -----

task.step @phase_c4_shared rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer private : memref<4xf32>
  // expected-error@+1 {{operand 0 is a private buffer, but is accessed to write}}
  task.phase "p" tiles(%rows) max [1] touches(%x : memref<4xf32>) as [#task.access<write>] body {
  ^bb0(%i: index, %all: memref<4xf32>):
    task.yield
  }
}

// -----

task.weight @w index 0 : memref<4xf32> from [] recipe []
task.step @phase_c4_weight rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %w = task.get_weight [@w] : memref<4xf32>
  // expected-error@+1 {{operand 0 is a weight, but is accessed to update}}
  task.phase "p" tiles(%rows) max [1] touches(%w : memref<4xf32>) as [#task.access<update>] body {
  ^bb0(%i: index, %all: memref<4xf32>):
    task.yield
  }
}

// -----

// A worker may write its tile while another reads all tiles.
task.step @phase_c5 rows 1 {
^bb0(%tokens: memref<1xi32>, %positions: memref<1x1xi32>, %sequence: memref<1xi32>,
     %slot: memref<1xi32>, %wanted: memref<1xi32>, %logits: memref<1x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %x = task.buffer : memref<4x8xf32>
  // expected-error@+1 {{operands 0 and 1 are the same memory, which is written; access it once, to update it}}
  task.phase "p" tiles(%rows) max [1] touches(%x, %x : memref<4x8xf32>, memref<4x8xf32>) as [#task.access<read>, #task.access<write, (d0) -> (d0, 0)>] body {
  ^bb0(%i: index, %all: memref<4x8xf32>, %row: memref<1x8xf32, strided<[8, 1], offset: ?>>):
    task.yield
  }
}

// -----

func.func @page_c1(%s: !task.paged<memref<2x4x64xf32>>, %i: index) {
  // expected-error@+1 {{expected the type of a page, 'memref<2x4x64xf32>', got 'memref<2x4x32xf32>'}}
  %m = task.page %s[%i, %i] : !task.paged<memref<2x4x64xf32>> -> memref<2x4x32xf32>
  return
}

// -----

func.func @slot_c1(%s: !task.slotted<memref<4x8xf32>>, %i: index) {
  // expected-error@+1 {{expected the type of a slot, 'memref<4x8xf32>', got 'memref<8x4xf32>'}}
  %m = task.slot %s[%i] : !task.slotted<memref<4x8xf32>> -> memref<8x4xf32>
  return
}

// -----

func.func @matmul_c1(%x: memref<8x64xf16>, %w: memref<2x32x16x2xbf16>, %y: memref<8x32xf32>, %n: index) {
  // expected-error@+1 {{expected an f32 output, a weight of floats and an input of f32 or of the weight's type}}
  task.matmul %x, %w into %y rows %n inputs 64 : memref<8x64xf16>, memref<2x32x16x2xbf16>, memref<8x32xf32>
  return
}

// -----

func.func @matmul_c1_output(%x: memref<8x64xf32>, %w: memref<2x32x16x2xbf16>, %y: memref<8x32xbf16>, %n: index) {
  // expected-error@+1 {{expected an f32 output, a weight of floats and an input of f32 or of the weight's type}}
  task.matmul %x, %w into %y rows %n inputs 64 : memref<8x64xf32>, memref<2x32x16x2xbf16>, memref<8x32xbf16>
  return
}

// -----

func.func @matmul_c1_weight(%x: memref<8x64xi8>, %w: memref<2x16x16x4xi8>, %y: memref<8x32xf32>, %n: index) {
  // expected-error@+1 {{expected an f32 output, a weight of floats and an input of f32 or of the weight's type}}
  task.matmul %x, %w into %y rows %n inputs 64 : memref<8x64xi8>, memref<2x16x16x4xi8>, memref<8x32xf32>
  return
}

// -----

func.func @matmul_c2_static(%x: memref<8x64xf32>, %w: memref<2x?x16x2xbf16>, %y: memref<8x32xf32>, %n: index) {
  // expected-error@+1 {{shapes do not fit: 'memref<8x64xf32>' times 'memref<2x?x16x2xbf16>' into 'memref<8x32xf32>'}}
  task.matmul %x, %w into %y rows %n inputs 64 : memref<8x64xf32>, memref<2x?x16x2xbf16>, memref<8x32xf32>
  return
}

// -----

func.func @matmul_c2_columns(%x: memref<8x64xf32>, %w: memref<2x32x16x2xbf16>, %y: memref<8x48xf32>, %n: index) {
  // expected-error@+1 {{shapes do not fit: 'memref<8x64xf32>' times 'memref<2x32x16x2xbf16>' into 'memref<8x48xf32>'}}
  task.matmul %x, %w into %y rows %n inputs 64 : memref<8x64xf32>, memref<2x32x16x2xbf16>, memref<8x48xf32>
  return
}

// -----

func.func @matmul_c2_lanes(%x: memref<8x64xf32>, %w: memref<2x32x8x2xbf16>, %y: memref<8x32xf32>, %n: index) {
  // expected-error@+1 {{shapes do not fit: 'memref<8x64xf32>' times 'memref<2x32x8x2xbf16>' into 'memref<8x32xf32>'}}
  task.matmul %x, %w into %y rows %n inputs 64 : memref<8x64xf32>, memref<2x32x8x2xbf16>, memref<8x32xf32>
  return
}

// -----

func.func @matmul_c2_input(%x: memref<8x32xf32>, %w: memref<2x32x16x2xbf16>, %y: memref<8x32xf32>, %n: index) {
  // expected-error@+1 {{shapes do not fit: 'memref<8x32xf32>' times 'memref<2x32x16x2xbf16>' into 'memref<8x32xf32>'}}
  task.matmul %x, %w into %y rows %n inputs 64 : memref<8x32xf32>, memref<2x32x16x2xbf16>, memref<8x32xf32>
  return
}

// -----

func.func @matmul_c2_weight(%x: memref<8x96xf32>, %w: memref<2x32x16x2xbf16>, %y: memref<8x32xf32>, %n: index) {
  // expected-error@+1 {{shapes do not fit: 'memref<8x96xf32>' times 'memref<2x32x16x2xbf16>' into 'memref<8x32xf32>'}}
  task.matmul %x, %w into %y rows %n inputs 96 : memref<8x96xf32>, memref<2x32x16x2xbf16>, memref<8x32xf32>
  return
}

// -----

func.func @matmul_c2_rank(%x: memref<8x64xf32>, %w: memref<2x32x16xf32>, %y: memref<8x32xf32>, %n: index) {
  // expected-error@+1 {{shapes do not fit: 'memref<8x64xf32>' times 'memref<2x32x16xf32>' into 'memref<8x32xf32>'}}
  task.matmul %x, %w into %y rows %n inputs 32 : memref<8x64xf32>, memref<2x32x16xf32>, memref<8x32xf32>
  return
}

// -----

func.func @attend_c1_query(%q: memref<8x32xf32>, %k: !task.paged<memref<2x16x64xf32>>, %v: !task.paged<memref<2x64x16xf32>>,
    %p: memref<8x1xi32>, %s: memref<8xi32>, %y: memref<8x64xf32>, %i: index) {
  // expected-error@+1 {{expected query and output of 64 f32 columns, got 'memref<8x32xf32>'}}
  task.attend %q, %k, %v at %p, %s into %y rows %i to %i head %i heads 4 head_dim 16
      scale 1.0 window 0 softcap 0.0
      : memref<8x32xf32>, !task.paged<memref<2x16x64xf32>>, !task.paged<memref<2x64x16xf32>>, memref<8x1xi32>, memref<8xi32>, memref<8x64xf32>
  return
}

// -----

func.func @attend_c1_output(%q: memref<8x64xf32>, %k: !task.paged<memref<2x16x64xf32>>, %v: !task.paged<memref<2x64x16xf32>>,
    %p: memref<8x1xi32>, %s: memref<8xi32>, %y: memref<8x64xbf16>, %i: index) {
  // expected-error@+1 {{expected query and output of 64 f32 columns, got 'memref<8x64xbf16>'}}
  task.attend %q, %k, %v at %p, %s into %y rows %i to %i head %i heads 4 head_dim 16
      scale 1.0 window 0 softcap 0.0
      : memref<8x64xf32>, !task.paged<memref<2x16x64xf32>>, !task.paged<memref<2x64x16xf32>>, memref<8x1xi32>, memref<8xi32>, memref<8x64xbf16>
  return
}

// -----

func.func @attend_c2_keys(%q: memref<8x64xf32>, %k: !task.paged<memref<2x32x64xf32>>, %v: !task.paged<memref<2x64x16xf32>>,
    %p: memref<8x1xi32>, %s: memref<8xi32>, %y: memref<8x64xf32>, %i: index) {
  // expected-error@+1 {{expected pages of floats of 16 key components and at least as many value columns, for the same heads and positions, got 'memref<2x32x64xf32>' and 'memref<2x64x16xf32>'}}
  task.attend %q, %k, %v at %p, %s into %y rows %i to %i head %i heads 4 head_dim 16
      scale 1.0 window 0 softcap 0.0
      : memref<8x64xf32>, !task.paged<memref<2x32x64xf32>>, !task.paged<memref<2x64x16xf32>>, memref<8x1xi32>, memref<8xi32>, memref<8x64xf32>
  return
}

// -----

func.func @attend_c2_values(%q: memref<8x64xf32>, %k: !task.paged<memref<2x16x64xf32>>, %v: !task.paged<memref<2x32x16xf32>>,
    %p: memref<8x1xi32>, %s: memref<8xi32>, %y: memref<8x64xf32>, %i: index) {
  // expected-error@+1 {{expected pages of floats of 16 key components and at least as many value columns, for the same heads and positions, got 'memref<2x16x64xf32>' and 'memref<2x32x16xf32>'}}
  task.attend %q, %k, %v at %p, %s into %y rows %i to %i head %i heads 4 head_dim 16
      scale 1.0 window 0 softcap 0.0
      : memref<8x64xf32>, !task.paged<memref<2x16x64xf32>>, !task.paged<memref<2x32x16xf32>>, memref<8x1xi32>, memref<8xi32>, memref<8x64xf32>
  return
}

// -----

func.func @attend_c2_columns(%q: memref<8x64xf32>, %k: !task.paged<memref<2x16x64xf32>>, %v: !task.paged<memref<2x64x12xf32>>,
    %p: memref<8x1xi32>, %s: memref<8xi32>, %y: memref<8x64xf32>, %i: index) {
  // expected-error@+1 {{expected pages of floats of 16 key components and at least as many value columns, for the same heads and positions, got 'memref<2x16x64xf32>' and 'memref<2x64x12xf32>'}}
  task.attend %q, %k, %v at %p, %s into %y rows %i to %i head %i heads 4 head_dim 16
      scale 1.0 window 0 softcap 0.0
      : memref<8x64xf32>, !task.paged<memref<2x16x64xf32>>, !task.paged<memref<2x64x12xf32>>, memref<8x1xi32>, memref<8xi32>, memref<8x64xf32>
  return
}

// -----

func.func @attend_c2_floats(%q: memref<8x64xf32>, %k: !task.paged<memref<2x16x64xi8>>, %v: !task.paged<memref<2x64x16xi8>>,
    %p: memref<8x1xi32>, %s: memref<8xi32>, %y: memref<8x64xf32>, %i: index) {
  // expected-error@+1 {{expected pages of floats of 16 key components and at least as many value columns, for the same heads and positions, got 'memref<2x16x64xi8>' and 'memref<2x64x16xi8>'}}
  task.attend %q, %k, %v at %p, %s into %y rows %i to %i head %i heads 4 head_dim 16
      scale 1.0 window 0 softcap 0.0
      : memref<8x64xf32>, !task.paged<memref<2x16x64xi8>>, !task.paged<memref<2x64x16xi8>>, memref<8x1xi32>, memref<8xi32>, memref<8x64xf32>
  return
}

// -----

func.func @attend_c2_heads(%q: memref<8x64xf32>, %k: !task.paged<memref<3x16x64xf32>>, %v: !task.paged<memref<3x64x16xf32>>,
    %p: memref<8x1xi32>, %s: memref<8xi32>, %y: memref<8x64xf32>, %i: index) {
  // expected-error@+1 {{expected 4 query heads to share 3 state heads evenly}}
  task.attend %q, %k, %v at %p, %s into %y rows %i to %i head %i heads 4 head_dim 16
      scale 1.0 window 0 softcap 0.0
      : memref<8x64xf32>, !task.paged<memref<3x16x64xf32>>, !task.paged<memref<3x64x16xf32>>, memref<8x1xi32>, memref<8xi32>, memref<8x64xf32>
  return
}

// -----

func.func @attend_c3_form(%q: memref<8x64xf32>, %k: !task.paged<memref<2x16x64xf32>>, %v: !task.paged<memref<2x64x16xf32>>,
    %p: memref<8x1xi32>, %s: memref<8xi32>, %y: memref<8x64xf32>, %m: memref<8x2x2xf32>, %i: index) {
  // expected-error@+1 {{expected marks of 2 f32 for each of 4 heads, got 'memref<8x2x2xf32>'}}
  task.attend %q, %k, %v at %p, %s into %y rows %i to %i head %i pages %i to %i marks %m : memref<8x2x2xf32>
      heads 4 head_dim 16 scale 1.0 window 0 softcap 0.0
      : memref<8x64xf32>, !task.paged<memref<2x16x64xf32>>, !task.paged<memref<2x64x16xf32>>, memref<8x1xi32>, memref<8xi32>, memref<8x64xf32>
  return
}

// -----

func.func @attend_c3_together(%q: memref<8x64xf32>, %k: !task.paged<memref<2x16x64xf32>>, %v: !task.paged<memref<2x64x16xf32>>,
    %p: memref<8x1xi32>, %s: memref<8xi32>, %y: memref<8x64xf32>, %i: index) {
  // expected-error@+1 {{expected a first page, a last page and marks, or none of them}}
  "task.attend"(%q, %k, %v, %p, %s, %y, %i, %i, %i, %i)
      <{heads = 4 : i64, head_dim = 16 : i64, scale = 1.0 : f32, window = 0 : i64, softcap = 0.0 : f32,
        operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 0>}>
      : (memref<8x64xf32>, !task.paged<memref<2x16x64xf32>>, !task.paged<memref<2x64x16xf32>>, memref<8x1xi32>, memref<8xi32>,
         memref<8x64xf32>, index, index, index, index) -> ()
  return
}

// -----

// expected-error@+1 {{expected read, write, update or private, got 'wipe'}}
module @access_kind attributes {a = #task.access<wipe>} {}
