// RUN: tenon-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(lower-matmul{vector-registers=32},canonicalize,cse))' | FileCheck %s

// A line of bf16 holds two columns of 16 rows: the even one is the lower half of
// each 32 bits, moved up; the odd one the upper half. Both are exact in f32.
// CHECK-LABEL: @two_columns_in_a_line
// CHECK-DAG:     %[[HALF:.+]] = arith.constant dense<16> : vector<16xi32>
// CHECK-DAG:     %[[UPPER:.+]] = arith.constant dense<-65536> : vector<16xi32>
// CHECK:         %[[LINE:.+]] = vector.load %{{.+}} : memref<1x1x32xbf16>, vector<32xbf16>
// CHECK:         %[[BITS:.+]] = vector.bitcast %[[LINE]] : vector<32xbf16> to vector<16xi32>
// CHECK-DAG:     %[[EVEN_BITS:.+]] = arith.shli %[[BITS]], %[[HALF]]
// CHECK-DAG:     %[[ODD_BITS:.+]] = arith.andi %[[BITS]], %[[UPPER]]
// CHECK-DAG:     %[[EVEN:.+]] = vector.bitcast %[[EVEN_BITS]] : vector<16xi32> to vector<16xf32>
// CHECK-DAG:     %[[ODD:.+]] = vector.bitcast %[[ODD_BITS]] : vector<16xi32> to vector<16xf32>
// CHECK-DAG:     %[[X0:.+]] = memref.load %{{.+}}[%c0, %c0]
// CHECK-DAG:     %[[B0:.+]] = vector.broadcast %[[X0]]
// CHECK-DAG:     %[[X1:.+]] = memref.load %{{.+}}[%c0, %c1]
// CHECK-DAG:     %[[B1:.+]] = vector.broadcast %[[X1]]
// CHECK-DAG:     vector.fma %[[EVEN]], %[[B0]],
// CHECK-DAG:     vector.fma %[[ODD]], %[[B1]],
// CHECK:         vector.store
func.func @two_columns_in_a_line(%x: memref<1x2xf32>, %w: memref<1x1x16x2xbf16>, %y: memref<1x16xf32>, %n: index) {
  task.matmul %x, %w into %y rows %n inputs 2 : memref<1x2xf32>, memref<1x1x16x2xbf16>, memref<1x16xf32>
  return
}

// -----

// The last of an odd number of columns is multiplied alone: the input has no
// column behind it.
// CHECK-LABEL: @odd_number_of_columns
// CHECK-COUNT-3: vector.fma
// CHECK-NOT:     vector.fma
// CHECK:         return
func.func @odd_number_of_columns(%x: memref<1x3xf32>, %w: memref<1x16x16x2xbf16>, %y: memref<1x16xf32>, %n: index) {
  task.matmul %x, %w into %y rows %n inputs 3 : memref<1x3xf32>, memref<1x16x16x2xbf16>, memref<1x16xf32>
  return
}

// -----

// A line of f16 or f32 is one column; f16 is widened.
// CHECK-LABEL: @one_column_in_a_line
// CHECK:         %[[LINE:.+]] = vector.load %{{.+}} : memref<1x1x16xf16>, vector<16xf16>
// CHECK-NEXT:    %[[WIDE:.+]] = arith.extf %[[LINE]] : vector<16xf16> to vector<16xf32>
// CHECK:         vector.fma %[[WIDE]],
// CHECK:         %[[LINE2:.+]] = vector.load %{{.+}} : memref<1x1x16xf32>, vector<16xf32>
// CHECK-NOT:     arith.extf
// CHECK:         vector.fma %[[LINE2]],
func.func @one_column_in_a_line(%x: memref<1x1xf32>, %h: memref<1x1x16x1xf16>, %w: memref<1x1x16x1xf32>,
                                %y: memref<1x16xf32>, %z: memref<1x16xf32>, %n: index) {
  task.matmul %x, %h into %y rows %n inputs 1 : memref<1x1xf32>, memref<1x1x16x1xf16>, memref<1x16xf32>
  task.matmul %x, %w into %z rows %n inputs 1 : memref<1x1xf32>, memref<1x1x16x1xf32>, memref<1x16xf32>
  return
}

