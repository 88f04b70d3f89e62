// Pages hold as many positions as their types say: attention over three pages of
// 16 gives the numbers of attention over one page of 64.
//
// Tolerance 1e-6: the sums are the same, in the same order.

// RUN: sed 's/POSITIONS/64/g' %s >%t.64.mlir && sed 's/POSITIONS/16/g' %s >%t.16.mlir
// RUN: tenon run %t.64.mlir --reference --tokens=3,1,4,1,5,9,2,6,5,3,5,8,9,7,9,3,2,3,8,4,6,2,6,4,3,3,8,3,2,7,9,5,0,2,8,8,4,1 --output=%t.npy
// RUN: tenon run %t.16.mlir --reference --tokens=3,1,4,1,5,9,2,6,5,3,5,8,9,7,9,3,2,3,8,4,6,2,6,4,3,3,8,3,2,7,9,5,0,2,8,8,4,1 \
// RUN:   --workers=3 --seed=7 --expect=%t.npy --tolerance=1e-6
// RUN: %exits-with 4 tenon run %t.16.mlir --reference --tokens=3,1,4,1,5,9,2,6,5,3,5,8,9,7,9,3,2,3,8,4,6,2,6,4,3,3,8,3,2,7,9,5,0,2,8,8,4,2 \
// RUN:   --expect=%t.npy --tolerance=1e-6 2>&1 | FileCheck %s
// CHECK: error: result 0 of @step differs from '{{.*}}.npy'

task.state @keys paged : memref<1x16xPOSITIONSxf32>
task.state @values paged : memref<1xPOSITIONSx16xf32>
task.step @step rows 64 {
^bb0(%tokens: memref<64xi32>, %positions: memref<64x1xi32>, %sequence: memref<64xi32>,
     %slot: memref<64xi32>, %wanted: memref<64xi32>, %logits: memref<64x16xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %k = task.get_state [@keys] : !task.paged<memref<1x16xPOSITIONSxf32>>
  %v = task.get_state [@values] : !task.paged<memref<1xPOSITIONSx16xf32>>
  %q = task.buffer : memref<64x16xf32>
  task.phase "append" tiles(%rows) max [64]
      touches(%tokens, %positions, %sequence, %q, %k, %v
              : memref<64xi32>, memref<64x1xi32>, memref<64xi32>, memref<64x16xf32>,
                !task.paged<memref<1x16xPOSITIONSxf32>>, !task.paged<memref<1xPOSITIONSx16xf32>>)
      as [#task.access<read>, #task.access<read>, #task.access<read>, #task.access<write>,
          #task.access<update>, #task.access<update>] body {
  ^bb0(%i: index, %token: memref<64xi32>, %position: memref<64x1xi32>, %owner: memref<64xi32>,
       %query: memref<64x16xf32>, %keys: !task.paged<memref<1x16xPOSITIONSxf32>>,
       %values: !task.paged<memref<1xPOSITIONSx16xf32>>):
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c5 = arith.constant 5 : index
    %c7 = arith.constant 7 : index
    %c16 = arith.constant 16 : index
    %size = arith.constant POSITIONS : index
    %quarter = arith.constant 0.25 : f32
    %t32 = memref.load %token[%i] : memref<64xi32>
    %t = arith.index_cast %t32 : i32 to index
    %p32 = memref.load %position[%i, %c0] : memref<64x1xi32>
    %p = arith.index_cast %p32 : i32 to index
    %s32 = memref.load %owner[%i] : memref<64xi32>
    %s = arith.index_cast %s32 : i32 to index
    %number = arith.divui %p, %size : index
    %at = arith.remui %p, %size : index
    %keyPage = task.page %keys[%s, %number] : !task.paged<memref<1x16xPOSITIONSxf32>> -> memref<1x16xPOSITIONSxf32>
    %valuePage = task.page %values[%s, %number] : !task.paged<memref<1xPOSITIONSx16xf32>> -> memref<1xPOSITIONSx16xf32>
    scf.for %d = %c0 to %c16 step %c1 {
      %td = arith.muli %t, %d : index
      %a = arith.remui %td, %c7 : index
      %b = arith.addi %a, %t : index
      %c = arith.remui %b, %c5 : index
      %a32 = arith.index_cast %a : index to i32
      %c32 = arith.index_cast %c : index to i32
      %af = arith.sitofp %a32 : i32 to f32
      %cf = arith.sitofp %c32 : i32 to f32
      %key = arith.mulf %af, %quarter : f32
      memref.store %key, %query[%i, %d] : memref<64x16xf32>
      memref.store %key, %keyPage[%c0, %d, %at] : memref<1x16xPOSITIONSxf32>
      memref.store %cf, %valuePage[%c0, %at, %d] : memref<1xPOSITIONSx16xf32>
    }
    task.yield
  }
  task.phase "attend" tiles(%wantedRows) max [64]
      touches(%q, %k, %v, %positions, %sequence, %logits
              : memref<64x16xf32>, !task.paged<memref<1x16xPOSITIONSxf32>>,
                !task.paged<memref<1xPOSITIONSx16xf32>>, memref<64x1xi32>, memref<64xi32>, memref<64x16xf32>)
      as [#task.access<read>, #task.access<read>, #task.access<read>, #task.access<read>,
          #task.access<read>, #task.access<write>] body {
  ^bb0(%i: index, %query: memref<64x16xf32>, %keys: !task.paged<memref<1x16xPOSITIONSxf32>>,
       %values: !task.paged<memref<1xPOSITIONSx16xf32>>, %position: memref<64x1xi32>,
       %owner: memref<64xi32>, %y: memref<64x16xf32>):
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %next = arith.addi %i, %c1 : index
    task.attend %query, %keys, %values at %position, %owner into %y rows %i to %next head %c0
        heads 1 head_dim 16 scale 0.25 window 0 softcap 0.0
        : memref<64x16xf32>, !task.paged<memref<1x16xPOSITIONSxf32>>,
          !task.paged<memref<1xPOSITIONSx16xf32>>, memref<64x1xi32>, memref<64xi32>, memref<64x16xf32>
    task.yield
  }
}
