// RUN: tenon-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(lower-matmul{vector-registers=32},canonicalize,cse))' | FileCheck %s

// Rows of the weight's type are multiplied by tiles: 2 x 2 of them, with four
// loads for four products in each step of 32 columns.
// CHECK-LABEL: func.func @two_by_two
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<32x64xbf16>, {{.*}}%[[Y:[a-z0-9]+]]: memref<32x32xf32>, %[[N:[a-z0-9]+]]: index)
// CHECK:         scf.for %[[ROW:.+]] = %c0 to %[[N]] step %c32 {
// CHECK:           amx.tile_zero
// CHECK:           %[[SUMS:.+]]:4 = scf.for %[[STEP:.+]] = %c0 to %c2 step %c1
// CHECK-SAME:        -> (!amx.tile<16x16xf32>, !amx.tile<16x16xf32>, !amx.tile<16x16xf32>, !amx.tile<16x16xf32>)
// CHECK-DAG:         %[[X0:.+]] = amx.tile_load %[[X]][%[[ROW]],
// CHECK-DAG:         %[[X1:.+]] = amx.tile_load %[[X]][%[[ROW1:.+]],
// CHECK-DAG:         %[[W0:.+]] = amx.tile_load %{{.+}}[%{{.+}}, %[[LINE:.+]], %c0] : memref<2x32x32xbf16>
// CHECK-DAG:         %[[W1:.+]] = amx.tile_load %{{.+}}[%{{.+}}, %[[LINE]], %c0] : memref<2x32x32xbf16>
// CHECK-NOT:         amx.tile_load
// CHECK:             amx.tile_mulf %[[X0]], %[[W0]],
// CHECK-NEXT:        amx.tile_mulf %[[X0]], %[[W1]],
// CHECK-NEXT:        amx.tile_mulf %[[X1]], %[[W0]],
// CHECK-NEXT:        amx.tile_mulf %[[X1]], %[[W1]],
// CHECK-NEXT:        scf.yield
// CHECK:           amx.tile_store %[[Y]][%[[ROW]], %{{.+}}], %[[SUMS]]#0
// CHECK:           amx.tile_store %[[Y]][%[[ROW]], %{{.+}}], %[[SUMS]]#1
// CHECK:           amx.tile_store %[[Y]][%{{.+}}, %{{.+}}], %[[SUMS]]#2
// CHECK:           amx.tile_store %[[Y]][%{{.+}}, %{{.+}}], %[[SUMS]]#3
func.func @two_by_two(%x: memref<32x64xbf16>, %w: memref<2x32x16x2xbf16>, %y: memref<32x32xf32>, %n: index) {
  task.matmul %x, %w into %y rows %n inputs 64 : memref<32x64xbf16>, memref<2x32x16x2xbf16>, memref<32x32xf32>
  return
}

// -----

// The last of an odd number of blocks is a column of two tiles.
// CHECK-LABEL: func.func @odd_number_of_blocks
// CHECK-COUNT-4: amx.tile_mulf
// CHECK-COUNT-3: amx.tile_load
// CHECK-COUNT-2: amx.tile_mulf
// CHECK-NOT:     {{amx.tile_load|amx.tile_mulf}}
// CHECK:         return
func.func @odd_number_of_blocks(%x: memref<32x32xbf16>, %w: memref<3x16x16x2xbf16>, %y: memref<32x48xf32>, %n: index) {
  task.matmul %x, %w into %y rows %n inputs 32 : memref<32x32xbf16>, memref<3x16x16x2xbf16>, memref<32x48xf32>
  return
}

// -----

// A head of 16 columns is one block: there is no pair to loop over.
// CHECK-LABEL: func.func @one_block
// CHECK-COUNT-2: amx.tile_mulf
// CHECK-NOT:     amx.tile_mulf
// CHECK:         return
func.func @one_block(%x: memref<32x32xbf16>, %w: memref<1x16x16x2xbf16>, %y: memref<32x16xf32>, %n: index) {
  task.matmul %x, %w into %y rows %n inputs 32 : memref<32x32xbf16>, memref<1x16x16x2xbf16>, memref<32x16xf32>
  return
}
