//===- Pipeline.cpp - The stages of a compilation -------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Pipeline.h"

#include "codegen/Cpu/Passes.h"
#include "dialects/Task/TaskDialect.h"
#include "passes/Passes.h"

#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

#include <algorithm>

using namespace mlir;

namespace tenon {

static void buildTransformerStage(OpPassManager &passes, const Target &target) {
  passes.addPass(createFoldWeightTransposesPass());
  passes.addPass(createMergeProductsPass());
  passes.addPass(createSplitProductsPass());
  passes.addPass(createRollLayersPass());
  passes.addPass(createPackWeightsPass());
  MakeRowVariantsPassOptions variants;
  variants.rows.assign(target.rowVariants.begin(), target.rowVariants.end());
  passes.addPass(createMakeRowVariantsPass(variants));
  passes.addNestedPass<func::FuncOp>(createGroupProductsPass());
  passes.addPass(createVerifyTransformerStagePass());
}

static void buildTaskStage(OpPassManager &passes, const Target &target) {
  passes.addPass(createConvertTransformerToTaskPass({target.name.str()}));
  passes.addPass(createAssignStatesPass());
  passes.addNestedPass<task::StepOp>(createPartitionTilesPass());
  passes.addNestedPass<task::StepOp>(createInsertBarriersPass());
  passes.addNestedPass<task::StepOp>(createPlanBuffersPass());
  passes.addPass(createVerifyTaskStagePass());
}

static void buildLlvmStage(OpPassManager &passes, const Target &target) {
  passes.addPass(createOutlineKernelsPass());
  auto simplify = [&] {
    passes.addPass(createCanonicalizerPass());
    passes.addPass(createCSEPass());
  };
  simplify();
  passes.addPass(createConvertElementwiseToLinalgPass());
  passes.addPass(createLinalgElementwiseOpFusionPass());
  simplify();
  passes.addPass(bufferization::createEmptyTensorEliminationPass());
  passes.addPass(bufferization::createOneShotBufferizePass());
  passes.addPass(memref::createResolveShapedTypeResultDimsPass());
  simplify();
  passes.addNestedPass<func::FuncOp>(createLowerAttendPass({target.vectorRegisters}));
  passes.addNestedPass<func::FuncOp>(createLowerMatmulPass({target.vectorRegisters}));
  passes.addPass(createLowerPagesPass());
  passes.addPass(createPlaceTemporariesPass());
  passes.addNestedPass<func::FuncOp>(createVectorizeLinalgPass());
  simplify();
  passes.addPass(createLowerVectorMathPass({target.hasBf16Conversion}));
  passes.addPass(memref::createExpandStridedMetadataPass());
  passes.addPass(createLowerAffinePass());
  passes.addPass(createSCFToControlFlowPass());
  simplify();
  passes.addPass(createConvertKernelsToLlvmPass());
  simplify();
  passes.addPass(createVerifyLlvmStagePass());
}

static constexpr Stage table[] = {
    {"transformer", "the model as mathematics, grouped for tiles", buildTransformerStage, false},
    {"task", "the step as phases over tiles", buildTaskStage, true},
    {"llvm", "kernels of one kind of machine", buildLlvmStage, true},
};

static constexpr bool isCommon(const Stage &stage) { return !stage.ofTarget; }
static_assert(std::is_partitioned(std::begin(table), std::end(table), isCommon),
              "stages that are the same for every machine come first");

ArrayRef<Stage> stages() { return table; }

size_t firstStageOfTarget() {
  return std::partition_point(std::begin(table), std::end(table), isCommon) - std::begin(table);
}

std::optional<size_t> findStage(StringRef name) {
  for (auto [index, stage] : llvm::enumerate(table))
    if (stage.name == name)
      return index;
  return std::nullopt;
}

} // namespace tenon
