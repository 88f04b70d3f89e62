// RUN: tenon-opt %s -lower-pages -split-input-file -verify-diagnostics | FileCheck %s

// A page is where the sequence's table says, at the state's offset in a page.
// CHECK-LABEL: @one_state
// CHECK-SAME:    xi64>, %{{[a-z0-9]+}}: memref<1099511627776xi8>, %[[PAGES:[a-z0-9]+]]: memref<1099511627776xi8>, %{{[a-z0-9]+}}: memref<1099511627776xi8>, {{.*}} %[[TABLE:[a-z0-9]+]]: memref<1099511627776xi32>, %{{[a-z0-9]+}}: memref<1099511627776xf32>, %{{[a-z0-9]+}}: index, %{{[a-z0-9]+}}: index, %{{[a-z0-9]+}}: index, %[[EACH:[a-z0-9]+]]: index, %{{[a-z0-9]+}}: memref<1099511627776xi8>,
// CHECK-SAME:    %[[SEQUENCE:[a-z0-9]+]]: index, %[[PAGE:[a-z0-9]+]]: index)
// CHECK:         %[[OFFSET:.+]] = arith.constant 512 : index
// CHECK:         %[[FIRST:.+]] = arith.muli %[[SEQUENCE]], %[[EACH]]
// CHECK:         %[[ENTRY:.+]] = arith.addi %[[FIRST]], %[[PAGE]]
// CHECK:         %[[I32:.+]] = memref.load %[[TABLE]][%[[ENTRY]]]
// CHECK:         %[[NUMBER:.+]] = arith.index_cast %[[I32]] : i32 to index
// CHECK:         %[[BYTES:.+]] = arith.constant 1024 : index
// CHECK:         %[[BYTE:.+]] = arith.muli %[[NUMBER]], %[[BYTES]]
// CHECK:         %[[PLACE:.+]] = arith.addi %[[BYTE]], %[[OFFSET]]
// CHECK:         memref.view %[[PAGES]][%[[PLACE]]][] : memref<1099511627776xi8> to memref<1x4x64xbf16>
// CHECK-NOT:     {{task.(state|get_state|page )}}
// CHECK:         return
module attributes {task.page_bytes = 1024 : i64, task.slot_bytes = 0 : i64} {
  task.state @a paged : memref<1x4x64xbf16> offset 512
  func.func @one_state(%weights: memref<1099511627776xi8>, %offsets: memref<1099511627776xi64>, %scratch: memref<1099511627776xi8>, %pages: memref<1099511627776xi8>, %slots: memref<1099511627776xi8>, %tokens: memref<1099511627776xi32>, %embeddings: memref<1099511627776xf32>, %positions: memref<1099511627776xi32>, %row_sequence: memref<1099511627776xi32>, %wanted: memref<1099511627776xi32>, %sequence_slot: memref<1099511627776xi32>, %page_table: memref<1099511627776xi32>, %logits: memref<1099511627776xf32>, %rows: index, %wanted_rows: index, %sequences: index, %pages_per_sequence: index, %barrier: memref<1099511627776xi8>, %turn: index, %worker: index, %first_tile: index, %end_tile: index, %tile_step: index, %extent: index, %count: index) {
    %s = task.get_state [@a] : !task.paged<memref<1x4x64xbf16>>
    %m = task.page %s[%extent, %count] : !task.paged<memref<1x4x64xbf16>> -> memref<1x4x64xbf16>
    %e = memref.load %m[%extent, %extent, %extent] : memref<1x4x64xbf16>
    return
  }
}

// -----

// States of layers that lie at equal distances are found by the turn.
// CHECK-LABEL: @equal_distances
// CHECK:         %[[FIRST:.+]] = arith.constant 64 : index
// CHECK:         %[[STRIDE:.+]] = arith.constant 128 : index
// CHECK:         %[[FAR:.+]] = arith.muli %[[TURN:.+]], %[[STRIDE]]
// CHECK:         arith.addi %[[FIRST]], %[[FAR]]
// CHECK-NOT:     arith.select
// CHECK:         return
module attributes {task.page_bytes = 1024 : i64, task.slot_bytes = 0 : i64} {
  task.state @a paged : memref<16xf32> offset 64
  task.state @b paged : memref<16xf32> offset 192
  task.state @c paged : memref<16xf32> offset 320
  func.func @equal_distances(%weights: memref<1099511627776xi8>, %offsets: memref<1099511627776xi64>, %scratch: memref<1099511627776xi8>, %pages: memref<1099511627776xi8>, %slots: memref<1099511627776xi8>, %tokens: memref<1099511627776xi32>, %embeddings: memref<1099511627776xf32>, %positions: memref<1099511627776xi32>, %row_sequence: memref<1099511627776xi32>, %wanted: memref<1099511627776xi32>, %sequence_slot: memref<1099511627776xi32>, %page_table: memref<1099511627776xi32>, %logits: memref<1099511627776xf32>, %rows: index, %wanted_rows: index, %sequences: index, %pages_per_sequence: index, %barrier: memref<1099511627776xi8>, %turn: index, %worker: index, %first_tile: index, %end_tile: index, %tile_step: index, %extent: index, %count: index) {
    %s = task.get_state [@a, @b, @c][%turn] : !task.paged<memref<16xf32>>
    %m = task.page %s[%extent, %count] : !task.paged<memref<16xf32>> -> memref<16xf32>
    return
  }
}

