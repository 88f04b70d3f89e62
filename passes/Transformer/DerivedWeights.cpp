//===- DerivedWeights.cpp - Weights made of other weights -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Transformer/DerivedWeights.h"

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

/// The function that `value` is an argument of, or null.
static func::FuncOp functionOf(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  return argument ? dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp()) : func::FuncOp();
}

SmallVector<func::CallOp> DerivedWeights::callsOf(func::FuncOp function) {
  SmallVector<func::CallOp> calls;
  module.walk([&](func::CallOp call) {
    if (call.getCallee() == function.getName())
      calls.push_back(call);
  });
  return calls;
}

/// `values` as a call of `function` has them: arguments become its operands.
static SmallVector<Value> seenFrom(func::CallOp call, func::FuncOp function,
                                   ArrayRef<Value> values) {
  return llvm::map_to_vector(values, [&](Value value) {
    return functionOf(value) == function
               ? call.getOperand(cast<BlockArgument>(value).getArgNumber())
               : value;
  });
}

/// The first function that one of `values` is an argument of.
static func::FuncOp firstFunctionOf(ArrayRef<Value> values) {
  for (Value value : values)
    if (func::FuncOp function = functionOf(value))
      return function;
  return {};
}

std::string DerivedWeights::findTuples(ArrayRef<Value> values,
                                       SmallVectorImpl<WeightTuple> &tuples) {
  if (func::FuncOp function = firstFunctionOf(values)) {
    if (function.isPublic())
      return "a weight is an argument of a public function";
    for (func::CallOp call : callsOf(function))
      if (std::string reason = findTuples(seenFrom(call, function, values), tuples);
          !reason.empty())
        return reason;
    return {};
  }
  WeightTuple tuple;
  for (Value value : values) {
    auto get = value.getDefiningOp<GetWeightOp>();
    if (!get)
      return "a weight is the result of an op";
    tuple.push_back(symbols.lookup<WeightOp>(get.getName()));
    if (hasLayout(tuple.back().getRecipe()))
      return "a weight is packed already";
  }
  tuples.push_back(std::move(tuple));
  return {};
}

void DerivedWeights::collectUsers(Value weight, llvm::DenseSet<Operation *> &users) {
  for (OpOperand &use : weight.getUses()) {
    auto call = dyn_cast<func::CallOp>(use.getOwner());
    auto callee = call ? symbols.lookup<func::FuncOp>(call.getCallee()) : nullptr;
    if (callee && !callee.isExternal())
      collectUsers(callee.getArgument(use.getOperandNumber()), users);
    else
      users.insert(use.getOwner());
  }
}

bool DerivedWeights::usedBesides(ArrayRef<WeightTuple> tuples, ArrayRef<Operation *> users) {
  llvm::DenseSet<Operation *> found;
  module.walk([&](GetWeightOp get) {
    for (const WeightTuple &tuple : tuples)
      if (llvm::is_contained(tuple, symbols.lookup<WeightOp>(get.getName())))
        return collectUsers(get, found);
  });
  return llvm::any_of(found, [&](Operation *user) { return !llvm::is_contained(users, user); });
}

WeightOp DerivedWeights::declare(const WeightTuple &tuple, const WeightDerivation &derivation) {
  OpBuilder builder(module.getContext());
  builder.setInsertionPoint(tuple.front()); // parts are in the file as they are made
  SmallVector<Attribute> sources;
  SmallVector<Location> locations;
  for (WeightOp weight : tuple) {
    llvm::append_range(sources, weight.getSources());
    locations.push_back(weight.getLoc());
    taken.push_back(weight);
  }
  WeightOp first = tuple.front();
  std::string name = (first.getSymName() + derivation.suffix).str();
  ArrayAttr all = builder.getArrayAttr(sources);
  ArrayAttr recipe = builder.getArrayAttr(derivation.recipe(tuple));
  auto known = symbols.lookup<WeightOp>(name); // of another call with the same weights
  if (known && known.getSources() == all && known.getRecipe() == recipe &&
      known.getType() == derivation.type)
    return known;
  auto weight =
      WeightOp::create(builder, builder.getFusedLoc(locations), builder.getStringAttr(name),
                       TypeAttr::get(derivation.type), all, recipe);
  symbols.insert(weight, weight->getIterator()); // finds a free name
  return weight;
}

Value DerivedWeights::derive(OpBuilder &builder, ArrayRef<Value> values,
                             const WeightDerivation &derivation) {
  Location loc = values.front().getLoc();
  func::FuncOp function = firstFunctionOf(values);
  if (!function) {
    WeightTuple tuple = llvm::map_to_vector<4>(values, [&](Value value) {
      return symbols.lookup<WeightOp>(value.getDefiningOp<GetWeightOp>().getName());
    });
    StringAttr name = declare(tuple, derivation).getSymNameAttr();
    return GetWeightOp::create(builder, loc, derivation.type, FlatSymbolRefAttr::get(name));
  }
  unsigned number = function.getNumArguments();
  LogicalResult inserted = function.insertArgument(number, derivation.type, DictionaryAttr(), loc);
  (void)inserted;
  assert(succeeded(inserted) && "a private function takes any argument");
  for (func::CallOp call : callsOf(function)) {
    OpBuilder atCall(call);
    SmallVector<Value> seen = seenFrom(call, function, values);
    call->insertOperands(number, derive(atCall, seen, derivation));
  }
  return function.getArgument(number);
}

void DerivedWeights::dropArguments(func::FuncOp function) {
  llvm::BitVector unused(function.getNumArguments());
  for (BlockArgument argument : function.getArguments())
    if (isa<WeightType>(argument.getType()) && argument.use_empty())
      unused.set(argument.getArgNumber());
  if (function.isPublic() || unused.none())
    return;
  for (func::CallOp call : callsOf(function))
    call->eraseOperands(unused);
  LogicalResult erased = function.eraseArguments(unused);
  (void)erased;
  assert(succeeded(erased) && "the arguments have no uses");
}

void DerivedWeights::dropUnused() {
  if (taken.empty())
    return;
  // Callees first: what they do not take, their callers need not pass.
  SmallVector<func::FuncOp> functions;
  for (auto function : module.getOps<func::FuncOp>())
    if (!function.isExternal())
      functions.push_back(function);
  for (size_t turn = 0; turn < functions.size(); ++turn)
    for (func::FuncOp function : functions)
      dropArguments(function);
  module.walk([&](GetWeightOp get) {
    if (get->use_empty())
      get.erase();
  });
  llvm::DenseSet<Operation *> seen;
  for (WeightOp weight : taken)
    if (seen.insert(weight).second && SymbolTable::symbolKnownUseEmpty(weight, module))
      symbols.erase(weight);
  taken.clear();
}

SmallVector<Attribute> literalRecipe(WeightOp weight) {
  SmallVector<Attribute> recipe(weight.getRecipe().getValue());
  FailureOr<RecipeSteps> steps = makeRecipeSteps(weight.getSources(), weight.getRecipe(),
                                                 [&] { return weight.emitOpError(); });
  assert(succeeded(steps) && "a verified weight has a recipe");
  RankedTensorType made =
      steps->empty() ? tensorTypeOf(weight.getSources()[0]) : steps->back()->type();
  ArrayRef<int64_t> shape = cast<WeightType>(weight.getType()).getShape();
  if (made.getShape() != shape) // a kernel, say, that the type calls a matrix
    recipe.push_back(ReshapeAttr::get(weight.getContext(), shape));
  return recipe;
}

} // namespace tenon
