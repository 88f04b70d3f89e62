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
#include "mlir/IR/Diagnostics.h"

namespace tenon {

/// Streams every weight through its recipe in parts of known size and memory,
/// each on the thread that asks for it.
class WeightStore : public link::WeightSource {
public:
  /// The weights that `module`, of the task stage, declares, in the order of
  /// their table. The module and the reader must outlive the store, and any
  /// number of threads must be able to use the reader. \returns failure after an
  /// error when a recipe cannot be evaluated.
  static llvm::FailureOr<WeightStore> create(mlir::ModuleOp module, TensorReader &reader);

  llvm::ArrayRef<link::PackedWeight> weights() const override { return sizes; }
  llvm::ArrayRef<link::WeightPart> parts() const override { return cuts; }
  rt::Status produce(size_t index, Sink sink) override;
  void tellFailure(size_t index) override;

private:
  explicit WeightStore(TensorReader &reader) : reader(&reader) {}
  llvm::FailureOr<Recipe> recipeOf(task::WeightOp weight);
  void cut(size_t weight, const Recipe &recipe);

  mlir::SmallVector<task::WeightOp> operations;
  std::vector<link::PackedWeight> sizes;
  std::vector<link::WeightPart> cuts;
  std::vector<transformer::ElementRange> ranges; ///< of each part
  /// Of each part; a thread touches those of the part that it makes only.
  std::vector<std::vector<mlir::Diagnostic>> errors;
  TensorReader *reader;
};

} // namespace tenon

#endif // TENON_CODEGEN_WEIGHTS_WEIGHTSTORE_H
