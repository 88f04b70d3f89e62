//===- CallConversion.cpp - Calls of layers become repeats ----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The body of a repeat is written once, so what a turn gets lies where the turn
// before put it. A carried result is made where its argument lies, when nothing
// needs the argument any more; else the turn ends with a copy.
//
//===----------------------------------------------------------------------===//

#include "passes/TransformerToTask/StepConversion.h"
#include "passes/TransformerToTask/UpstreamOps.h"

#include "llvm/ADT/ScopeExit.h"

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

static bool isState(Type type) { return isa<StateTypeInterface>(type); }

/// What a function returns, in order.
static OperandRange returnedBy(func::FuncOp callee) {
  return callee.getBody().front().getTerminator()->getOperands();
}

/// An earlier run of these calls has values of its own.
void StepConversion::forgetValues(func::FuncOp callee) {
  auto forget = [&](Value value) {
    buffers.erase(value);
    wantedRows.erase(value);
  };
  llvm::for_each(callee.getArguments(), forget);
  callee.walk([&](Operation *op) { llvm::for_each(op->getResults(), forget); });
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

/// Gives a weight or a state the names that it has, turn by turn.
LogicalResult StepConversion::bindRunNames(const CallRun &run, BlockArgument argument) {
  unsigned index = argument.getArgNumber();
  auto &table = isState(argument.getType()) ? states : weights;
  Names names;
  for (func::CallOp call : run.turns()) {
    const Names passed = table.lookup(call.getOperand(index));
    if (passed.empty())
      return call->emitError("argument ")
             << index << " of '" << call.getCallee()
             << "' is neither declared nor an argument of the step; use what get_weight or the "
                "step's arguments give";
    names.append(passed);
  }
  table[argument] = std::move(names);
  return success();
}

/// Gives a tensor argument memory: that of what the first turn gets, or its own
/// with a copy of it.
void StepConversion::bindRunTensor(const CallRun &run, BlockArgument argument) {
  unsigned index = argument.getArgNumber();
  Value begin = run.first()->getOperand(index);
  if (wantedRows.contains(begin))
    wantedRows.insert(argument);
  if (!run.carriedInto(index) || !run.needsOwnPlace(index)) {
    buffers[argument] = bufferOf(begin);
    return;
  }
  convertRowCopy(*this, run.first()->getLoc(), bufferOf(begin), bufferOf(argument),
                 rowCount(begin));
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// Whether `result`, made in the block of `argument`, can be made in its memory:
/// whoever reads the argument comes before. An op that reads the argument and
/// makes the result may read rows of it that another worker has written.
static bool canTakePlaceOf(BlockArgument argument, Value result) {
  Operation *maker = result.getDefiningOp();
  if (maker && isUpstream(maker))
    maker = firstOfRun(maker);
  return maker && llvm::all_of(argument.getUsers(), [&](Operation *user) {
           Operation *place = maker->getBlock()->findAncestorOpInBlock(*user);
           return place && place->isBeforeInBlock(maker);
         });
}

/// Gives the results memory. \returns what the end of a turn has to copy.
RowCopies StepConversion::bindRunResults(const CallRun &run, func::FuncOp callee) {
  RowCopies aside, back;
  llvm::DenseSet<Value> returned;
  for (auto [index, value] : llvm::enumerate(returnedBy(callee))) {
    Value result = run.last()->getResult(index);
    if (!isa<RankedTensorType>(value.getType()))
      continue;
    SmallVector<unsigned> carriers = run.argumentsThatCarry(index);
    auto carrier = [&](unsigned number) { return callee.getArgument(number); };
    // What has memory already, as an argument or as an earlier result, is kept
    // in other memory for who asks for this result.
    bool passed = isa<BlockArgument>(value);
    bool again = !returned.insert(value).second;
    if (passed && llvm::is_contained(carriers, cast<BlockArgument>(value).getArgNumber())) {
      buffers[result] = buffers.lookup(value);
    } else if (passed || again) {
      aside.push_back({value, bufferOf(value), bufferOf(result)});
    } else {
      auto place = llvm::find_if(
          carriers, [&](unsigned number) { return canTakePlaceOf(carrier(number), value); });
      if (Value known = buffers.lookup(result))
        buffers[value] = known;
      else if (place != carriers.end())
        buffers[value] = buffers.lookup(carrier(*place));
      buffers[result] = bufferOf(value);
    }
    for (unsigned number : carriers)
      if (Value to = buffers.lookup(carrier(number)); to != buffers.lookup(result))
        back.push_back({value, buffers.lookup(result), to});
  }
  aside.append(back);
  return aside;
}

//===----------------------------------------------------------------------===//
// Turns
//===----------------------------------------------------------------------===//

/// Ends a turn and tells what its results are outside.
LogicalResult StepConversion::finishTurn(const CallRun &run, func::FuncOp callee,
                                         const RowCopies &copies) {
  for (auto [index, value] : llvm::enumerate(returnedBy(callee))) {
    for (unsigned number : run.argumentsThatCarry(index))
      if (wantedRows.contains(value) != wantedRows.contains(callee.getArgument(number)))
        return run.first()->emitError("result ")
               << index << " of '" << callee.getName() << "' and argument " << number
               << ", which gets it in the next call, differ in their rows: the wanted ones or "
                  "all; select the rows outside the function";
    if (wantedRows.contains(value))
      wantedRows.insert(run.last()->getResult(index));
    if (!isState(value.getType()))
      continue;
    const Names names = states.lookup(value);
    for (auto [turn, call] : llvm::enumerate(run.turns()))
      states[call->getResult(index)] = run.size() == 1 ? names : Names{names[turn]};
  }
  for (const RowCopy &copy : copies)
    convertRowCopy(*this, run.first()->getLoc(), copy.from, copy.to, rowCount(copy.value));
  return success();
}

LogicalResult StepConversion::convertRun(const CallRun &run) {
  func::CallOp first = run.first();
  auto callee = symbols.lookup<func::FuncOp>(first.getCallee());
  if (!callee || callee.isExternal())
    return first.emitError("the called function has no body here");
  if (llvm::is_contained(entered, callee))
    return first.emitError("'") << first.getCallee() << "' calls itself; a step has no recursion";
  entered.push_back(callee);
  llvm::scope_exit leave([&] { entered.pop_back(); });

  forgetValues(callee);
  for (BlockArgument argument : callee.getArguments()) {
    if (isa<RankedTensorType>(argument.getType()))
      bindRunTensor(run, argument);
    else if (isa<WeightType>(argument.getType()) || isState(argument.getType()))
      if (failed(bindRunNames(run, argument)))
        return failure();
  }
  RowCopies copies = bindRunResults(run, callee);
  if (turn)
    return failure(failed(convertBlock(callee.getBody().front())) ||
                   failed(finishTurn(run, callee, copies)));

  auto repeat =
      task::RepeatOp::create(builder, first.getLoc(), builder.getI64IntegerAttr(run.size()));
  Block &body = repeat.getBody().emplaceBlock();
  turn = body.addArgument(builder.getIndexType(), repeat.getLoc());
  llvm::scope_exit outside([&] { turn = Value(); });
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&body);
  return failure(failed(convertBlock(callee.getBody().front())) ||
                 failed(finishTurn(run, callee, copies)));
}

} // namespace tenon
