//===- CallRun.cpp - Calls that one repeat can stand for ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/TransformerToTask/CallRun.h"

#include "dialects/Transformer/TransformerDialect.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

static bool isTensor(Value value) { return isa<RankedTensorType>(value.getType()); }

/// The number of the result of `call` that `value` is.
static std::optional<unsigned> resultOf(func::CallOp call, Value value) {
  if (value.getDefiningOp() != call)
    return std::nullopt;
  return cast<OpResult>(value).getResultNumber();
}

bool CallRun::canTake(func::CallOp call) const {
  if (empty())
    return true;
  if (call.getCallee() != func::CallOp(last()).getCallee())
    return false;
  // Behind a repeat, and in its later turns, only the last turn's tensors are
  // left.
  for (Value result : last()->getResults())
    if (isTensor(result) && llvm::any_of(result.getUsers(), [&](Operation *user) {
          return user != call.getOperation();
        }))
      return false;
  for (auto [index, operand] : llvm::enumerate(call.getOperands())) {
    if (isa<StateTypeInterface>(operand.getType())) {
      // The states of all turns are known before the first.
      if (llvm::any_of(calls, [&](func::CallOp turn) { return resultOf(turn, operand); }))
        return false;
    } else if (!isa<WeightType>(operand.getType())) {
      std::optional<unsigned> carried = resultOf(last(), operand);
      if (!carried && operand != first()->getOperand(index))
        return false;
      if (size() > 1 && carried != carriedInto(index))
        return false;
    }
  }
  return true;
}

std::optional<unsigned> CallRun::carriedInto(unsigned index) const {
  if (size() < 2)
    return std::nullopt;
  return resultOf(calls[0], calls[1]->getOperand(index));
}

SmallVector<unsigned> CallRun::argumentsThatCarry(unsigned result) const {
  SmallVector<unsigned> arguments;
  for (unsigned index = 0; index < first()->getNumOperands(); ++index)
    if (isTensor(first()->getOperand(index)) && carriedInto(index) == result)
      arguments.push_back(index);
  return arguments;
}

bool CallRun::needsOwnPlace(unsigned index) const {
  Value begin = first()->getOperand(index);
  if (isa<BlockArgument>(begin)) // memory of who called
    return true;
  Operation *after = first()->getNextNode();
  Block *block = first()->getBlock();
  return llvm::count(first()->getOperands(), begin) > 1 ||
         llvm::any_of(begin.getUsers(), [&](Operation *user) {
           Operation *place = block->findAncestorOpInBlock(*user);
           return place && !place->isBeforeInBlock(after);
         });
}

} // namespace tenon
