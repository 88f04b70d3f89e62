// RUN: tenon-opt %s -bufferize-reference | FileCheck %s --check-prefix=MEMORY
// RUN: tenon run %s --reference --function=memory_comes_from_the_host --mlir-print-ir-after-all 2>&1 | FileCheck %s --check-prefix=LLVM

// What is written to a copy stays out of the original; the copy is a loop of
// ours, not a call into a library.
// MEMORY-LABEL: @copy_is_a_linalg_op
// MEMORY:         memref.alloc
// MEMORY:         linalg.generic
// MEMORY-NOT:     memref.copy
// MEMORY:         return
func.func @copy_is_a_linalg_op(%x: tensor<4xf32> {bufferization.writable = false}, %v: f32)
    -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %y = tensor.insert %v into %x[%c0] : tensor<4xf32>
  return %y : tensor<4xf32>
}

// LLVM: IR Dump After {{.*}}LowerReference

// Memory comes from the host; a public function has a C interface.
// LLVM-LABEL: llvm.func @memory_comes_from_the_host
// LLVM:         llvm.call @_mlir_memref_to_llvm_alloc
// LLVM:       llvm.func @_mlir_ciface_memory_comes_from_the_host
func.func @memory_comes_from_the_host() -> tensor<4xf32> {
  %x = tensor.empty() : tensor<4xf32>
  return %x : tensor<4xf32>
}

// bfloat16 is rounded by integer arithmetic, and mathematics is libm's but for
// the reciprocal square root.
// LLVM-LABEL: llvm.func @numbers
// LLVM-NOT:     llvm.fptrunc
// LLVM:         llvm.call @erff
// LLVM:         llvm.fdiv
// LLVM-NOT:     rsqrt
// LLVM:         llvm.return
func.func @numbers(%x: tensor<f32>) -> (tensor<bf16>, tensor<f32>) {
  %e = tensor.extract %x[] : tensor<f32>
  %b = arith.truncf %e : f32 to bf16
  %tb = tensor.from_elements %b : tensor<bf16>
  %f = math.erf %e : f32
  %r = math.rsqrt %f : f32
  %tr = tensor.from_elements %r : tensor<f32>
  return %tb, %tr : tensor<bf16>, tensor<f32>
}
