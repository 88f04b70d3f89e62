//===- StateParts.h - What a state consists of ----------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the interfaces of states, and of the ops that write and read them, speak
// of.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_STATEPARTS_H
#define TENON_DIALECTS_TRANSFORMER_STATEPARTS_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

namespace tenon::transformer {

/// One tensor of a state in the reference form.
struct StatePart {
  llvm::StringRef name; ///< "keys"; unique in its state
  /// Whether there is an element of `shape` for each position of a sequence,
  /// or one for each sequence.
  bool growsWithPositions;
  llvm::SmallVector<int64_t> shape;
  mlir::Type elementType;

  /// `[sequences, positions, shape...]`, or `[sequences, shape...]`.
  mlir::RankedTensorType referenceType() const;
};

/// What attention has computed over some of the positions that a row sees.
/// Values weighed by exp(score - largest) add up: two of these make one.
struct AttentionSum {
  mlir::Value sums;    ///< [rows, heads, size] f32: weighed values
  mlir::Value largest; ///< [rows, heads] f32: score; the lowest finite number when none is visible
  mlir::Value total;   ///< [rows, heads] f32: weights
};

} // namespace tenon::transformer

#endif // TENON_DIALECTS_TRANSFORMER_STATEPARTS_H
