//===- Passes.td - Passes of the reference path ------------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each pass that rewrites shows a program before and after it. The tests run it
// on the one and compare with the other; test/passes/check_pass_examples.py says
// how they are written.
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
    func.func @f(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %y = transformer.scale %x by 0.5 : tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
    func.func @g(%w: !transformer.weight<4xf32>) -> !transformer.weight<4xf32> {
      return %w : !transformer.weight<4xf32>
    }
    // After
    func.func @f(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      ...
      %y = linalg.generic ... ins(%x : tensor<?x8xf32>) outs(%empty : tensor<?x8xf32>) {
      ^bb0(%element: f32, %out: f32):
        %half = arith.constant 5.000000e-01 : f32
        %product = arith.mulf %half, %element : f32
        linalg.yield %product : f32
      } -> tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
    func.func @g(%w: tensor<4xf32>) -> tensor<4xf32> {
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

    ```mlir
    // Before
    func.func @f(%x: f32) -> f32 {
      %y = math.exp %x : f32
      return %y : f32
    }
    // After
    llvm.func @expf(f32) -> f32 ...
    llvm.func @f(%x: f32) -> f32 attributes {llvm.emit_c_interface} {
      %y = llvm.call @expf(%x) : (f32) -> f32
      llvm.return %y : f32
    }
    llvm.func @_mlir_ciface_f(%x: f32) -> f32 attributes {llvm.emit_c_interface} {
      %y = llvm.call @f(%x) : (f32) -> f32
      llvm.return %y : f32
    }
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def BufferizeReferencePass : Pass<"bufferize-reference", "::mlir::ModuleOp"> {
  let summary = "gives every tensor of the reference form memory";
  let description = [{
    One-shot bufferization across functions; arguments and results are dense.
    Copies are linalg ops, so that no library is called for them.

    ```mlir
    // Before
    func.func @f(%x: tensor<4xf32>, %v: f32) -> tensor<4xf32> {
      %c0 = arith.constant 0 : index
      %y = tensor.insert %v into %x[%c0] : tensor<4xf32>
      return %y : tensor<4xf32>
    }
    // After
    func.func @f(%x: memref<4xf32>, %v: f32) -> memref<4xf32> {
      %c0 = arith.constant 0 : index
      memref.store %v, %x[%c0] : memref<4xf32>
      return %x : memref<4xf32>
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::bufferization::BufferizationDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::memref::MemRefDialect"
  ];
}

#endif // TENON_CODEGEN_REFERENCE_PASSES_TD
