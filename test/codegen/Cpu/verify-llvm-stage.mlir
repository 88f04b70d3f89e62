// RUN: tenon-opt %s -verify-llvm-stage -split-input-file -verify-diagnostics

// expected-error@+1 {{'func.func' op is not allowed in the llvm stage; no pass of it converts this op}}
func.func private @left_over()

// -----

llvm.func @expf(f32) -> f32
llvm.func @kernel(%x: f32) -> f32 {
  // expected-error@+1 {{'llvm.call' op calls 'expf', which has no body; of the runtime, code calls 'tenon_barrier' only}}
  %y = llvm.call @expf(%x) : (f32) -> f32
  llvm.return %y : f32
}

// -----

llvm.func @tenon_barrier(!llvm.ptr)
llvm.func @step(%barrier: !llvm.ptr) {
  llvm.call @tenon_barrier(%barrier) : (!llvm.ptr) -> ()
  llvm.return
}
llvm.func @twice(%x: f32) -> f32 {
  %y = llvm.fadd %x, %x : f32
  llvm.return %y : f32
}
llvm.func @kernel(%x: f32) -> f32 {
  %y = llvm.call @twice(%x) : (f32) -> f32
  llvm.return %y : f32
}
