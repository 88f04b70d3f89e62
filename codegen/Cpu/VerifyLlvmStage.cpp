//===- VerifyLlvmStage.cpp - The llvm stage's rules -----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Cpu/KernelArguments.h"
#include "codegen/Cpu/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace tenon::cpu;

namespace tenon {
#define GEN_PASS_DEF_VERIFYLLVMSTAGEPASS
#include "codegen/Cpu/Passes.h.inc"
} // namespace tenon

namespace {
struct VerifyLlvmStage : tenon::impl::VerifyLlvmStagePassBase<VerifyLlvmStage> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    getOperation()->walk([&](Operation *op) {
      auto call = dyn_cast<LLVM::CallOp>(op);
      std::optional<StringRef> callee = call ? call.getCallee() : std::nullopt;
      auto called = callee ? symbols.lookup<LLVM::LLVMFuncOp>(*callee) : LLVM::LLVMFuncOp();
      if (!isa<ModuleOp>(op) && !isa_and_nonnull<LLVM::LLVMDialect>(op->getDialect()))
        op->emitOpError("is not allowed in the llvm stage; no pass of it converts this op");
      else if (called && called.isExternal() && *callee != barrierFunction)
        call.emitOpError("calls '")
            << *callee << "', which has no body; of the runtime, code calls '" << barrierFunction
            << "' only";
      else
        return;
      signalPassFailure();
    });
    markAllAnalysesPreserved();
  }
};
} // namespace
