// Row i below the number of odd tokens begins with 4 times as many numbers as
// there are rows, each that number; everything else is zero.
module attributes {task.page_bytes = 0 : i64, task.slot_bytes = 0 : i64} {
  task.step @step_8 rows 8 scratch 0 worker 0 {
  ^bb0(%tokens: memref<8xi32>, %positions: memref<8x1xi32>, %sequence: memref<8xi32>,
       %slot: memref<8xi32>, %wanted: memref<8xi32>, %logits: memref<8x512xf32>,
       %rows: index, %wantedRows: index, %sequences: index):
    %odd, %size = task.plan -> index, index {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c4 = arith.constant 4 : index
      %bit = arith.constant 1 : i32
      %zero = arith.constant 0 : i32
      %n = scf.for %i = %c0 to %rows step %c1 iter_args(%before = %c0) -> (index) {
        %token = memref.load %tokens[%i] : memref<8xi32>
        %lowest = arith.andi %token, %bit : i32
        %even = arith.cmpi eq, %lowest, %zero : i32
        %one = arith.select %even, %c0, %c1 : index
        %after = arith.addi %before, %one : index
        scf.yield %after : index
      }
      %m = arith.muli %rows, %c4 : index
      task.yield %n, %m : index, index
    }
    task.phase "clear" tiles(%wantedRows) max [8] touches(%logits : memref<8x512xf32>)
        as [#task.access<write, (d0) -> (d0, 0)>] body {
    ^bb0(%i: index, %row: memref<1x512xf32, strided<[512, 1], offset: ?>>):
      %zero = arith.constant 0.0 : f32
      linalg.fill ins(%zero : f32) outs(%row : memref<1x512xf32, strided<[512, 1], offset: ?>>)
      task.yield
    }
    task.barrier
    task.phase "mark" tiles(%odd) max [8] touches(%logits : memref<8x512xf32>)
        as [#task.access<update, (d0) -> (d0, 0)>] values(%odd, %size) max [8, 32] body {
    ^bb0(%i: index, %row: memref<1x512xf32, strided<[512, 1], offset: ?>>, %n: index, %m: index):
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %other = arith.constant -1.0 : f32
      %n32 = arith.index_cast %n : index to i32
      %number = arith.sitofp %n32 : i32 to f32
      %a = memref.alloc(%m) : memref<?xf32>
      %b = memref.alloc(%m) : memref<?xf32>
      linalg.fill ins(%number : f32) outs(%a : memref<?xf32>)
      linalg.fill ins(%other : f32) outs(%b : memref<?xf32>)
      scf.for %j = %c0 to %m step %c1 {
        %x = memref.load %a[%j] : memref<?xf32>
        memref.store %x, %row[%c0, %j] : memref<1x512xf32, strided<[512, 1], offset: ?>>
      }
      task.yield
    }
  }
}
