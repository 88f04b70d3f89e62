//===- Passes.td - Passes of the reference path ------------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_REFERENCE_PASSES_TD
#define TENON_CODEGEN_REFERENCE_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertTransformerToReferencePass
    : Pass<"convert-transformer-to-reference", "::mlir::ModuleOp"> {
  let summary = "replaces each op of the transformer stage by its meaning";
  let description = [{
    Every op becomes its form in linalg, arith, math and tensor ops, by its
    `ReferenceInterface`; every value becomes the tensors that stand for its
    type, by `ReferenceTypeInterface`, in signatures and calls too. A group
    becomes its ops. A weight becomes an external global of the bytes that its
    recipe makes, in the layout of its type. Nothing of the transformer dialect
    is left.

    ```mlir
    // Before
    func.func @f(%w: !transformer.weight<4xf32>) -> !transformer.weight<4xf32> {
      return %w : !transformer.weight<4xf32>
    }
    // After
    func.func @f(%w: tensor<4xf32>) -> tensor<4xf32> {
      return %w : tensor<4xf32>
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"
  ];
}

def LowerReferencePass : Pass<"lower-reference", "::mlir::ModuleOp"> {
  let summary = "turns the reference form, as loops over memory, into the llvm dialect";
  let description = [{
    Expects what bufferization and the conversion of linalg to loops leave
    behind. Functions of mathematics call libm, bfloat16 is rounded by integer
    arithmetic, and memory comes from a function of the host, so that the
    numbers do not depend on the machine. Nothing but the llvm dialect is left.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def BufferizeReferencePass : Pass<"bufferize-reference", "::mlir::ModuleOp"> {
  let summary = "gives every tensor of the reference form memory";
  let description = [{
    One-shot bufferization across functions; arguments and results are dense.
    Copies are linalg ops, so that no library is called for them.
  }];
  let dependentDialects = [
    "::mlir::bufferization::BufferizationDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::memref::MemRefDialect"
  ];
}

#endif // TENON_CODEGEN_REFERENCE_PASSES_TD
