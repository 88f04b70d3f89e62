//===- WeightValues.cpp - Weights as tensors of the host ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Reference/WeightValues.h"

#include "codegen/Weights/Recipe.h"

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

static FailureOr<HostTensor> evaluate(Location loc, ArrayAttr sources, ArrayAttr recipe,
                                      ShapedType type, TensorReader &reader) {
  std::optional<ElementKind> kind = elementKindOf(type.getElementType());
  if (!kind)
    return emitError(loc) << "a weight has elements of type " << type.getElementType()
                          << ", which the reference path does not know";
  FailureOr<Recipe> evaluated = Recipe::create(loc, sources, recipe, type, reader);
  if (failed(evaluated))
    return failure();
  HostTensor result(type.getShape(), *kind);
  char *place = result.bytes().data();
  if (failed(evaluated->stream([&](ArrayRef<char> bytes) {
        place = llvm::copy(bytes, place);
        return success();
      })))
    return failure();
  return result;
}

FailureOr<HostTensor> makeWeight(transformer::WeightOp weight, TensorReader &reader) {
  auto type = cast<WeightType>(weight.getType());
  SmallVector<Attribute> recipe(weight.getRecipe().getValue());
  if (hasLayout(weight.getRecipe()))
    recipe.pop_back();
  return evaluate(weight.getLoc(), weight.getSources(), ArrayAttr::get(weight.getContext(), recipe),
                  RankedTensorType::get(type.getShape(), type.getElementType()), reader);
}

FailureOr<HostTensor> makePackedWeight(task::WeightOp weight, TensorReader &reader) {
  return evaluate(weight.getLoc(), weight.getSources(), weight.getRecipe(),
                  cast<MemRefType>(weight.getType()), reader);
}

} // namespace tenon
