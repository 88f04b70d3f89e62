//===- VerifyTransformerStage.cpp - The transformer stage's rules ---------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Task/TaskDialect.h"
#include "dialects/Transformer/TransformerDialect.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {
#define GEN_PASS_DEF_VERIFYTRANSFORMERSTAGEPASS
#include "passes/Passes.h.inc"
} // namespace tenon

static bool isState(Value value) { return isa<StateTypeInterface>(value.getType()); }

namespace {
/// Follows states through ops and calls, from what a function returns to what
/// it was given. In the task stage a state is memory, changed in place: each
/// value of it can be replaced once, and comes back as the state it was.
class StateThreads {
public:
  explicit StateThreads(ModuleOp module) : symbols(module) {}

  /// Checks what `function` does with its states, after an error if it is wrong.
  LogicalResult check(func::FuncOp function);

private:
  /// The arguments that results come from; a result that comes from none has
  /// the number of no argument.
  using Origins = SmallVector<unsigned>;
  static constexpr unsigned nowhere = ~0u;

  const Origins &originsOf(func::FuncOp function);
  unsigned originOf(Value state);
  LogicalResult checkCall(func::CallOp call);

  SymbolTable symbols;
  DenseMap<Operation *, Origins> origins;
};
} // namespace

const StateThreads::Origins &StateThreads::originsOf(func::FuncOp function) {
  auto [known, isNew] = origins.try_emplace(function);
  if (!isNew || function.isExternal())
    return known->second;
  Origins found; // a recursive call finds nothing
  for (Value value : function.getBody().front().getTerminator()->getOperands())
    found.push_back(isState(value) ? originOf(value) : nowhere);
  return origins[function] = std::move(found);
}

/// The number of the argument of its function that `state` comes from.
unsigned StateThreads::originOf(Value state) {
  while (Operation *op = state.getDefiningOp()) {
    Value before;
    unsigned number = cast<OpResult>(state).getResultNumber();
    if (auto group = dyn_cast<GroupOp>(op)) {
      before = group.getYield()->getOperand(number);
    } else if (auto call = dyn_cast<func::CallOp>(op)) {
      auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
      const Origins none, &inside = callee ? originsOf(callee) : none;
      if (number < inside.size() && inside[number] != nowhere)
        before = call.getOperand(inside[number]);
    } else {
      before = replacedState(cast<OpResult>(state));
    }
    if (!before)
      return nowhere;
    state = before;
  }
  return cast<BlockArgument>(state).getArgNumber();
}

/// What a callee replaces, nobody else may have.
LogicalResult StateThreads::checkCall(func::CallOp call) {
  auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
  if (!callee)
    return success();
  for (unsigned origin : originsOf(callee))
    if (origin != nowhere && !call.getOperand(origin).hasOneUse())
      return call.emitError("replaces the state of operand ")
             << origin << ", which is used elsewhere, too; thread each state through one op after "
             << "the other";
  return success();
}

LogicalResult StateThreads::check(func::FuncOp function) {
  if (function.isExternal())
    return success();
  WalkResult calls = function.walk([&](func::CallOp call) {
    return WalkResult(failed(checkCall(call)) ? failure() : success());
  });
  if (calls.wasInterrupted())
    return failure();
  Operation *terminator = function.getBody().front().getTerminator();
  int64_t last = -1;
  llvm::SmallDenseSet<unsigned> returned;
  for (auto [index, origin] : llvm::enumerate(originsOf(function))) {
    if (!isState(terminator->getOperand(index)))
      continue;
    if (origin == nowhere || !returned.insert(origin).second)
      return terminator->emitError("returns as result ")
             << index << " a state that is not one of the function's arguments, or one twice";
    if (function.isPublic() && int64_t(origin) < last)
      return terminator->emitError("returns as result ")
             << index << " the state of argument " << origin
             << ", out of order; a step returns its states in the order of its arguments";
    last = origin;
  }
  return success();
}

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
    StateThreads states(getOperation());
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (failed(states.check(function)))
        signalPassFailure();
    markAllAnalysesPreserved();
  }
};
} // namespace
