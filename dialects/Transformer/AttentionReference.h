//===- AttentionReference.h - Softmax attention in the reference form -----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_ATTENTIONREFERENCE_H
#define TENON_DIALECTS_TRANSFORMER_ATTENTIONREFERENCE_H

#include "dialects/Transformer/ReferenceBuilder.h"

namespace tenon::transformer {

/// Parts of attention that all its ops share. A slot is what a query looks at:
/// a position of a state, or a row of the batch.
class AttentionReference {
public:
  /// An element as f32, or a condition, from the indices of a loop nest.
  using Element = llvm::function_ref<mlir::Value(mlir::Value row, mlir::Value head,
                                                 mlir::Value slot, mlir::Value component)>;
  using Adjust = llvm::function_ref<mlir::Value(mlir::Value score, mlir::Value row,
                                                mlir::Value head, mlir::Value slot)>;

  explicit AttentionReference(ReferenceBuilder &b) : b(b) {}

  /// [rows, heads, slots]: dot products of `query` [rows, heads, components]
  /// with keys.
  mlir::Value products(mlir::Value query, mlir::OpFoldResult slots, Element key);
  /// The same tensor with each score adjusted; hidden ones become -inf.
  mlir::Value adjust(mlir::Value scores, Adjust adjust);
  /// Sums the values of all slots, weighed by the softmax of `scores`.
  AttentionSum weigh(mlir::Value scores, int64_t size, Element value);
  /// The sum over no slot at all.
  AttentionSum nothing(mlir::OpFoldResult rows, int64_t heads, int64_t size);
  /// The sum over the slots of both; takes the place of `before`.
  AttentionSum merge(AttentionSum before, AttentionSum more);
  /// [rows, heads, size]: the sums over the weights. `sinks` [heads], or null,
  /// are scores that take part without a value. Where no score is visible the
  /// result is zero.
  mlir::Value divide(AttentionSum sum, mlir::Value sinks);
  /// `score`, or -inf where not `visible`.
  mlir::Value hide(mlir::Value visible, mlir::Value score);
  /// cap * tanh(score / cap); `score` itself when cap is 0.
  mlir::Value softcap(mlir::Value score, const llvm::APFloat &cap);
  /// The bucket, as index, of a distance that is not negative. The first `exact` of `buckets`
  /// buckets count single distances; the others grow up to `maxDistance`.
  mlir::Value relativeBucket(mlir::Value distance, int64_t exact, int64_t buckets,
                             int64_t maxDistance);
  /// Writes row r of `rows` [rows, ...] to [sequence, position] of `cache`
  /// [sequences, positions, ...], rounded to its type.
  mlir::Value scatter(mlir::Value cache, mlir::Value rows, const ReferenceRows &where);

private:
  ReferenceBuilder &b;
};

/// The reference form of attention over a state: all positions at once.
ReferenceResults attendToAll(AttentionInterface op, mlir::OpBuilder &builder,
                             llvm::ArrayRef<mlir::ValueRange> operands);
/// How many positions a row at `position` sees that sees no later one.
mlir::Value seenByPosition(mlir::OpBuilder &builder, mlir::Value position);

} // namespace tenon::transformer

#endif // TENON_DIALECTS_TRANSFORMER_ATTENTIONREFERENCE_H
