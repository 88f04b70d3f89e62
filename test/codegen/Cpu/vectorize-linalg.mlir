// RUN: tenon-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(vectorize-linalg,canonicalize,cse))' | FileCheck %s

// Columns that divide by the lanes need no mask.
// CHECK-LABEL: @columns_divide
// CHECK-DAG:     %[[ZEROS:.+]] = arith.constant dense<0.000000e+00> : vector<16xf32>
// CHECK-DAG:     %[[STEP:.+]] = arith.constant 16 : index
// CHECK-DAG:     %[[COLUMNS:.+]] = arith.constant 32 : index
// CHECK:         scf.for %[[R:.+]] =
// CHECK-NEXT:      scf.for %[[C:.+]] = %{{.+}} to %[[COLUMNS]] step %[[STEP]]
// CHECK-NEXT:        vector.store %[[ZEROS]], %{{.+}}[%[[R]], %[[C]]]
// CHECK-NOT:     vector.maskedstore
// CHECK:         return
func.func @columns_divide(%m: memref<?x32xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%m : memref<?x32xf32>)
  return
}

// -----

// What is left of a static size is one step under a constant mask.
// CHECK-LABEL: @static_remainder
// CHECK-DAG:     %[[MASK:.+]] = arith.constant dense<[true, true, false, {{.*}}]> : vector<16xi1>
// CHECK-DAG:     %[[FULL:.+]] = arith.constant 32 : index
// CHECK:         scf.for %[[R:.+]] =
// CHECK:           scf.for
// CHECK:             vector.store
// CHECK:           vector.maskedload %{{.+}}[%[[R]], %[[FULL]]], %[[MASK]]
// CHECK:           vector.maskedstore %{{.+}}[%[[R]], %[[FULL]]], %[[MASK]]
func.func @static_remainder(%from: memref<?x34xf32>, %to: memref<?x34xf32>) {
  memref.copy %from, %to : memref<?x34xf32> to memref<?x34xf32>
  return
}

// -----

// What is left of a dynamic size is counted, and may be nothing.
// CHECK-LABEL: @dynamic_remainder
// CHECK-DAG:     %[[NUMBERS:.+]] = arith.constant dense<[0, 1, 2, {{.*}}, 15]> : vector<16xi32>
// CHECK-DAG:     %[[LANES:.+]] = arith.constant 16 : index
// CHECK:         %[[SIZE:.+]] = memref.dim
// CHECK:         %[[REST:.+]] = arith.remui %[[SIZE]], %[[LANES]]
// CHECK:         %[[FULL:.+]] = arith.subi %[[SIZE]], %[[REST]]
// CHECK:         scf.for %{{.+}} to %[[FULL]] step
// CHECK:         %[[ANY:.+]] = arith.cmpi ne, %[[FULL]], %[[SIZE]]
// CHECK:         scf.if %[[ANY]]
// CHECK:           %[[MASK:.+]] = arith.cmpi sgt, %{{.+}}, %[[NUMBERS]]
// CHECK:           vector.maskedload %{{.+}}[%[[FULL]]], %[[MASK]]
func.func @dynamic_remainder(%from: memref<?xf32>, %to: memref<?xf32>) {
  memref.copy %from, %to : memref<?xf32> to memref<?xf32>
  return
}

// -----

// A machine without masks for 16 bits takes the rest one by one.
// CHECK-LABEL: @narrow_remainder
// CHECK:         vector.load {{.*}} vector<16xbf16>
// CHECK-NOT:     vector.maskedload
// CHECK:         scf.for
// CHECK-NEXT:      memref.load
// CHECK-NEXT:      memref.store
func.func @narrow_remainder(%from: memref<18xbf16>, %to: memref<18xbf16>) {
  memref.copy %from, %to : memref<18xbf16> to memref<18xbf16>
  return
}

// -----

// An operand without the columns is read in front of their loop.
// CHECK-LABEL: @row_operand
// CHECK:         scf.for %[[R:.+]] =
// CHECK:           %[[S:.+]] = memref.load %{{.+}}[%[[R]]] : memref<?xf32>
// CHECK:           %[[ROOT:.+]] = math.rsqrt %[[S]] : f32
// CHECK:           scf.for %[[C:.+]] =
// CHECK:             %[[X:.+]] = vector.load %{{.+}}[%[[R]], %[[C]]]
// CHECK:             %[[WIDE:.+]] = vector.broadcast %[[ROOT]]
// CHECK:             arith.mulf %[[X]], %[[WIDE]] : vector<16xf32>
func.func @row_operand(%x: memref<?x64xf32>, %s: memref<?xf32>, %y: memref<?x64xf32>) {
  linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (r)>,
                                   affine_map<(r, c) -> (r, c)>],
                  iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : memref<?x64xf32>, memref<?xf32>) outs(%y : memref<?x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %root = math.rsqrt %b : f32
    %product = arith.mulf %a, %root : f32
    linalg.yield %product : f32
  }
  return
}

