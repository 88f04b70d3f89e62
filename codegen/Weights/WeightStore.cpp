//===- WeightStore.cpp - The packed weights of a program, for the file ----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Weights/WeightStore.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Threading.h"

using namespace mlir;

namespace tenon {

FailureOr<Recipe> WeightStore::recipeOf(task::WeightOp weight) {
  return Recipe::create(weight.getLoc(), weight.getSources(), weight.getRecipe(),
                        cast<MemRefType>(weight.getType()), *reader);
}

void WeightStore::cut(size_t weight, const Recipe &recipe) {
  int64_t atOnce = recipe.partElements();
  for (int64_t first = 0; first < recipe.elements(); first += atOnce) {
    int64_t count = std::min(atOnce, recipe.elements() - first);
    ranges.push_back({first, count});
    cuts.push_back({weight, static_cast<uint64_t>(recipe.bytesOf(first)),
                    static_cast<uint64_t>(recipe.bytesOf(count)),
                    static_cast<uint64_t>(recipe.peakBytes())});
  }
}

FailureOr<WeightStore> WeightStore::create(ModuleOp module, TensorReader &reader) {
  WeightStore store(reader);
  llvm::append_range(store.operations, module.getOps<task::WeightOp>());
  llvm::sort(store.operations,
             [](task::WeightOp a, task::WeightOp b) { return a.getIndex() < b.getIndex(); });
  for (auto [index, weight] : llvm::enumerate(store.operations)) {
    FailureOr<Recipe> recipe = store.recipeOf(weight);
    if (failed(recipe))
      return failure();
    store.sizes.push_back({static_cast<uint64_t>(recipe->sizeBytes())});
    store.cut(index, *recipe);
  }
  store.errors.resize(store.cuts.size());
  return store;
}

namespace {
/// While one lives, errors of this thread are kept instead of told.
class KeptErrors : public ScopedDiagnosticHandler {
public:
  KeptErrors(MLIRContext *context, std::vector<Diagnostic> &errors)
      : ScopedDiagnosticHandler(context) {
    setHandler([&errors, thread = llvm::get_threadid()](Diagnostic &diagnostic) {
      if (llvm::get_threadid() != thread || diagnostic.getSeverity() != DiagnosticSeverity::Error)
        return failure();
      errors.push_back(std::move(diagnostic));
      return success();
    });
  }
};
} // namespace

rt::Status WeightStore::produce(size_t index, Sink sink) {
  task::WeightOp weight = operations[cuts[index].weight];
  KeptErrors kept(weight.getContext(), errors[index]);
  rt::Status status = rt::Status::ok();
  FailureOr<Recipe> recipe = recipeOf(weight);
  LogicalResult made =
      failed(recipe) ? failure() : recipe->stream(ranges[index], [&](ArrayRef<char> bytes) {
        status = sink({reinterpret_cast<const std::byte *>(bytes.data()), bytes.size()});
        return success(static_cast<bool>(status));
      });
  if (failed(made) && status) // the reason is among the errors
    status = rt::Status::failure(rt::StatusCode::InputOutput, "");
  return status;
}

void WeightStore::tellFailure(size_t index) {
  DiagnosticEngine &engine = operations[cuts[index].weight].getContext()->getDiagEngine();
  for (Diagnostic &error : errors[index])
    engine.emit(std::move(error));
  errors[index].clear();
}

} // namespace tenon
