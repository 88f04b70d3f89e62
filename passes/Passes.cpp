//===- Passes.cpp - Registers the passes ----------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "codegen/Cpu/Passes.h"
#include "codegen/Reference/Passes.h"
#include "dialects/Registry.h"
#include "passes/Pipeline.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Transforms/Passes.h"

static_assert(std::is_empty_v<llvm::Statistic> == !LLVM_ENABLE_ABI_BREAKING_CHECKS,
              "statistics are laid out as libMLIR has them; see passes/StatisticsLayout.h");

void tenon::registerPasses() {
  mlir::registerTransformsPasses();
  mlir::registerLinalgPasses();
  mlir::bufferization::registerBufferizationPasses();
  mlir::memref::registerMemRefPasses();
  mlir::registerLowerAffinePass();
  mlir::registerSCFToControlFlowPass();
  registerTenonPasses();
  registerReferencePasses();
  registerCpuPasses();
  registerStagePipelines();
}