// -----

// For up to 8 rows the smallest kernel that takes them all is chosen when the
// step runs; in each a line is loaded once for all rows.
// CHECK-LABEL: func.func @few_rows
// CHECK-SAME:    %[[N:[a-z0-9]+]]: index)
// CHECK:         %[[ONE:.+]] = arith.cmpi ule, %[[N]], %c1
// CHECK:         scf.if %[[ONE]]
// CHECK-COUNT-1:   vector.fma
// CHECK:         } else {
// CHECK:           %[[TWO:.+]] = arith.cmpi ule, %[[N]], %c2
// CHECK:           scf.if %[[TWO]]
// CHECK:             vector.load
// CHECK-COUNT-2:     vector.fma
// CHECK-NOT:         vector.fma
// CHECK:           } else {
// CHECK:             %[[FOUR:.+]] = arith.cmpi ule, %[[N]], %c4
// CHECK:             scf.if %[[FOUR]]
// CHECK:               vector.load
// CHECK-COUNT-4:       vector.fma
// CHECK-NOT:           vector.fma
// CHECK:             } else {
// CHECK:               vector.load
// CHECK-COUNT-8:       vector.fma
// CHECK-NOT:           {{vector.load|vector.fma}}
// CHECK:         return
func.func @few_rows(%x: memref<8x1xf32>, %w: memref<1x1x16x1xf32>, %y: memref<8x16xf32>, %n: index) {
  task.matmul %x, %w into %y rows %n inputs 1 : memref<8x1xf32>, memref<1x1x16x1xf32>, memref<8x16xf32>
  return
}

// -----

// More rows are taken eight at a time; those behind the last exist.
// CHECK-LABEL: func.func @many_rows
// CHECK-SAME:    %[[N:[a-z0-9]+]]: index)
// CHECK:         scf.for %{{.+}} = %c0 to %[[N]] step %c8 {
// CHECK-COUNT-8:   vector.fma
// CHECK-NOT:       vector.fma
// CHECK:         return
func.func @many_rows(%x: memref<32x1xf32>, %w: memref<1x1x16x1xf32>, %y: memref<32x16xf32>, %n: index) {
  task.matmul %x, %w into %y rows %n inputs 1 : memref<32x1xf32>, memref<1x1x16x1xf32>, memref<32x16xf32>
  return
}

// -----

// Four sums of one row are independent, so that the latency of fma is hidden;
// they are added at the end.
// CHECK-LABEL: @independent_sums
// CHECK:         %[[SUMS:.+]]:4 = scf.for
// CHECK:           %[[A:.+]] = vector.fma %{{.+}}, %{{.+}}, %[[S0:.+]] :
// CHECK:           %[[B:.+]] = vector.fma
// CHECK:           %[[C:.+]] = vector.fma
// CHECK:           %[[D:.+]] = vector.fma
// CHECK:           scf.yield %[[A]], %[[B]], %[[C]], %[[D]]
// CHECK:         arith.addf %[[SUMS]]#0, %[[SUMS]]#1
// CHECK:         arith.addf
// CHECK:         arith.addf
// CHECK-NEXT:    vector.store
func.func @independent_sums(%x: memref<1x8xf32>, %w: memref<1x8x16x1xf32>, %y: memref<1x16xf32>, %n: index) {
  task.matmul %x, %w into %y rows %n inputs 8 : memref<1x8xf32>, memref<1x8x16x1xf32>, memref<1x16xf32>
  return
}

// -----

// Of 12 rows six are taken at once: eight would take four that do not exist.
// CHECK-LABEL: func.func @rows_that_exist
// CHECK-SAME:    %[[N:[a-z0-9]+]]: index)
// CHECK:         scf.for %{{.+}} = %c0 to %[[N]] step %c6 {
// CHECK-COUNT-6:   vector.fma
// CHECK-NOT:       vector.fma
// CHECK:         return
func.func @rows_that_exist(%x: memref<12x1xf32>, %w: memref<1x1x16x1xf32>, %y: memref<12x16xf32>, %n: index) {
  task.matmul %x, %w into %y rows %n inputs 1 : memref<12x1xf32>, memref<1x1x16x1xf32>, memref<12x16xf32>
  return
}
