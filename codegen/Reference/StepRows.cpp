//===- StepRows.cpp - The rows that a step is run on ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Reference/StepRows.h"

#include "dialects/Transformer/StepSignature.h"
#include "dialects/Transformer/TransformerDialect.h"

#include "mlir/IR/BuiltinOps.h"

#include <cstring>

using namespace mlir;

namespace tenon {

std::vector<int32_t> TaskRows::positionsOn(int64_t axes) const {
  std::vector<int32_t> result;
  for (auto [row, place] : llvm::enumerate(positions)) {
    result.push_back(place);
    for (int64_t axis = 1; axis < axes; ++axis)
      result.push_back(coordinates.empty() ? place : coordinates[row * (axes - 1) + axis - 1]);
  }
  return result;
}

HostTensor TaskRows::embeddingsOf(int64_t columns) const {
  HostTensor result({std::ssize(tokens), columns}, ElementKind::F32);
  if (embeddings.empty())
    llvm::fill(result.bytes(), 0);
  else
    std::memcpy(result.bytes().data(), embeddings.data(), embeddings.size() * sizeof(float));
  return result;
}

static HostTensor intsOf(ArrayRef<int32_t> values, ArrayRef<int64_t> shape) {
  HostTensor result(shape, ElementKind::I32);
  std::memcpy(result.bytes().data(), values.data(), values.size() * sizeof(int32_t));
  return result;
}

std::vector<HostTensor> stepInputs(func::FuncOp function, const TaskRows &rows) {
  FunctionType type = function.getFunctionType();
  std::optional<transformer::StepSignature> signature = transformer::StepSignature::of(type);
  assert(signature && "a function that is no step");
  int64_t count = std::ssize(rows.tokens);
  int64_t axes = transformer::positionAxesOf(function->getParentOfType<ModuleOp>());
  std::vector<HostTensor> inputs;
  if (signature->tokens)
    inputs.push_back(intsOf(rows.tokens, count));
  if (RankedTensorType embeddings = transformer::embeddingsOf(type))
    inputs.push_back(rows.embeddingsOf(embeddings.getDimSize(1)));
  inputs.push_back(intsOf(rows.sequences, count));
  inputs.push_back(intsOf(rows.positionsOn(axes), {count, axes}));
  inputs.push_back(intsOf(rows.wanted, std::ssize(rows.wanted)));
  return inputs;
}

} // namespace tenon
