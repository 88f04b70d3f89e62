// RUN: tenon-opt %s -outline-kernels -split-input-file -verify-diagnostics

// What a CPU has no form of is refused at the op.
task.step @no_form rows 4 scratch 1024 worker 256 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{'func.call' op has no form on a CPU}}
  func.call @other() : () -> ()
}
func.func private @other()

// -----

// What is no memory of the step cannot be touched on a CPU.
task.step @no_memory rows 4 scratch 1024 worker 256 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  %table = arith.constant dense<0.5> : tensor<4xf32>
  // expected-error@+1 {{'task.phase' op touches an operand of type 'tensor<4xf32>', which has no memory on a CPU; expected a buffer, weight, state or argument of the step}}
  task.phase "scale" tiles(%rows) max [4] touches(%table : tensor<4xf32>) as [#task.access<read>] body {
  ^bb0(%tile: index, %view: tensor<4xf32>):
    task.yield
  }
}
