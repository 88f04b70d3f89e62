//===- WeightStore.cpp - The packed weights of a program, for the file ----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Weights/WeightStore.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace tenon {

FailureOr<Recipe> WeightStore::recipeOf(task::WeightOp weight) {
  return Recipe::create(weight.getLoc(), weight.getSources(), weight.getRecipe(),
                        cast<MemRefType>(weight.getType()), *reader);
}

FailureOr<WeightStore> WeightStore::create(ModuleOp module, TensorReader &reader) {
  WeightStore store(reader);
  llvm::append_range(store.operations, module.getOps<task::WeightOp>());
  llvm::sort(store.operations,
             [](task::WeightOp a, task::WeightOp b) { return a.getIndex() < b.getIndex(); });
  for (task::WeightOp weight : store.operations) {
    FailureOr<Recipe> recipe = store.recipeOf(weight);
    if (failed(recipe))
      return failure();
    store.sizes.push_back({static_cast<uint64_t>(recipe->sizeBytes())});
    store.peak = std::max(store.peak, recipe->peakBytes());
  }
  return store;
}

rt::Status WeightStore::produce(size_t index, Sink sink) {
  rt::Status status = rt::Status::ok();
  FailureOr<Recipe> recipe = recipeOf(operations[index]);
  LogicalResult made = failed(recipe) ? failure() : recipe->stream([&](ArrayRef<char> bytes) {
    status = sink({reinterpret_cast<const std::byte *>(bytes.data()), bytes.size()});
    return success(static_cast<bool>(status));
  });
  if (failed(made) && status) // the reader has told the reason as a diagnostic
    status = rt::Status::failure(rt::StatusCode::InputOutput, "a weight could not be read");
  return status;
}

} // namespace tenon
