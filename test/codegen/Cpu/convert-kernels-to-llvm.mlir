// RUN: tenon-opt %s -convert-kernels-to-llvm -canonicalize -split-input-file | FileCheck %s

// Memory is a bare pointer: an address is a sum of an offset and the pointer.
// CHECK-LABEL: llvm.func @bare_pointers(
// CHECK-SAME:    %[[P:[a-z0-9]+]]: !llvm.ptr, %{{[a-z0-9]+}}: i64) -> f32
// CHECK-NOT:     llvm.call
// CHECK:         %[[A:.+]] = llvm.getelementptr {{.*}}%[[P]][
// CHECK-NEXT:    llvm.load %[[A]]
func.func @bare_pointers(%m: memref<1099511627776xf32>, %i: index) -> f32 {
  %e = memref.load %m[%i] : memref<1099511627776xf32>
  return %e : f32
}

// -----

// A tile of AMX may be an argument of a block: sums stay in tiles in a loop.
// CHECK-LABEL: llvm.func @tile_in_a_block
// CHECK:         llvm.br ^[[LOOP:.+]](%{{.+}}, %{{.+}} : i64, !llvm.x86_amx)
// CHECK:       ^[[LOOP]](%{{.+}}: i64, %[[SUM:.+]]: !llvm.x86_amx):
// CHECK:         %[[X:.+]] = llvm.call_intrinsic "llvm.x86.tileloadd64.internal"
// CHECK:         llvm.call_intrinsic "llvm.x86.tdpbf16ps.internal"({{.*}}%[[SUM]], %[[X]], %[[X]])
// CHECK:         llvm.call_intrinsic "llvm.x86.tilestored64.internal"
func.func @tile_in_a_block(%x: memref<16x32xbf16>, %y: memref<16x16xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = amx.tile_zero : !amx.tile<16x16xf32>
  cf.br ^loop(%c0, %zero : index, !amx.tile<16x16xf32>)
^loop(%i: index, %sum: !amx.tile<16x16xf32>):
  %a = amx.tile_load %x[%c0, %c0] : memref<16x32xbf16> into !amx.tile<16x32xbf16>
  %next = amx.tile_mulf %a, %a, %sum : !amx.tile<16x32xbf16>, !amx.tile<16x32xbf16>, !amx.tile<16x16xf32>
  %j = arith.addi %i, %c1 : index
  %more = arith.cmpi ult, %j, %n : index
  cf.cond_br %more, ^loop(%j, %next : index, !amx.tile<16x16xf32>), ^end
^end:
  amx.tile_store %y[%c0, %c0], %next : memref<16x16xf32>, !amx.tile<16x16xf32>
  return
}

// -----

// A mask of the first lanes is a comparison of 32-bit lane numbers.
// CHECK-LABEL: llvm.func @first_lanes
// CHECK:         %[[LANES:.+]] = llvm.mlir.constant(dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]> : vector<16xi32>)
// CHECK:         llvm.icmp "{{s[gl]t}}" {{.*}} : vector<16xi32>
func.func @first_lanes(%m: memref<16xf32>, %n: index, %v: vector<16xf32>) {
  %c0 = arith.constant 0 : index
  %mask = vector.create_mask %n : vector<16xi1>
  vector.maskedstore %m[%c0], %mask, %v : memref<16xf32>, vector<16xi1>, vector<16xf32>
  return
}

// -----

// A sum over lanes may be taken in any order, as a tree.
// CHECK-LABEL: llvm.func @sum_of_lanes
// CHECK:         "llvm.intr.vector.reduce.fadd"({{.*}}) <{fastmathFlags = #llvm.fastmath<reassoc>}>
func.func @sum_of_lanes(%v: vector<16xf32>) -> f32 {
  %s = vector.reduction <add>, %v : vector<16xf32> into f32
  return %s : f32
}
