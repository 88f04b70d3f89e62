//===- InsertBarriers.cpp - Where workers wait for each other---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Phases are visited in the order they run. `open` holds those since the last
// barrier; the first phase that depends on one of them gets a barrier before
// it. The body of a repeat is visited with what is open before it, and again
// with what one turn leaves open, since the next turn begins there.
//
//===----------------------------------------------------------------------===//

#include "dialects/Task/Dependences.h"
#include "passes/Passes.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::task;

namespace tenon {
#define GEN_PASS_DEF_INSERTBARRIERSPASS
#include "passes/Passes.h.inc"
} // namespace tenon

namespace {
struct InsertBarriers : tenon::impl::InsertBarriersPassBase<InsertBarriers> {
  using InsertBarriersPassBase::InsertBarriersPassBase;
  SmallVector<PhaseOp> open;
  int64_t found = 0;

  void barrierBefore(Operation *op) {
    if (found++ == drop)
      return;
    OpBuilder builder(op);
    BarrierOp::create(builder, op->getLoc());
    open.clear();
    ++barriers;
  }

  void visit(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (auto repeat = dyn_cast<RepeatOp>(op)) {
        visit(repeat.getBody().front());
        visit(repeat.getBody().front());
      } else if (isa<BarrierOp>(op)) {
        open.clear();
      } else if (auto phase = dyn_cast<PhaseOp>(op)) {
        if (llvm::any_of(open, [&](PhaseOp earlier) { return dependsOn(phase, earlier); }))
          barrierBefore(phase);
        open.push_back(phase);
      }
    }
  }

  void runOnOperation() override {
    // A pass runs on many steps.
    open.clear();
    found = 0;
    visit(getOperation().getBody().front());
  }
};
} // namespace
