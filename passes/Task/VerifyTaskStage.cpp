//===- VerifyTaskStage.cpp - The task stage's rules -----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Target.h"
#include "dialects/Task/Dependences.h"
#include "dialects/Transformer/TransformerDialect.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"

using namespace mlir;

namespace tenon {
#define GEN_PASS_DEF_VERIFYTASKSTAGEPASS
#include "passes/Passes.h.inc"
} // namespace tenon

namespace {
struct VerifyTaskStage : tenon::impl::VerifyTaskStagePassBase<VerifyTaskStage> {
  /// Two weights with one index would be one weight for the kernels.
  void checkIndices() {
    DenseMap<uint64_t, tenon::task::WeightOp> byIndex;
    for (auto weight : getOperation().getOps<tenon::task::WeightOp>()) {
      auto [known, isNew] = byIndex.insert({weight.getIndex(), weight});
      if (isNew)
        continue;
      weight.emitOpError("has index ")
          << weight.getIndex() << ", which @" << known->second.getSymName() << " has already";
      signalPassFailure();
    }
  }

  /// Without a barrier, a phase reads what others may not have written yet.
  void checkBarriers(tenon::task::StepOp step) {
    using tenon::task::PhaseOp;
    tenon::task::visitOpenDependences(step, [&](PhaseOp later, PhaseOp earlier) {
      later.emitOpError("'")
              .append(later.getLabel(), "' depends on '", earlier.getLabel(),
                      "' and no barrier is between them; run insert-barriers")
              .attachNote(earlier.getLoc())
          << "that phase is here";
      signalPassFailure();
      return true;
    });
  }

  /// The runtime gives a sequence its pages by this number of positions.
  void checkPages() {
    getOperation()->walk([&](tenon::task::AttendOp op) {
      if (op.getPagePositions() == tenon::pagePositions)
        return;
      op.emitOpError("reads pages of ")
          << op.getPagePositions() << " positions, and the runtime gives pages of "
          << tenon::pagePositions << "; give the states pages of as many";
      signalPassFailure();
    });
  }

  void runOnOperation() override {
    getOperation()->walk([&](Operation *op) {
      if (isa_and_nonnull<tenon::transformer::TransformerDialect>(op->getDialect()))
        op->emitOpError(
            "is not allowed in the task stage; convert-transformer-to-task has no form for it");
      else if (isa<func::CallOp>(op))
        op->emitOpError("is not allowed in the task stage; a phase touches what it declares");
      else
        return;
      signalPassFailure();
    });
    checkIndices();
    checkPages();
    for (auto step : getOperation().getOps<tenon::task::StepOp>())
      checkBarriers(step);
    markAllAnalysesPreserved();
  }
};
} // namespace
