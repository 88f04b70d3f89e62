//===- StepSignature.h - Which argument of a step is what ------*- C++ -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_STEPSIGNATURE_H
#define TENON_DIALECTS_TRANSFORMER_STEPSIGNATURE_H

#include "mlir/IR/BuiltinTypes.h"

#include <optional>

namespace tenon::transformer {

/// Which argument of a step is what. A step takes, in this order: tokens
/// `tensor<?xi32>`, or embeddings `tensor<?xHxf32>`, or both; the rows; the
/// wanted rows `tensor<?xi32>`; states. Its first result is a row of
/// `tensor<?xCxf32>` for each wanted row. With both, a negative token says that
/// the row is that of the embeddings.
struct StepSignature {
  std::optional<unsigned> tokens, embeddings;
  unsigned rows;

  unsigned wanted() const { return rows + 1; }
  unsigned firstState() const { return rows + 2; }

  /// \returns none when `type` is not that of a step; what stands behind the
  /// wanted rows and the first result is not looked at.
  static std::optional<StepSignature> of(mlir::FunctionType type);
};

/// The type of the embeddings that a step of `type` takes, or null.
mlir::RankedTensorType embeddingsOf(mlir::FunctionType type);

} // namespace tenon::transformer

#endif // TENON_DIALECTS_TRANSFORMER_STEPSIGNATURE_H
