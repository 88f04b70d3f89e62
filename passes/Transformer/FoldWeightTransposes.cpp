//===- FoldWeightTransposes.cpp - Transposes become steps of recipes ------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/Transformer/DerivedWeights.h"
#include "passes/Transformer/Remarks.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::transformer;

namespace tenon {
#define GEN_PASS_DEF_FOLDWEIGHTTRANSPOSESPASS
#include "passes/Passes.h.inc"
} // namespace tenon

/// The recipe of the transposed weight; two transposes in a row are none.
static SmallVector<Attribute> turned(ArrayRef<WeightOp> tuple) {
  WeightOp weight = tuple.front();
  SmallVector<Attribute> recipe = literalRecipe(weight);
  if (!recipe.empty() && isa<TransposeAttr>(recipe.back()))
    recipe.pop_back();
  else
    recipe.push_back(TransposeAttr::get(weight.getContext()));
  return recipe;
}

namespace {
struct FoldWeightTransposes : tenon::impl::FoldWeightTransposesPassBase<FoldWeightTransposes> {
  /// Folds the first of `transposes`, which are all that are left.
  void fold(ArrayRef<Operation *> transposes, DerivedWeights &derived) {
    auto op = cast<TransposeOp>(transposes.front());
    SmallVector<WeightTuple> tuples;
    if (std::string reason = derived.findTuples(op.getWeight(), tuples); !reason.empty()) {
      remark::missed(op.getLoc(), remarkFor(op, getArgumentName(), "weights"))
          << "a transpose stays" << remark::reason("{0}", reason);
      ++missed;
      return;
    }
    if (derived.usedBesides(tuples, transposes))
      remark::analysis(op.getLoc(), remarkFor(op, getArgumentName(), "weights"))
          << "the file holds a weight twice"
          << remark::reason("it is used as it is and transposed");
    OpBuilder builder(op);
    op.replaceAllUsesWith(derived.derive(
        builder, op.getWeight(), {cast<WeightType>(op.getResult().getType()), ".turned", turned}));
    op.erase();
    ++folded;
  }

  void runOnOperation() override {
    SmallVector<Operation *> transposes;
    getOperation().walk([&](TransposeOp op) { transposes.push_back(op); });
    DerivedWeights derived(getOperation());
    for (size_t i = 0; i < transposes.size(); ++i)
      fold(ArrayRef(transposes).drop_front(i), derived);
    derived.dropUnused();
  }
};
} // namespace
