//===- PackWeights.cpp - How weights of products lie in memory ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Target.h"
#include "dialects/Transformer/TransformerDialect.h"
#include "passes/Passes.h"
#include "passes/Transformer/ColumnTiles.h"
#include "passes/Transformer/DerivedWeights.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"

#include <numeric>

using namespace mlir;
using namespace tenon;
using namespace tenon::transformer;

namespace tenon {
#define GEN_PASS_DEF_PACKWEIGHTSPASS
#include "passes/Passes.h.inc"
} // namespace tenon

namespace {
struct PackWeights : tenon::impl::PackWeightsPassBase<PackWeights> {
  SymbolTable *symbols = nullptr;
  llvm::MapVector<WeightOp, int64_t> granules; // of the products that use each weight
  llvm::EquivalenceClasses<Operation *> packedAlike;

  /// The weights that `value`, a get_weight or an argument, can be.
  void collectWeights(Value value, SmallVectorImpl<WeightOp> &weights) {
    if (auto get = value.getDefiningOp<GetWeightOp>()) {
      if (auto weight = symbols->lookup<WeightOp>(get.getName()))
        weights.push_back(weight);
      return;
    }
    auto argument = dyn_cast<BlockArgument>(value);
    auto function = argument ? dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp()) : nullptr;
    if (!function)
      return;
    auto uses = function.getSymbolUses(getOperation());
    for (SymbolTable::SymbolUse use : *uses)
      if (auto call = dyn_cast<func::CallOp>(use.getUser()))
        collectWeights(call.getOperand(argument.getArgNumber()), weights);
  }

  void runOnOperation() override {
    SymbolTable table(getOperation());
    symbols = &table;
    getOperation().walk([&](LinearOp linear) {
      SmallVector<WeightOp> weights;
      collectWeights(linear.getWeight(), weights);
      int64_t granule = headGranule(linear.getResult());
      for (WeightOp weight : weights) {
        int64_t &known = granules.insert({weight, 1}).first->second;
        known = std::lcm(known, granule);
        // An argument has one type in memory, whichever weight it is.
        packedAlike.unionSets(weights.front(), weight);
      }
    });
    llvm::DenseMap<Operation *, int64_t> shared;
    for (auto [weight, granule] : granules) {
      int64_t &known = shared.insert({packedAlike.getLeaderValue(weight), 1}).first->second;
      known = std::lcm(known, granule);
    }
    for (auto [weight, granule] : granules)
      pack(weight, shared.lookup(packedAlike.getLeaderValue(weight)));
  }

  void pack(WeightOp weight, int64_t granule) {
    if (llvm::any_of(weight.getRecipe(), llvm::IsaPred<PackAttr>))
      return;
    auto type = cast<WeightType>(weight.getType());
    WeightPacking packing = packingOf(type.getElementType());
    int64_t group = columnTile(granule);
    SmallVector<Attribute> recipe = literalRecipe(weight);
    recipe.push_back(
        PackAttr::get(&getContext(), packing.lanes, packing.columns, packing.multiple, group));
    weight.setRecipeAttr(ArrayAttr::get(&getContext(), recipe));
    ++packed;
  }
};
} // namespace
