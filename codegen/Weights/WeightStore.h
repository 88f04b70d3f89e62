//===- WeightStore.h - The packed weights of a program, for the file ------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_WEIGHTS_WEIGHTSTORE_H
#define TENON_CODEGEN_WEIGHTS_WEIGHTSTORE_H

#include "codegen/Link/PayloadWriter.h"
#include "codegen/Weights/Recipe.h"
#include "dialects/Task/TaskDialect.h"

#include "mlir/IR/BuiltinOps.h"

namespace tenon {

/// Streams every weight through its recipe, one at a time, so that memory is
/// bounded whatever the size of the model.
class WeightStore : public link::WeightSource {
public:
  /// The weights that `module`, of the task stage, declares, in the order of
  /// their table. The module and the reader must outlive the store. \returns
  /// failure after an error when a recipe cannot be evaluated.
  static llvm::FailureOr<WeightStore> create(mlir::ModuleOp module, TensorReader &reader);

  llvm::ArrayRef<link::PackedWeight> weights() const override { return sizes; }
  rt::Status produce(size_t index, Sink sink) override;

  /// The most memory that making any weight takes.
  int64_t peakBytes() const { return peak; }

private:
  explicit WeightStore(TensorReader &reader) : reader(&reader) {}
  llvm::FailureOr<Recipe> recipeOf(task::WeightOp weight);

  mlir::SmallVector<task::WeightOp> operations;
  std::vector<link::PackedWeight> sizes;
  TensorReader *reader;
  int64_t peak = 0;
};

} // namespace tenon

#endif // TENON_CODEGEN_WEIGHTS_WEIGHTSTORE_H
