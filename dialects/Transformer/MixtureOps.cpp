//===- MixtureOps.cpp - Verifiers of mixtures of experts ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/OpChecks.h"

using namespace mlir;
using namespace tenon::transformer;

/// Checks the filter of groups of a router over `experts`.
static LogicalResult verifyGroups(RouteOp op, int64_t experts) {
  bool any = op.getGroups() || op.getKeep() || op.getGroupScore();
  bool all = op.getGroups() && op.getKeep() && op.getGroupScore();
  if (!any)
    return success();
  if (!all) // (C3)
    return op.emitOpError("expected groups, keep and group_score together");
  int64_t groups = *op.getGroups(), keep = *op.getKeep();
  int64_t least = *op.getGroupScore() == GroupScore::BestTwo ? 2 : 1;
  if (groups < 1 || experts % groups != 0 || keep < 1 || keep > groups ||
      experts / groups < least) // (C3)
    return op.emitOpError("expected groups that divide ")
           << experts << " experts into at least " << least << " each, and keep of them, got "
           << groups << " and " << keep;
  return success();
}

LogicalResult RouteOp::verify() {
  int64_t experts = columns(getLogits());
  if (failed(verifyGroups(*this, experts)))
    return failure();
  int64_t choice = getGroups() ? experts / *getGroups() * *getKeep() : experts;
  int64_t chosen = columns(getIndices());
  if (chosen != columns(getWeights()) || chosen < 1 || chosen > choice) // (C1)
    return emitOpError("expected indices and weights of at most ")
           << choice << " columns, got " << chosen << " and " << columns(getWeights());
  if (!isAbsentOr(getCorrection(), {experts})) // (C2)
    return emitOpError("expected a correction of ")
           << experts << " elements, got " << getCorrection().getType();
  if (!isFiniteNonZero(getScale())) // (C4)
    return emitOpError("expected a finite, non-zero scale, got ") << getScaleAttr();
  return success();
}

LogicalResult ExpertsOp::verify() {
  WeightType gate = getGate().getType();
  int64_t width = columns(getInput());
  if (gate.getRank() != 3 || gate.getDimSize(2) != width ||
      !hasShape(getDown(), {gate.getDimSize(0), width, gate.getDimSize(1)})) // (C1)
    return emitOpError("expected experts of shapes [experts, inner, ")
           << width << "] and [experts, " << width << ", inner], got " << gate << " and "
           << getDown().getType();
  int64_t experts = gate.getDimSize(0), inner = gate.getDimSize(1);
  bool biased = getGateBias() || getUpBias() || getDownBias();
  if (biased &&
      (!hasShape(getGateBias(), {experts, inner}) || !hasShape(getUpBias(), {experts, inner}) ||
       !hasShape(getDownBias(), {experts, width}))) // (C2)
    return emitOpError("expected biases of shapes [")
           << experts << ", " << inner << "] twice and [" << experts << ", " << width << "]";
  if (columns(getIndices()) != columns(getWeights())) // (C3)
    return emitOpError("expected a weight for each of ")
           << columns(getIndices()) << " indices, got " << columns(getWeights());
  if (!isFiniteNotNegative(getLimit())) // (C4)
    return emitOpError("expected a limit that is not negative, got ") << getLimitAttr();
  return success();
}
