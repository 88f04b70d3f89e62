//===- ConvertTransformerToTask.cpp - From values to phases ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/TransformerToTask/StepConversion.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace tenon;

namespace tenon {
#define GEN_PASS_DEF_CONVERTTRANSFORMERTOTASKPASS
#include "passes/Passes.h.inc"
} // namespace tenon

/// The type in memory of a weight: packed, or as the checkpoint has it.
static MemRefType memoryType(transformer::WeightOp weight) {
  auto type = cast<transformer::WeightType>(weight.getType());
  for (Attribute step : weight.getRecipe())
    if (auto pack = dyn_cast<transformer::PackAttr>(step))
      return MemRefType::get(pack.packedShape(type.getDimSize(0), type.getDimSize(1)),
                             type.getElementType());
  return MemRefType::get(type.getShape(), type.getElementType());
}

namespace {
struct ConvertTransformerToTask
    : tenon::impl::ConvertTransformerToTaskPassBase<ConvertTransformerToTask> {
  using ConvertTransformerToTaskPassBase::ConvertTransformerToTaskPassBase;

  /// Declares the weights of the task stage. The order of declaration is the
  /// order of the table, and of the bytes in the file.
  void convertWeights() {
    int64_t index = 0;
    for (auto weight : llvm::make_early_inc_range(getOperation().getOps<transformer::WeightOp>())) {
      OpBuilder builder(weight);
      auto converted = task::WeightOp::create(
          builder, weight.getLoc(), weight.getSymNameAttr(), builder.getI64IntegerAttr(index++),
          TypeAttr::get(memoryType(weight)), weight.getSourcesAttr(), weight.getRecipeAttr());
      // Both declarations cannot have the name at once.
      weight.erase();
      (void)converted;
    }
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    const Target *machine = findTarget(target);
    if (!machine) {
      module.emitError("no target is named '") << target << "'";
      return signalPassFailure();
    }
    SmallVector<func::FuncOp> functions(module.getOps<func::FuncOp>());
    convertWeights();
    for (func::FuncOp function : functions) {
      auto rows = function->getAttrOfType<IntegerAttr>(transformer::rowsAttribute);
      if (!rows || !function.isPublic())
        continue;
      StringAttr name = function.getSymNameAttr();
      function.setSymName((name.getValue() + ".values").str());
      if (failed(StepConversion(module, *machine, function, name, rows.getInt()).run()))
        return signalPassFailure();
    }
    for (func::FuncOp function : functions)
      function.erase();
  }
};
} // namespace
