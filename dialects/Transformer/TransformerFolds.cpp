//===- TransformerFolds.cpp - Folders of the transformer ops --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/TransformerDialect.h"

#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace tenon::transformer;

/// A transpose of a transpose is what that took.
OpFoldResult TransposeOp::fold(FoldAdaptor) {
  auto before = getWeight().getDefiningOp<TransposeOp>();
  return before ? before.getWeight() : Value();
}

/// scale by 1 is its input.
OpFoldResult ScaleOp::fold(FoldAdaptor) {
  return getFactor().isExactlyValue(1.0) ? getInput() : Value();
}

/// A split into one part is its input; a split of a concat into the same parts
/// is those parts.
LogicalResult SplitOp::fold(FoldAdaptor, SmallVectorImpl<OpFoldResult> &results) {
  if (getParts().size() == 1 && getParts().front().getType() == getInput().getType()) {
    results.push_back(getInput());
    return success();
  }
  auto concat = getInput().getDefiningOp<ConcatOp>();
  if (!concat || concat.getGroups() != getGroups() ||
      concat.getParts().getTypes() != getParts().getTypes())
    return failure();
  results.append(concat.getParts().begin(), concat.getParts().end());
  return success();
}

/// A concat of one part is that part; a concat of all parts of a split, in
/// order, is what was split.
OpFoldResult ConcatOp::fold(FoldAdaptor) {
  if (getParts().size() == 1 && getParts().front().getType() == getResult().getType())
    return getParts().front();
  if (getParts().empty())
    return {};
  auto split = getParts().front().getDefiningOp<SplitOp>();
  bool whole = split && split.getGroups() == getGroups() &&
               ValueRange(split.getParts()) == ValueRange(getParts()) &&
               split.getInput().getType() == getResult().getType();
  return whole ? split.getInput() : Value();
}
