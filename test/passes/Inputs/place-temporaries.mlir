func.func private @tenon_worker_bytes() -> index
func.func @step(%n: index) attributes {tenon.step = 4 : i64, tenon.worker_bytes = 64 : i64} {
  %bytes = func.call @tenon_worker_bytes() : () -> index
  return
}
func.func private @kernel(%weights: memref<1099511627776xi8>, %offsets: memref<1099511627776xi64>, %scratch: memref<1099511627776xi8>, %pages: memref<1099511627776xi8>, %slots: memref<1099511627776xi8>, %tokens: memref<1099511627776xi32>, %embeddings: memref<1099511627776xf32>, %positions: memref<1099511627776xi32>, %row_sequence: memref<1099511627776xi32>, %wanted: memref<1099511627776xi32>, %sequence_slot: memref<1099511627776xi32>, %page_table: memref<1099511627776xi32>, %logits: memref<1099511627776xf32>, %rows: index, %wanted_rows: index, %sequences: index, %pages_per_sequence: index, %barrier: memref<1099511627776xi8>, %turn: index, %worker: index, %first_tile: index, %end_tile: index, %tile_step: index) attributes {tenon.kernel_of = @step, tenon.rows = 4 : i64} {
  %a = memref.alloc() : memref<64xf32>
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%a : memref<64xf32>)
  return
}
