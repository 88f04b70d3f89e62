//===- StepRows.h - The rows that a step is run on -------------*- C++ -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_REFERENCE_STEPROWS_H
#define TENON_CODEGEN_REFERENCE_STEPROWS_H

#include "codegen/Reference/HostTensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <vector>

namespace tenon {

/// The rows of one step, one element of the first lists for each row.
struct TaskRows {
  std::vector<int32_t> tokens;      ///< negative: the row is that of `embeddings`
  std::vector<int32_t> positions;   ///< places in the sequence
  std::vector<int32_t> sequences;   ///< numbers of them
  std::vector<int32_t> wanted;      ///< numbers of rows
  std::vector<int32_t> coordinates; ///< [rows, axes - 1]; empty: the place, on all axes
  std::vector<float> embeddings;    ///< [rows, hidden]; empty: no row is given

  /// The positions on all `axes`, row after row.
  std::vector<int32_t> positionsOn(int64_t axes) const;
  /// The embeddings as a tensor [rows, columns]; without any it is zero.
  HostTensor embeddingsOf(int64_t columns) const;
};

/// The arguments of `function`, a step (transformer::StepSignature), but for its
/// states.
std::vector<HostTensor> stepInputs(mlir::func::FuncOp function, const TaskRows &rows);

} // namespace tenon

#endif // TENON_CODEGEN_REFERENCE_STEPROWS_H
