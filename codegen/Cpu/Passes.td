//===- Passes.td - Passes that write kernels for CPUs ------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_CPU_PASSES_TD
#define TENON_CODEGEN_CPU_PASSES_TD

include "mlir/Pass/PassBase.td"

def OutlineKernelsPass : Pass<"outline-kernels", "::mlir::ModuleOp"> {
  let summary = "makes each phase a function and the step their calls";
  let description = [{
    The functions take the members of rt::StepArguments; a kernel also takes the
    turn of its repeat and the range of tiles that it computes.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def LowerMatmulPass : Pass<"lower-matmul", "::mlir::func::FuncOp"> {
  let summary = "writes task.matmul as vector or tile code";
  let description = [{
    An input of f32 is multiplied by vectors, one of the weight's type by tiles.
  }];
  let options = [
    Option<"vectorRegisters", "vector-registers", "int64_t", /*default=*/"8",
           "registers of 16 f32 that the machine has">
  ];
  let dependentDialects = ["::mlir::amx::AMXDialect", "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def LowerAttendPass : Pass<"lower-attend", "::mlir::func::FuncOp"> {
  let summary = "writes task.attend as vector code with a running softmax";
  let description = "Scores of 16 positions are a vector; see LowerAttend.cpp.";
  let options = [
    Option<"vectorRegisters", "vector-registers", "int64_t", /*default=*/"8",
           "registers of 16 f32 that the machine has">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def LowerPagesPass : Pass<"lower-pages", "::mlir::ModuleOp"> {
  let summary = "finds pages of states in memory";
  let description = [{
    `task.page` becomes a view of the page memory at the number that the
    sequence's page table holds, and at the state's offset in a page.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def PlaceTemporariesPass : Pass<"place-temporaries", "::mlir::ModuleOp"> {
  let summary = "places what tiles allocate in the worker's own memory";
  let description = [{
    Nothing is allocated while a step runs: every `memref.alloc` of a kernel
    becomes a view at a fixed place. The step's attribute says how much a worker
    needs in all.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def VectorizeLinalgPass : Pass<"vectorize-linalg", "::mlir::func::FuncOp"> {
  let summary = "lowers linalg ops on memory to loops over vectors of 16 lanes";
  let description = [{
    Every linalg op on buffers and every memref.copy becomes scf loops. The last
    dimension, if it is reduced, or the last parallel one is taken in vectors
    where its elements lie side by side in memory. What is left behind full
    vectors is masked, or taken one by one where elements have fewer than 32
    bits; nothing outside an operand is touched. A sum over lanes has its own
    order, and a product in it is fused, the same on all machines. An op that
    must run on scalars is told as a missed remark with the reason.

    ```mlir
    // Before
    linalg.fill ins(%zero : f32) outs(%m : memref<?x32xf32>)
    // After
    scf.for %r = %c0 to %rows step %c1 {
      scf.for %c = %c0 to %c32 step %c16 {
        vector.store %zeros, %m[%r, %c] : memref<?x32xf32>, vector<16xf32>
      }
    }
    ```
  }];
  let statistics = [
    Statistic<"vectorized", "vectorized", "ops that run on vectors">,
    Statistic<"scalar", "scalar", "ops that run on scalars">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
}

def LowerVectorMathPass : Pass<"lower-vector-math"> {
  let summary = "expands functions of mathematics into arithmetic";
  let description = [{
    exp, exp2, log, log1p, tanh, erf, rsqrt, sin and cos of f32 become
    arithmetic that needs no library, for scalars and vectors alike; narrower
    floats are widened first. What would need a library and has no expansion is
    an error. Sin and cos are within 1e-7 up to angles of 2^30, the others
    within 2 ulp. A maximum or minimum with a constant becomes a comparison,
    with the same result for zeros and NaN.

    Conversions from and to bf16 become shifts and integer arithmetic that
    rounds to nearest even, unless the machine has instructions for them.
  }];
  let options = [
    Option<"nativeBf16", "native-bf16", "bool", /*default=*/"false",
           "leave conversions from and to bf16 alone">
  ];
  let statistics = [Statistic<"expanded", "expanded", "functions expanded">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"
  ];
}

def ConvertKernelsToLlvmPass : Pass<"convert-kernels-to-llvm", "::mlir::ModuleOp"> {
  let summary = "converts kernels to the llvm dialect";
  let description = "One conversion for all their dialects, with bare pointers.";
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def VerifyLlvmStagePass : Pass<"verify-llvm-stage", "::mlir::ModuleOp"> {
  let summary = "checks that kernels are whole and need nothing";
  let description = [{
    Ops of other dialects than llvm are errors, and so are calls of functions
    without a body, but the barrier of the runtime: the file links nothing else
    that code may call.
  }];
}

#endif // TENON_CODEGEN_CPU_PASSES_TD
