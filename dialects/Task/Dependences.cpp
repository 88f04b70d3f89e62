//===- Dependences.cpp - Which phases wait for which ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Task/Dependences.h"

using namespace mlir;

namespace tenon::task {

/// Whether two operands can be the same memory. States are named: a list of
/// names at a turn meets another list when they share a name.
static bool mayBeSame(Value a, Value b) {
  if (a == b)
    return true;
  auto stateA = a.getDefiningOp<GetStateOp>(), stateB = b.getDefiningOp<GetStateOp>();
  if (!stateA || !stateB)
    return false;
  return llvm::any_of(stateA.getNames(),
                      [&](Attribute name) { return llvm::is_contained(stateB.getNames(), name); });
}

Value dependence(PhaseOp later, PhaseOp earlier) {
  for (auto [i, mine] : llvm::enumerate(later.getAccessed()))
    for (auto [j, other] : llvm::enumerate(earlier.getAccessed())) {
      AccessKind myKind = later.getAccess(i).getKind(), otherKind = earlier.getAccess(j).getKind();
      if (myKind == AccessKind::Private || otherKind == AccessKind::Private)
        continue;
      if ((writes(myKind) || writes(otherKind)) && mayBeSame(mine, other))
        return mine;
    }
  return {};
}

bool dependsOn(PhaseOp later, PhaseOp earlier) {
  return static_cast<bool>(dependence(later, earlier));
}

namespace {
/// The phases since the last barrier, while a step is walked through.
struct OpenPhases {
  llvm::function_ref<bool(PhaseOp, PhaseOp)> onOpen;
  SmallVector<PhaseOp> open;

  void visit(PhaseOp phase) {
    auto *earlier = llvm::find_if(open, [&](PhaseOp other) { return dependsOn(phase, other); });
    if (earlier != open.end() && onOpen(phase, *earlier))
      open.clear();
    open.push_back(phase);
  }

  void visit(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (auto repeat = dyn_cast<RepeatOp>(op)) {
        visit(repeat.getBody().front());
        visit(repeat.getBody().front());
      } else if (isa<BarrierOp>(op)) {
        open.clear();
      } else if (auto phase = dyn_cast<PhaseOp>(op)) {
        visit(phase);
      }
    }
  }
};
} // namespace

void visitOpenDependences(StepOp step, llvm::function_ref<bool(PhaseOp, PhaseOp)> onOpen) {
  OpenPhases{onOpen, {}}.visit(step.getBody().front());
}

} // namespace tenon::task
