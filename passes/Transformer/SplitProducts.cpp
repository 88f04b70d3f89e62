//===- SplitProducts.cpp - A product that is split becomes several --------===//
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
#define GEN_PASS_DEF_SPLITPRODUCTSPASS
#include "passes/Passes.h.inc"
} // namespace tenon

namespace {
struct SplitProducts : tenon::impl::SplitProductsPassBase<SplitProducts> {
  /// Why `product`, of which `split` takes parts, stays; empty if it does not.
  static std::string whyNot(DerivedWeights &derived, LinearOp product) {
    if (!product->hasOneUse())
      return "the product is used elsewhere";
    for (Value weight : product->getOperands().drop_front()) {
      SmallVector<WeightTuple> tuples;
      if (std::string reason = derived.findTuples(weight, tuples); !reason.empty())
        return reason;
      if (derived.usedBesides(tuples, product.getOperation()))
        return "a weight is used elsewhere, and would be in the file twice";
    }
    return {};
  }

  /// The rows of `weight` that make part `index` of `split`.
  static Value slice(DerivedWeights &derived, OpBuilder &builder, SplitOp split, Value weight,
                     unsigned index) {
    int64_t groups = split.getGroups(), first = 0;
    auto columnsOf = [](Value value) {
      return cast<RankedTensorType>(value.getType()).getShape().back();
    };
    for (Value before : split.getParts().take_front(index))
      first += columnsOf(before) / groups;
    int64_t columns = columnsOf(split.getParts()[index]);
    auto rows = SliceRowsAttr::get(split.getContext(), first, columns / groups,
                                   columnsOf(split.getInput()) / groups);
    auto whole = cast<WeightType>(weight.getType());
    SmallVector<int64_t> shape(whole.getShape());
    shape.front() = columns;
    std::string suffix = ".part" + std::to_string(index);
    return derived.derive(builder, weight,
                          {WeightType::get(split.getContext(), shape, whole.getElementType()),
                           suffix, [&](ArrayRef<WeightOp> tuple) {
                             SmallVector<Attribute> recipe = literalRecipe(tuple.front());
                             recipe.push_back(rows);
                             return recipe;
                           }});
  }

  void splitProduct(SplitOp split, LinearOp product, DerivedWeights &derived) {
    if (std::string reason = whyNot(derived, product); !reason.empty()) {
      remark::missed(split.getLoc(), remarkFor(split, getArgumentName(), "weights"))
          << "a product is split after it is computed" << remark::reason("{0}", reason);
      ++missed;
      return;
    }
    OpBuilder builder(product);
    for (auto [index, part] : llvm::enumerate(split.getParts())) {
      Value weight = slice(derived, builder, split, product.getWeight(), index);
      Value bias =
          product.getBias() ? slice(derived, builder, split, product.getBias(), index) : Value();
      part.replaceAllUsesWith(LinearOp::create(builder, product.getLoc(), part.getType(),
                                               product.getInput(), weight, bias));
      ++parts;
    }
    split.erase();
    product.erase();
  }

  void runOnOperation() override {
    SmallVector<SplitOp> splits;
    getOperation().walk([&](SplitOp op) { splits.push_back(op); });
    DerivedWeights derived(getOperation());
    for (SplitOp split : splits)
      if (auto product = split.getInput().getDefiningOp<LinearOp>())
        splitProduct(split, product, derived);
    derived.dropUnused();
  }
};
} // namespace
