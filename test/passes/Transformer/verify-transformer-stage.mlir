// RUN: tenon-opt %s -verify-transformer-stage -split-input-file -verify-diagnostics

// The transformer stage has values only: no memory, no order, no machine.

func.func @memory() {
  // expected-error@+1 {{'memref.alloca' op is not allowed in the transformer stage, which has values only}}
  %m = memref.alloca() : memref<4xf32>
  return
}

// -----

func.func @order(%n: index) {
  // expected-error@+2 {{'scf.for' op is not allowed in the transformer stage, which has values only}}
  // expected-error@+1 {{'scf.yield' op is not allowed in the transformer stage, which has values only}}
  scf.for %i = %n to %n step %n {
  }
  return
}

// -----

func.func @machine() {
  // expected-error@+1 {{'llvm.mlir.zero' op is not allowed in the transformer stage, which has values only}}
  %p = llvm.mlir.zero : !llvm.ptr
  return
}

// -----

// expected-error@+1 {{'task.state' op is not allowed in the transformer stage, which has values only}}
task.state @later_stage paged : memref<4xf32>

// -----

func.func @values(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.scale %x by 0.5 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
