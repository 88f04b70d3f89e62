//===- OpChecks.h - What verifiers ask about operands ---------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_OPCHECKS_H
#define TENON_DIALECTS_TRANSFORMER_OPCHECKS_H

#include "dialects/Transformer/TransformerDialect.h"

namespace tenon::transformer {

/// The columns of a tensor of rows.
inline int64_t columns(mlir::Value tensor) {
  return llvm::cast<mlir::RankedTensorType>(tensor.getType()).getShape().back();
}

inline bool isFiniteNonZero(const llvm::APFloat &value) {
  return value.isFinite() && !value.isZero();
}

inline bool isFiniteNotNegative(const llvm::APFloat &value) {
  return value.isFinite() && (value.isZero() || !value.isNegative());
}

/// Whether `weight` is there and has exactly this shape.
inline bool hasShape(mlir::Value weight, llvm::ArrayRef<int64_t> shape) {
  return weight && llvm::cast<WeightType>(weight.getType()).getShape() == shape;
}

/// Whether `weight`, if any, has exactly this shape.
inline bool isAbsentOr(mlir::Value weight, llvm::ArrayRef<int64_t> shape) {
  return !weight || hasShape(weight, shape);
}

/// Whether `state` is used by one op only and replaced by a state of its type.
inline bool isThreaded(mlir::Value state, mlir::Value result) {
  return state.getType() == result.getType() && state.hasOneUse();
}

/// The check that `op` threads its state: uses it up, and makes one of its type.
template <typename Op> mlir::LogicalResult verifyThreaded(Op op) {
  if (isThreaded(op.getState(), op.getResult()))
    return mlir::success();
  return op.emitOpError("expected a state that is used once and replaced by one of its type");
}

} // namespace tenon::transformer

#endif // TENON_DIALECTS_TRANSFORMER_OPCHECKS_H
