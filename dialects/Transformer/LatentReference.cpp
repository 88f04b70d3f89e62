//===- LatentReference.cpp - Attention over latents in the reference form -===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/AttentionReference.h"
#include "dialects/Transformer/OpChecks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tenon::transformer;

SmallVector<Value> LatentAppendOp::getWrittenTensors() { return {getLatents(), getKeys()}; }

ReferenceResults LatentAppendOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  AttentionReference attention(b);
  ReferenceRows rows(operands[3]);
  Value latents = attention.scatter(operands[0][0], operands[1].front(), rows);
  Value keys = attention.scatter(operands[0][1], operands[2].front(), rows);
  return {{latents, keys}};
}

/// [rows, heads, positions]: products of the unrotated and of the rotated
/// parts added, scaled, and hidden where later than the row.
static Value latentScores(ReferenceBuilder &b, Value products, Value queryRope, Value keys,
                          const ReferenceRows &rows, Value first, const APFloat &scale) {
  AttentionReference attention(b);
  Value rotated = attention.products(
      queryRope, b.sizesOf(keys)[1], [&](Value row, Value, Value slot, Value component) {
        return b.atF32(keys, {b.sequenceOf(rows, row), slot, component});
      });
  Value sums = b.elementwise({products, rotated},
                             [&](ValueRange e) { return b.mul(b.add(e[0], e[1]), b.f32(scale)); });
  return attention.adjust(sums, [&](Value score, Value row, Value, Value slot) {
    Value j = arith::AddIOp::create(b.builder, b.loc, first, slot);
    return attention.hide(b.less(j, seenByPosition(b.builder, b.positionOf(rows, row))), score);
  });
}

int64_t LatentAttendOp::getSumSize() { return columns(getResult()) / getHeads(); }

Value LatentAttendOp::buildSeenPositions(OpBuilder &builder, Value position, ValueRange) {
  return seenByPosition(builder, position);
}

AttentionSum LatentAttendOp::buildSum(OpBuilder &builder, ArrayRef<ValueRange> operands,
                                      Value first) {
  ReferenceBuilder b(builder, getLoc());
  AttentionReference attention(b);
  int64_t heads = getHeads(), value = getSumSize();
  int64_t nope = columns(getQuery()) / heads, width = nope + value;
  Value latents = operands[2][0], keys = operands[2][1];
  ReferenceRows rows(operands[3]);
  SmallVector<OpFoldResult> sizes = b.sizesOf(latents);
  sizes.back() = builder.getIndexAttr(heads * width);
  Value expanded = b.reduce(b.filled(sizes, 0.0), 1, {latents, operands[4].front()},
                            {b.project(4, {0, 1, 3}), b.project(4, {2, 3})}, [&](ValueRange e) {
                              return b.add(e[2], b.mul(b.widen(e[0]), b.widen(e[1])));
                            });
  // Component `offset + d` of a head of the expanded latent of a position.
  auto elementAt = [&](int64_t offset) {
    return [&, offset](Value row, Value head, Value slot, Value component) {
      Value start = arith::MulIOp::create(builder, b.loc, head, b.index(width));
      Value within = arith::AddIOp::create(builder, b.loc, component, b.index(offset));
      Value column = arith::AddIOp::create(builder, b.loc, start, within);
      return b.at(expanded, {b.sequenceOf(rows, row), slot, column});
    };
  };
  Value query = b.splitLastAxis(operands[0].front(), heads);
  Value products = attention.products(query, b.sizesOf(latents)[1], elementAt(0));
  Value scores = latentScores(b, products, b.splitLastAxis(operands[1].front(), heads), keys, rows,
                              first, getScale());
  return attention.weigh(scores, value, elementAt(nope));
}

Value LatentAttendOp::buildResult(OpBuilder &builder, ArrayRef<ValueRange>, AttentionSum sum) {
  ReferenceBuilder b(builder, getLoc());
  return b.mergeLastAxes(AttentionReference(b).divide(sum, /*sinks=*/{}));
}

ReferenceResults LatentAttendOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  return attendToAll(*this, builder, operands);
}

/// Adds the product of two elements, of which the second is of a weight.
static Value addProduct(ReferenceBuilder &b, ValueRange e) {
  return b.add(e[2], b.mul(e[0], b.widen(e[1])));
}

int64_t LatentAttendAbsorbedOp::getSumSize() { return getState().getType().getRank(); }

Value LatentAttendAbsorbedOp::buildSeenPositions(OpBuilder &builder, Value position, ValueRange) {
  return seenByPosition(builder, position);
}

AttentionSum LatentAttendAbsorbedOp::buildSum(OpBuilder &builder, ArrayRef<ValueRange> operands,
                                              Value first) {
  ReferenceBuilder b(builder, getLoc());
  AttentionReference attention(b);
  int64_t heads = getHeads(), rank = getSumSize();
  Value latents = operands[2][0], keys = operands[2][1];
  ReferenceRows rows(operands[3]);
  Value query = b.splitLastAxis(operands[0].front(), heads);
  SmallVector<OpFoldResult> sizes = b.sizesOf(query);
  sizes.back() = builder.getIndexAttr(rank);
  Value absorbed = b.reduce(b.filled(sizes, 0.0), 1, {query, operands[4].front()},
                            {b.project(4, {0, 1, 3}), b.project(4, {1, 3, 2})},
                            [&](ValueRange e) { return addProduct(b, e); });
  auto latentAt = [&](Value row, Value, Value slot, Value component) {
    return b.atF32(latents, {b.sequenceOf(rows, row), slot, component});
  };
  Value products = attention.products(absorbed, b.sizesOf(latents)[1], latentAt);
  Value scores = latentScores(b, products, b.splitLastAxis(operands[1].front(), heads), keys, rows,
                              first, getScale());
  return attention.weigh(scores, rank, latentAt);
}

Value LatentAttendAbsorbedOp::buildResult(OpBuilder &builder, ArrayRef<ValueRange> operands,
                                          AttentionSum sum) {
  ReferenceBuilder b(builder, getLoc());
  Value mixed = AttentionReference(b).divide(sum, /*sinks=*/{});
  SmallVector<OpFoldResult> sizes = b.sizesOf(mixed);
  sizes.back() = builder.getIndexAttr(columns(getResult()) / getHeads());
  Value result = b.reduce(b.filled(sizes, 0.0), 1, {mixed, operands[5].front()},
                          {b.project(4, {0, 1, 3}), b.project(4, {1, 2, 3})},
                          [&](ValueRange e) { return addProduct(b, e); });
  return b.mergeLastAxes(result);
}

ReferenceResults LatentAttendAbsorbedOp::buildReference(OpBuilder &builder,
                                                        ArrayRef<ValueRange> operands) {
  return attendToAll(*this, builder, operands);
}