// -----

// Others are chosen from a list.
// CHECK-LABEL: @unequal_distances
// CHECK:         %[[LAST:.+]] = arith.constant 256 : index
// CHECK:         %[[IS1:.+]] = arith.cmpi eq, %[[TURN:.+]], %c1
// CHECK:         %[[SECOND:.+]] = arith.select %[[IS1]], %{{.+}}, %[[LAST]]
// CHECK:         %[[IS0:.+]] = arith.cmpi eq, %[[TURN]], %c0
// CHECK:         arith.select %[[IS0]], %{{.+}}, %[[SECOND]]
module attributes {task.page_bytes = 1024 : i64, task.slot_bytes = 0 : i64} {
  task.state @a paged : memref<16xf32> offset 0
  task.state @b paged : memref<16xf32> offset 64
  task.state @c paged : memref<16xf32> offset 256
  func.func @unequal_distances(%weights: memref<1099511627776xi8>, %offsets: memref<1099511627776xi64>, %scratch: memref<1099511627776xi8>, %pages: memref<1099511627776xi8>, %slots: memref<1099511627776xi8>, %tokens: memref<1099511627776xi32>, %embeddings: memref<1099511627776xf32>, %positions: memref<1099511627776xi32>, %row_sequence: memref<1099511627776xi32>, %wanted: memref<1099511627776xi32>, %sequence_slot: memref<1099511627776xi32>, %page_table: memref<1099511627776xi32>, %logits: memref<1099511627776xf32>, %rows: index, %wanted_rows: index, %sequences: index, %pages_per_sequence: index, %barrier: memref<1099511627776xi8>, %turn: index, %worker: index, %first_tile: index, %end_tile: index, %tile_step: index, %extent: index, %count: index) {
    %s = task.get_state [@a, @b, @c][%turn] : !task.paged<memref<16xf32>>
    %m = task.page %s[%extent, %count] : !task.paged<memref<16xf32>> -> memref<16xf32>
    return
  }
}

// -----

module attributes {task.page_bytes = 1024 : i64, task.slot_bytes = 0 : i64} {
  // expected-error@+1 {{has no place; run assign-states}}
  task.state @without_place paged : memref<16xf32>
  func.func @state_without_place(%weights: memref<1099511627776xi8>, %offsets: memref<1099511627776xi64>, %scratch: memref<1099511627776xi8>, %pages: memref<1099511627776xi8>, %slots: memref<1099511627776xi8>, %tokens: memref<1099511627776xi32>, %embeddings: memref<1099511627776xf32>, %positions: memref<1099511627776xi32>, %row_sequence: memref<1099511627776xi32>, %wanted: memref<1099511627776xi32>, %sequence_slot: memref<1099511627776xi32>, %page_table: memref<1099511627776xi32>, %logits: memref<1099511627776xf32>, %rows: index, %wanted_rows: index, %sequences: index, %pages_per_sequence: index, %barrier: memref<1099511627776xi8>, %turn: index, %worker: index, %first_tile: index, %end_tile: index, %tile_step: index, %extent: index, %count: index) {
    %s = task.get_state [@without_place] : !task.paged<memref<16xf32>>
    %m = task.page %s[%extent, %count] : !task.paged<memref<16xf32>> -> memref<16xf32>
    return
  }
}

// -----

module attributes {task.page_bytes = 1024 : i64, task.slot_bytes = 0 : i64} {
  func.func @state_from_outside(%s: !task.paged<memref<16xf32>>, %i: index) {
    // expected-error@+1 {{is not in a kernel that gets its state}}
    %m = task.page %s[%i, %i] : !task.paged<memref<16xf32>> -> memref<16xf32>
    return
  }
}

// -----

module {
  task.state @s slot : memref<16xf32> offset 0
  func.func @module_without_size(%weights: memref<1099511627776xi8>, %offsets: memref<1099511627776xi64>, %scratch: memref<1099511627776xi8>, %pages: memref<1099511627776xi8>, %slots: memref<1099511627776xi8>, %tokens: memref<1099511627776xi32>, %embeddings: memref<1099511627776xf32>, %positions: memref<1099511627776xi32>, %row_sequence: memref<1099511627776xi32>, %wanted: memref<1099511627776xi32>, %sequence_slot: memref<1099511627776xi32>, %page_table: memref<1099511627776xi32>, %logits: memref<1099511627776xf32>, %rows: index, %wanted_rows: index, %sequences: index, %pages_per_sequence: index, %barrier: memref<1099511627776xi8>, %turn: index, %worker: index, %first_tile: index, %end_tile: index, %tile_step: index, %extent: index, %count: index) {
    %s = task.get_state [@s] : !task.slotted<memref<16xf32>>
    // expected-error@+1 {{has no size, which is the attribute task.slot_bytes of the module; run assign-states}}
    %m = task.slot %s[%extent] : !task.slotted<memref<16xf32>> -> memref<16xf32>
    return
  }
}
