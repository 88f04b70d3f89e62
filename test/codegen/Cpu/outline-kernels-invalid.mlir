// RUN: tenon-opt %s -outline-kernels -verify-diagnostics

// What a CPU has no form of is refused at the op.
task.step @no_form rows 4 scratch 1024 worker 256 {
^bb0(%tokens: memref<4xi32>, %positions: memref<4x1xi32>, %sequence: memref<4xi32>,
     %slot: memref<4xi32>, %wanted: memref<4xi32>, %logits: memref<4x32xf32>,
     %rows: index, %wantedRows: index, %sequences: index):
  // expected-error@+1 {{'func.call' op has no form on a CPU}}
  func.call @other() : () -> ()
}
func.func private @other()