// -----

// Lanes of a bf16 are widened together.
// CHECK-LABEL: @narrow_elements
// CHECK:         %[[X:.+]] = vector.load %{{.+}} : memref<32xbf16>, vector<16xbf16>
// CHECK:         arith.extf %[[X]] : vector<16xbf16> to vector<16xf32>
func.func @narrow_elements(%x: memref<32xbf16>, %y: memref<32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(c) -> (c)>, affine_map<(c) -> (c)>],
                  iterator_types = ["parallel"]}
      ins(%x : memref<32xbf16>) outs(%y : memref<32xf32>) {
  ^bb0(%a: bf16, %o: f32):
    %wide = arith.extf %a : bf16 to f32
    linalg.yield %wide : f32
  }
  return
}

// -----

// A short sum has one vector of partial sums; its lanes are added by halves.
// CHECK-LABEL: @short_sum
// CHECK:         %[[PARTIAL:.+]] = scf.for {{.*}} iter_args(%[[ACC:.+]] = %{{.+}}) -> (vector<16xf32>)
// CHECK:           arith.addf %[[ACC]]
// CHECK:         vector.shuffle %[[PARTIAL]], %[[PARTIAL]] [0, 1, 2, 3, 4, 5, 6, 7]
// CHECK:         vector.shuffle %[[PARTIAL]], %[[PARTIAL]] [8, 9, 10, 11, 12, 13, 14, 15]
// CHECK:         %[[SUM:.+]] = vector.extract
// CHECK:         %[[INITIAL:.+]] = memref.load
// CHECK:         arith.addf %[[INITIAL]], %[[SUM]]
func.func @short_sum(%x: memref<?x64xf32>, %sums: memref<?xf32>) {
  linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (r)>],
                  iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<?x64xf32>) outs(%sums : memref<?xf32>) {
  ^bb0(%a: f32, %s: f32):
    %sum = arith.addf %s, %a : f32
    linalg.yield %sum : f32
  }
  return
}

// -----

// A long one has four; lanes beyond its end do not count.
// CHECK-LABEL: @long_maximum
// CHECK-DAG:     %[[NEUTRAL:.+]] = arith.constant dense<0xFF800000> : vector<16xf32>
// CHECK:         %[[PARTIAL:.+]]:4 = scf.for {{.*}} iter_args(%{{.+}} = %[[NEUTRAL]], %{{.+}} = %[[NEUTRAL]],
// CHECK:         %[[READ:.+]] = vector.maskedload
// CHECK:         %[[MORE:.+]] = arith.maximumf %[[BEFORE:.+]], %[[READ]]
// CHECK:         arith.select %{{.+}}, %[[MORE]], %[[BEFORE]]
func.func @long_maximum(%x: memref<133xf32>, %most: memref<f32>) {
  linalg.generic {indexing_maps = [affine_map<(c) -> (c)>, affine_map<(c) -> ()>],
                  iterator_types = ["reduction"]}
      ins(%x : memref<133xf32>) outs(%most : memref<f32>) {
  ^bb0(%a: f32, %m: f32):
    %larger = arith.maximumf %a, %m : f32
    linalg.yield %larger : f32
  }
  return
}

// -----

// A row of a table is read in lanes, as its columns are those of the loop.
// CHECK-LABEL: @lookup
// CHECK:         %[[ROW:.+]] = arith.index_cast
// CHECK:         scf.for %[[C:.+]] =
// CHECK:           vector.load %{{.+}}[%[[ROW]], %[[C]]] : memref<1000x64xf32>, vector<16xf32>
func.func @lookup(%ids: memref<?xi32>, %table: memref<1000x64xf32>, %y: memref<?x64xf32>) {
  linalg.generic {indexing_maps = [affine_map<(r, c) -> (r)>, affine_map<(r, c) -> (r, c)>],
                  iterator_types = ["parallel", "parallel"]}
      ins(%ids : memref<?xi32>) outs(%y : memref<?x64xf32>) {
  ^bb0(%id: i32, %o: f32):
    %row = arith.index_cast %id : i32 to index
    %column = linalg.index 1 : index
    %read = memref.load %table[%row, %column] : memref<1000x64xf32>
    linalg.yield %read : f32
  }
  return
}
