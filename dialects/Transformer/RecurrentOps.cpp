//===- RecurrentOps.cpp - Verifiers of ops with a state of fixed size -----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/OpChecks.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace tenon::transformer;

LogicalResult CausalConvOp::verify() {
  WeightType weight = getWeight().getType();
  if (weight.getRank() != 3 || weight.getDimSize(0) != columns(getInput()) ||
      weight.getDimSize(1) != 1) // (C1)
    return emitOpError("expected a weight of shape [")
           << columns(getInput()) << ", 1, kernel], got " << weight;
  ConvTailType state = getState().getType();
  if (state.getChannels() != columns(getInput()) ||
      state.getLength() != weight.getDimSize(2) - 1) // (C2)
    return emitOpError("expected a state of ")
           << columns(getInput()) << " channels and " << weight.getDimSize(2) - 1 << " inputs, got "
           << state;
  if (!isThreaded(getState(), getStateResult())) // (C3)
    return emitOpError("expected a state that is used once and replaced by one of its type");
  return success();
}

LogicalResult LogDecayOp::verify() {
  int64_t heads = columns(getInput());
  if (!hasShape(getRate(), {heads}) || !hasShape(getBias(), {heads})) // (C1)
    return emitOpError("expected a rate and a bias of ")
           << heads << " elements, got " << getRate().getType() << " and " << getBias().getType();
  return success();
}

/// Whether a recurrent state is f32 and threaded.
static bool isRecurrence(Value state, Value result) {
  return isThreaded(state, result) && cast<RecurrentType>(state.getType()).getElementType().isF32();
}

LogicalResult GatedDeltaOp::verify() {
  RecurrentType state = getState().getType();
  int64_t heads = state.getHeads(), keyDim = state.getKeyDim();
  int64_t keyHeads = columns(getQuery()) / keyDim;
  if (columns(getQuery()) % keyDim != 0 || keyHeads < 1 || heads % keyHeads != 0 ||
      columns(getValue()) != heads * state.getValueDim()) // (C1)
    return emitOpError("expected queries and values of the heads of ")
           << state << ", got " << columns(getQuery()) << " and " << columns(getValue())
           << " columns";
  if (columns(getLogDecay()) != heads) // (C2)
    return emitOpError("expected log_decay and beta of ")
           << heads << " columns, got " << columns(getLogDecay());
  if (!isRecurrence(getState(), getStateResult())) // (C3)
    return emitOpError("expected an f32 state that is used once and replaced by one of its type");
  return success();
}

LogicalResult LightningAttendOp::verify() {
  RecurrentType state = getState().getType();
  int64_t heads = state.getHeads();
  if (columns(getQuery()) != heads * state.getKeyDim() ||
      columns(getValue()) != heads * state.getValueDim()) // (C1)
    return emitOpError("expected queries and values of the heads of ")
           << state << ", got " << columns(getQuery()) << " and " << columns(getValue())
           << " columns";
  if (static_cast<int64_t>(getSlopes().size()) != heads ||
      !llvm::all_of(getSlopes(), [](float slope) { return std::isfinite(slope); })) // (C2)
    return emitOpError("expected a finite slope for each of ")
           << heads << " heads, got " << getSlopes().size();
  if (!isRecurrence(getState(), getStateResult())) // (C3)
    return emitOpError("expected an f32 state that is used once and replaced by one of its type");
  return success();
}
