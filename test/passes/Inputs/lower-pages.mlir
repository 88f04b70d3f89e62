module attributes {task.page_bytes = 1024 : i64, task.slot_bytes = 0 : i64} {
  task.state @keys paged : memref<1x4x64xbf16> offset 512
  func.func @kernel(%weights: memref<1099511627776xi8>, %offsets: memref<1099511627776xi64>, %scratch: memref<1099511627776xi8>, %pages: memref<1099511627776xi8>, %slots: memref<1099511627776xi8>, %tokens: memref<1099511627776xi32>, %embeddings: memref<1099511627776xf32>, %positions: memref<1099511627776xi32>, %row_sequence: memref<1099511627776xi32>, %wanted: memref<1099511627776xi32>, %sequence_slot: memref<1099511627776xi32>, %page_table: memref<1099511627776xi32>, %logits: memref<1099511627776xf32>, %rows: index, %wanted_rows: index, %sequences: index, %pages_per_sequence: index, %barrier: memref<1099511627776xi8>, %turn: index, %worker: index, %first_tile: index, %end_tile: index, %tile_step: index, %sequence: index, %page: index) -> memref<1x4x64xbf16> {
    %keys = task.get_state [@keys] : !task.paged<memref<1x4x64xbf16>>
    %m = task.page %keys[%sequence, %page] : !task.paged<memref<1x4x64xbf16>> -> memref<1x4x64xbf16>
    return %m : memref<1x4x64xbf16>
  }
}
