//===- WeightStore.h - Makes packed weights from a checkpoint---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one place where recipes are evaluated for the file. A weight is made in
// blocks of rows, so that memory is bounded by a block, whatever the size of
// the model. The one recipe that needs a whole tensor, a transpose, says so in
// peakBytes().
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_WEIGHTS_WEIGHTSTORE_H
#define TENON_CODEGEN_WEIGHTS_WEIGHTSTORE_H

#include "codegen/Link/PayloadWriter.h"
#include "dialects/Task/TaskDialect.h"
#include "dialects/Transformer/TransformerDialect.h"

#include "mlir/IR/BuiltinOps.h"

namespace tenon {

/// Reads rows of the tensors that sources name.
class TensorReader {
public:
  virtual ~TensorReader();
  /// Reads rows [firstRow, firstRow + rows) of `source` into `bytes`, which has
  /// their size. \returns failure after an error.
  virtual mlir::LogicalResult read(transformer::SourceAttr source, int64_t firstRow, int64_t rows,
                                   llvm::MutableArrayRef<char> bytes) = 0;
};

class WeightStore : public link::WeightSource {
public:
  /// The weights that `module`, of the task stage, declares, in the order of
  /// their table. The module and the reader must outlive the store.
  WeightStore(mlir::ModuleOp module, TensorReader &reader);

  llvm::ArrayRef<link::PackedWeight> weights() const override { return sizes; }
  rt::Status produce(size_t index, Sink sink) override;

  /// The most memory that making any weight takes.
  int64_t peakBytes() const;

private:
  mlir::SmallVector<task::WeightOp> operations;
  std::vector<link::PackedWeight> sizes;
  TensorReader &reader;
};

} // namespace tenon

#endif // TENON_CODEGEN_WEIGHTS_WEIGHTSTORE_H
