//===- StepSignature.cpp - Which argument of a step is what ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/StepSignature.h"

#include "dialects/Transformer/TransformerDialect.h"

using namespace mlir;

namespace tenon::transformer {

static bool isIds(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 1 && tensor.getElementType().isInteger(32);
}

/// Rows as the dialect has them: f32, with a fixed number of columns.
static bool isRows(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 2 && tensor.isDynamicDim(0) && !tensor.isDynamicDim(1) &&
         tensor.getElementType().isF32();
}

std::optional<StepSignature> StepSignature::of(FunctionType type) {
  ArrayRef<Type> inputs = type.getInputs();
  unsigned next = 0;
  auto take = [&](bool isWanted) -> std::optional<unsigned> {
    return isWanted ? std::optional(next++) : std::nullopt;
  };
  StepSignature signature;
  signature.tokens = take(next < inputs.size() && isIds(inputs[next]));
  signature.embeddings = take(next < inputs.size() && isRows(inputs[next]));
  signature.rows = next;
  bool hasRows =
      inputs.size() >= next + 2 && isa<RowsType>(inputs[next]) && isIds(inputs[next + 1]);
  if (next == 0 || !hasRows || type.getNumResults() == 0 || !isRows(type.getResult(0)))
    return std::nullopt;
  return signature;
}

RankedTensorType embeddingsOf(FunctionType type) {
  std::optional<StepSignature> signature = StepSignature::of(type);
  if (!signature || !signature->embeddings)
    return {};
  return cast<RankedTensorType>(type.getInput(*signature->embeddings));
}

} // namespace tenon::transformer
