//===- MergeProducts.cpp - Products that are joined become one ------------===//
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
#define GEN_PASS_DEF_MERGEPRODUCTSPASS
#include "passes/Passes.h.inc"
} // namespace tenon

/// Steps of `weight` that work on each element, so that joining rows may come
/// before them; false when there is another.
static bool elementSteps(WeightOp weight, SmallVectorImpl<Attribute> &steps) {
  for (auto step : weight.getRecipe().getAsRange<RecipeStepInterface>()) {
    if (step.isElementwise())
      steps.push_back(step);
    else if (!isa<ConcatRowsAttr>(step)) // which joined() writes anew
      return false;
  }
  return true;
}

static SmallVector<Attribute> joined(ArrayRef<WeightOp> tuple) {
  WeightOp first = tuple.front();
  SmallVector<Attribute> steps = {ConcatRowsAttr::get(first.getContext())};
  elementSteps(first, steps);
  return steps;
}

/// Why the rows of the weights of `tuple` cannot be one weight; empty if they
/// can.
static std::string whyNotJoined(ArrayRef<WeightOp> tuple) {
  auto storedType = [](WeightOp weight) {
    return tensorTypeOf(weight.getSources()[0]).getElementType();
  };
  SmallVector<Attribute> first;
  elementSteps(tuple.front(), first);
  for (WeightOp weight : tuple) {
    SmallVector<Attribute> steps;
    if (!elementSteps(weight, steps))
      return "the recipe of a weight has steps that come after its rows are joined";
    if (steps != first || storedType(weight) != storedType(tuple.front()))
      return "the weights have different element types";
  }
  return {};
}

namespace {
/// Neighbouring parts of a concat that may become one.
using Run = SmallVector<LinearOp>;

struct MergeProducts : tenon::impl::MergeProductsPassBase<MergeProducts> {
  /// The weights of `run`, or their biases.
  static SmallVector<Value> weightsOf(Run run, bool biases) {
    return llvm::map_to_vector(run, [&](LinearOp product) {
      return biases ? Value(product.getBias()) : Value(product.getWeight());
    });
  }

  /// Why the weights, or biases, of `run` cannot be one; empty if they can.
  static std::string whyNot(DerivedWeights &derived, Run run, bool biases) {
    SmallVector<WeightTuple> tuples;
    if (std::string reason = derived.findTuples(weightsOf(run, biases), tuples); !reason.empty())
      return reason;
    for (const WeightTuple &tuple : tuples)
      if (std::string reason = whyNotJoined(tuple); !reason.empty())
        return reason;
    if (derived.usedBesides(tuples, SmallVector<Operation *>(run.begin(), run.end())))
      return "a weight is used elsewhere, and would be in the file twice";
    return {};
  }

  static std::string whyNot(DerivedWeights &derived, ConcatOp concat, Run run) {
    if (concat.getGroups() != 1)
      return "the parts are joined in each group of columns";
    bool biased = static_cast<bool>(run.front().getBias());
    for (LinearOp product : run) {
      if (!product->hasOneUse())
        return "a part is used elsewhere";
      if (static_cast<bool>(product.getBias()) != biased)
        return "some parts have a bias, others none";
    }
    std::string reason = whyNot(derived, run, /*biases=*/false);
    return reason.empty() && biased ? whyNot(derived, run, /*biases=*/true) : reason;
  }

  /// The one product instead of `run`.
  static Value merge(DerivedWeights &derived, ConcatOp concat, Run run) {
    OpBuilder builder(concat);
    int64_t rows = 0;
    SmallVector<Location> locations;
    for (LinearOp product : run) {
      rows += product.getResult().getType().getShape().back();
      locations.push_back(product.getLoc());
    }
    auto derive = [&](bool biases) {
      SmallVector<Value> weights = weightsOf(run, biases);
      auto part = cast<WeightType>(weights.front().getType());
      SmallVector<int64_t> shape(part.getShape());
      shape.front() = rows;
      auto type = WeightType::get(concat.getContext(), shape, part.getElementType());
      return derived.derive(builder, weights, {type, ".merged", joined});
    };
    Value weight = derive(/*biases=*/false);
    Value bias = run.front().getBias() ? derive(/*biases=*/true) : Value();
    auto like = run.front().getResult().getType();
    auto type = RankedTensorType::get({like.getDimSize(0), rows}, like.getElementType());
    return LinearOp::create(builder, builder.getFusedLoc(locations), type, run.front().getInput(),
                            weight, bias);
  }

  /// The parts of `concat` in order, cut into runs of products of one input.
  static SmallVector<Run> runsOf(ConcatOp concat, SmallVectorImpl<SmallVector<Value>> &parts) {
    SmallVector<Run> runs;
    for (Value part : concat.getParts()) {
      auto product = part.getDefiningOp<LinearOp>();
      bool joins = product && product->getBlock() == concat->getBlock() && !runs.empty() &&
                   !runs.back().empty() && runs.back().back().getInput() == product.getInput();
      if (!joins) {
        runs.emplace_back();
        parts.emplace_back();
      }
      parts.back().push_back(part);
      if (product && product->getBlock() == concat->getBlock())
        runs.back().push_back(product);
    }
    return runs;
  }

  void mergeParts(ConcatOp concat, DerivedWeights &derived) {
    SmallVector<SmallVector<Value>> parts;
    SmallVector<Value> operands;
    SmallVector<LinearOp> gone;
    for (auto [run, values] : llvm::zip(runsOf(concat, parts), parts)) {
      std::string reason = run.size() > 1 ? whyNot(derived, concat, run) : std::string();
      if (run.size() < 2 || !reason.empty()) {
        llvm::append_range(operands, values);
        if (run.size() > 1) {
          remark::missed(concat.getLoc(), remarkFor(concat, getArgumentName(), "weights"))
              << "products that are joined stay apart" << remark::reason("{0}", reason);
          missed += run.size();
        }
        continue;
      }
      operands.push_back(merge(derived, concat, run));
      gone.append(run);
      merged += run.size() - 1;
    }
    if (gone.empty())
      return;
    OpBuilder builder(concat);
    Value result = operands.front();
    if (operands.size() > 1)
      result = ConcatOp::create(builder, concat.getLoc(), concat.getType(), operands, int64_t(1));
    concat.getResult().replaceAllUsesWith(result);
    concat.erase();
    for (LinearOp product : gone)
      product.erase();
  }

  void runOnOperation() override {
    SmallVector<ConcatOp> concats;
    getOperation().walk([&](ConcatOp op) { concats.push_back(op); });
    DerivedWeights derived(getOperation());
    for (ConcatOp concat : concats)
      mergeParts(concat, derived);
    derived.dropUnused();
  }
};
} // namespace
