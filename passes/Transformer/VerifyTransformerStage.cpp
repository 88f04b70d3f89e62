//===- VerifyTransformerStage.cpp - The transformer stage's rules-----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Task/TaskDialect.h"
#include "passes/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

namespace tenon {
#define GEN_PASS_DEF_VERIFYTRANSFORMERSTAGEPASS
#include "passes/Passes.h.inc"
} // namespace tenon

namespace {
struct VerifyTransformerStage
    : tenon::impl::VerifyTransformerStagePassBase<VerifyTransformerStage> {
  void runOnOperation() override {
    getOperation()->walk([&](Operation *op) {
      if (!isa_and_nonnull<tenon::task::TaskDialect, memref::MemRefDialect, scf::SCFDialect,
                           LLVM::LLVMDialect>(op->getDialect()))
        return;
      op->emitOpError("is not allowed in the transformer stage, which has values only");
      signalPassFailure();
    });
    markAllAnalysesPreserved();
  }
};
} // namespace
