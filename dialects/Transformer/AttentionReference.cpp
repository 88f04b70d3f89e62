//===- AttentionReference.cpp - Softmax attention in the reference form ---===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every attention is three steps: products of queries and keys, scores adjusted
// and hidden, values weighed with their softmax. What differs between the ops is
// where a key or a value lies and which of them a row sees.
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/AttentionReference.h"
#include "dialects/Transformer/OpChecks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace tenon;
using namespace tenon::transformer;

//===----------------------------------------------------------------------===//
// What all attention shares
//===----------------------------------------------------------------------===//

Value AttentionReference::products(Value query, OpFoldResult slots, Element key) {
  SmallVector<OpFoldResult> sizes = b.sizesOf(query);
  OpFoldResult components = std::exchange(sizes.back(), slots);
  // Its size bounds the loop over components; its elements are not read.
  Value extent = b.empty({components}, b.builder.getF32Type());
  return b.reduce(b.filled(sizes, 0.0), 1, {query, extent},
                  {b.project(4, {0, 1, 3}), b.project(4, {3})}, [&](ValueRange e) {
                    Value element = key(b.loop(0), b.loop(1), b.loop(2), b.loop(3));
                    return b.add(e[2], b.mul(e[0], element));
                  });
}

Value AttentionReference::adjust(Value scores, Adjust adjust) {
  return b.elementwise(scores,
                       [&](ValueRange e) { return adjust(e[0], b.loop(0), b.loop(1), b.loop(2)); });
}

Value AttentionReference::hide(Value visible, Value score) {
  return b.select(visible, score, b.f32(-std::numeric_limits<double>::infinity()));
}

Value AttentionReference::softcap(Value score, const APFloat &cap) {
  if (cap.isZero())
    return score;
  Value bound = b.f32(cap);
  return b.mul(bound, math::TanhOp::create(b.builder, b.loc, b.div(score, bound)));
}

/// Less than every score, and finite: exp(lowest - lowest) is a number.
static constexpr double lowest = -std::numeric_limits<float>::max();

AttentionSum AttentionReference::weigh(Value scores, int64_t size, Element value) {
  Type f32 = b.builder.getF32Type();
  SmallVector<OpFoldResult> perHead = b.sizesOf(scores);
  perHead.pop_back();
  Value largest = b.reduce(b.filled(perHead, lowest), 1, scores, b.identity(3),
                           [&](ValueRange e) { return b.max(e[0], e[1]); });
  Value weights =
      b.map(b.sizesOf(scores), f32, {scores, largest}, {b.identity(3), b.project(3, {0, 1})},
            [&](ValueRange e) { return b.exp(b.sub(e[0], e[1])); });
  Value total = b.reduce(b.filled(perHead, 0.0), 1, weights, b.identity(3),
                         [&](ValueRange e) { return b.add(e[0], e[1]); });
  SmallVector<OpFoldResult> sizes = perHead;
  sizes.push_back(b.builder.getIndexAttr(size));
  Value sums =
      b.reduce(b.filled(sizes, 0.0), 1, weights, b.project(4, {0, 1, 3}), [&](ValueRange e) {
        Value element = value(b.loop(0), b.loop(1), b.loop(3), b.loop(2));
        // A slot that nothing wrote holds no number, and its weight is zero.
        Value none = b.equal(e[0], b.f32(0.0));
        return b.add(e[1], b.select(none, b.f32(0.0), b.mul(e[0], element)));
      });
  return {sums, largest, total};
}

AttentionSum AttentionReference::nothing(OpFoldResult rows, int64_t heads, int64_t size) {
  OpFoldResult headCount = b.builder.getIndexAttr(heads), columns = b.builder.getIndexAttr(size);
  return {b.filled({rows, headCount, columns}, 0.0), b.filled({rows, headCount}, lowest),
          b.filled({rows, headCount}, 0.0)};
}

AttentionSum AttentionReference::merge(AttentionSum before, AttentionSum more) {
  // How much a weight shrinks when the largest score of both is its measure.
  auto shrink = [&](Value largest) {
    return b.elementwise({largest, before.largest, more.largest},
                         [&](ValueRange e) { return b.exp(b.sub(e[0], b.max(e[1], e[2]))); });
  };
  Value old = shrink(before.largest), added = shrink(more.largest);
  // Written over what was before; its largest score last, since `shrink` reads it.
  auto blend = [&](Value into, Value part) {
    unsigned rank = cast<RankedTensorType>(into.getType()).getRank();
    AffineMap all = b.identity(rank), perHead = b.project(rank, {0, 1});
    return b.reduce(into, 0, {part, old, added}, {all, perHead, perHead},
                    [&](ValueRange e) { return b.add(b.mul(e[3], e[1]), b.mul(e[0], e[2])); });
  };
  Value sums = blend(before.sums, more.sums), total = blend(before.total, more.total);
  Value largest = b.reduce(before.largest, 0, more.largest, b.identity(2),
                           [&](ValueRange e) { return b.max(e[0], e[1]); });
  return {sums, largest, total};
}

Value AttentionReference::divide(AttentionSum sum, Value sinks) {
  Value total = sum.total;
  if (sinks)
    total = b.map(b.sizesOf(total), b.builder.getF32Type(), {total, sum.largest, sinks},
                  {b.identity(2), b.identity(2), b.project(2, {1})},
                  [&](ValueRange e) { return b.add(e[0], b.exp(b.sub(b.widen(e[2]), e[1]))); });
  return b.map(b.sizesOf(sum.sums), b.builder.getF32Type(), {sum.sums, total},
               {b.identity(3), b.project(3, {0, 1})}, [&](ValueRange e) {
                 return b.select(b.equal(e[1], b.f32(0.0)), b.f32(0.0), b.div(e[0], e[1]));
               });
}

Value AttentionReference::relativeBucket(Value distance, int64_t exact, int64_t buckets,
                                         int64_t maxDistance) {
  // A table, so that no rounding of a logarithm at run time decides. The small
  // addend keeps distances that are exactly on a border in the upper bucket.
  SmallVector<int32_t> table;
  double scale = (buckets - exact) / std::log(static_cast<double>(maxDistance) / exact);
  for (int64_t n = 0; n <= maxDistance; ++n) {
    int64_t bucket = n;
    if (n >= exact)
      bucket =
          exact + static_cast<int64_t>(std::log(static_cast<double>(n) / exact) * scale + 1e-9);
    table.push_back(std::min(bucket, buckets - 1));
  }
  Value last = b.index(maxDistance);
  return b.asIndex(b.at(b.constant(table), b.select(b.less(last, distance), last, distance)));
}

Value AttentionReference::scatter(Value cache, Value rows, const ReferenceRows &where) {
  OpBuilder &builder = b.builder;
  Type type = cast<RankedTensorType>(cache.getType()).getElementType();
  SmallVector<OpFoldResult> sizes = b.sizesOf(rows);
  Value rounded = b.map(sizes, type, rows, b.identity(sizes.size()),
                        [&](ValueRange e) { return b.narrow(e[0], type); });
  auto loop = scf::ForOp::create(builder, b.loc, b.index(0), b.dim(rows, 0), b.index(1), cache);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value row = loop.getInductionVar();
  SmallVector<OpFoldResult> cacheSizes = b.sizesOf(cache);
  SmallVector<OpFoldResult> offsets(cacheSizes.size(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(cacheSizes.size(), builder.getIndexAttr(1));
  offsets[0] = b.sequenceOf(where, row);
  offsets[1] = b.positionOf(where, row);
  cacheSizes[0] = cacheSizes[1] = builder.getIndexAttr(1);
  Value next =
      tensor::InsertSliceOp::create(builder, b.loc, b.outer(rounded, row), loop.getRegionIterArg(0),
                                    offsets, cacheSizes, strides);
  scf::YieldOp::create(builder, b.loc, next);
  return loop.getResult(0);
}

//===----------------------------------------------------------------------===//
// Keys and values of past rows
//===----------------------------------------------------------------------===//

/// The head of a state that query head `head` reads when each serves `share`.
static Value sharedHead(ReferenceBuilder &b, Value head, int64_t share) {
  return arith::DivUIOp::create(b.builder, b.loc, head, b.index(share));
}

ReferenceResults transformer::attendToAll(AttentionInterface op, OpBuilder &builder,
                                          ArrayRef<ValueRange> operands) {
  Value first = arith::ConstantIndexOp::create(builder, op.getLoc(), 0);
  return {{op.buildResult(builder, operands, op.buildSum(builder, operands, first))}};
}

Value transformer::seenByPosition(OpBuilder &builder, Value position) {
  Value one = arith::ConstantIndexOp::create(builder, position.getLoc(), 1);
  return arith::AddIOp::create(builder, position.getLoc(), position, one);
}

/// An element of `cache` [sequences, positions, heads, components], keys or
/// values, that `row` sees where `share` heads of a query read one of a state.
static auto elementOf(ReferenceBuilder &b, const ReferenceRows &rows, Value cache, int64_t share) {
  return [&b, &rows, cache, share](Value row, Value head, Value slot, Value component) {
    Value sequence = b.sequenceOf(rows, row);
    return b.atF32(cache, {sequence, slot, sharedHead(b, head, share), component});
  };
}

/// The keys and values of a state, `operands[0]`, with those of the rows.
static SmallVector<Value> writeKeysAndValues(ReferenceBuilder &b, int64_t heads,
                                             ArrayRef<ValueRange> operands) {
  AttentionReference attention(b);
  ReferenceRows rows(operands[3]);
  SmallVector<Value> written;
  for (unsigned part : {0, 1})
    written.push_back(attention.scatter(operands[0][part],
                                        b.splitLastAxis(operands[1 + part].front(), heads), rows));
  return written;
}

SmallVector<Value> KvAppendOp::getWrittenTensors() { return {getKeys(), getValues()}; }

ReferenceResults KvAppendOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  return {writeKeysAndValues(b, getState().getType().getHeads(), operands)};
}

/// slopes[head] * (j - p), as f32.
static Value slopeBias(ReferenceBuilder &b, ArrayRef<float> slopes, Value head, Value difference) {
  return b.mul(b.at(b.constant(slopes), head), b.toF32(difference));
}

int64_t AttendOp::getSumSize() { return getState().getType().getHeadDim(); }

Value AttendOp::buildSeenPositions(OpBuilder &builder, Value position, ValueRange) {
  return seenByPosition(builder, position);
}

AttentionSum AttendOp::buildSum(OpBuilder &builder, ArrayRef<ValueRange> operands, Value first) {
  ReferenceBuilder b(builder, getLoc());
  AttentionReference attention(b);
  Value keys = operands[1][0], values = operands[1][1];
  ReferenceRows rows(operands[2]);
  Value relative = getRelative() ? operands.back().front() : Value();
  int64_t share = getHeads() / getState().getType().getHeads();
  Value query = b.splitLastAxis(operands[0].front(), getHeads());
  Value scores = attention.products(query, b.sizesOf(keys)[1], elementOf(b, rows, keys, share));
  scores = attention.adjust(scores, [&](Value product, Value row, Value head, Value slot) {
    Value x = attention.softcap(b.mul(product, b.f32(getScale())), getSoftcap());
    Value p = b.positionOf(rows, row), j = arith::AddIOp::create(builder, b.loc, first, slot);
    Value after = arith::SubIOp::create(builder, b.loc, j, p);
    Value before = arith::SubIOp::create(builder, b.loc, p, j);
    if (getSlopes())
      x = b.add(x, slopeBias(b, *getSlopes(), head, after));
    if (relative) {
      int64_t buckets = getRelative().getType().getDimSize(0);
      Value distance = arith::MaxSIOp::create(builder, b.loc, before, b.index(0));
      Value bucket = attention.relativeBucket(distance, buckets / 2, buckets, *getMaxDistance());
      x = b.add(x, b.atF32(relative, {bucket, head}));
    }
    Value visible = b.less(after, b.index(1));
    if (getWindow() > 0)
      visible = b.both(visible, b.less(before, b.index(getWindow())));
    return attention.hide(visible, x);
  });
  return attention.weigh(scores, getSumSize(), elementOf(b, rows, values, share));
}

Value AttendOp::buildResult(OpBuilder &builder, ArrayRef<ValueRange> operands, AttentionSum sum) {
  ReferenceBuilder b(builder, getLoc());
  Value sinks = getSinks() ? operands[3].front() : Value();
  return b.mergeLastAxes(AttentionReference(b).divide(sum, sinks));
}

ReferenceResults AttendOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  return attendToAll(*this, builder, operands);
}

//===----------------------------------------------------------------------===//
// Rows among themselves
//===----------------------------------------------------------------------===//

ReferenceResults AttendRowsOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  AttentionReference attention(b);
  int64_t share = getHeads() / getKvHeads(), size = columns(getQuery()) / getHeads();
  Value keys = b.splitLastAxis(operands[1].front(), getKvHeads());
  Value values = b.splitLastAxis(operands[2].front(), getKvHeads());
  ReferenceRows rows(operands[3]);
  Value relative = getRelative() ? operands[4].front() : Value();
  auto rowElement = [&](Value tensor) {
    return [&, tensor](Value, Value head, Value slot, Value component) {
      return b.at(tensor, {slot, sharedHead(b, head, share), component});
    };
  };
  Value query = b.splitLastAxis(operands[0].front(), getHeads());
  Value scores = attention.products(query, b.sizesOf(keys)[0], rowElement(keys));
  scores = attention.adjust(scores, [&](Value product, Value row, Value head, Value slot) {
    Value x = attention.softcap(b.mul(product, b.f32(getScale())), getSoftcap());
    Value p = b.positionOf(rows, row), j = b.positionOf(rows, slot);
    Value after = arith::SubIOp::create(builder, b.loc, j, p);
    Value before = arith::SubIOp::create(builder, b.loc, p, j);
    Value distance = arith::MaxSIOp::create(builder, b.loc, after, before);
    if (getSlopes())
      x = b.sub(x, slopeBias(b, *getSlopes(), head, distance));
    if (relative) {
      int64_t buckets = getRelative().getType().getDimSize(0), half = buckets / 2;
      Value bucket = attention.relativeBucket(distance, half / 2, half, *getMaxDistance());
      Value later = arith::AddIOp::create(builder, b.loc, bucket, b.index(half));
      x = b.add(x, b.atF32(relative, {b.select(b.less(p, j), later, bucket), head}));
    }
    Value visible = b.equal(b.sequenceOf(rows, row), b.sequenceOf(rows, slot));
    if (getWindow() > 0)
      visible = b.both(visible, b.less(distance, b.index(getWindow())));
    return attention.hide(visible, x);
  });
  AttentionSum sum = attention.weigh(scores, size, rowElement(values));
  return {{b.mergeLastAxes(attention.divide(sum, /*sinks=*/{}))}};
}

//===----------------------------------------------------------------------===//
// Cross-attention
//===----------------------------------------------------------------------===//

/// `lengths` [sequences] with that of each sequence of `rows` set to its last
/// position plus one.
static Value writeLengths(ReferenceBuilder &b, Value lengths, const ReferenceRows &rows) {
  OpBuilder &builder = b.builder;
  auto loop =
      scf::ForOp::create(builder, b.loc, b.index(0), b.dim(rows.sequences, 0), b.index(1), lengths);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value row = loop.getInductionVar();
  Value one = arith::ConstantOp::create(builder, b.loc, builder.getI32IntegerAttr(1));
  Value position = b.at(rows.positions, {row, b.index(0)});
  Value length = arith::AddIOp::create(builder, b.loc, position, one);
  Value next = tensor::InsertOp::create(builder, b.loc, length, loop.getRegionIterArg(0),
                                        b.sequenceOf(rows, row));
  scf::YieldOp::create(builder, b.loc, next);
  return loop.getResult(0);
}

ReferenceResults CrossWriteOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  SmallVector<Value> parts = writeKeysAndValues(b, getState().getType().getHeads(), operands);
  parts.push_back(writeLengths(b, operands[0][2], ReferenceRows(operands[3])));
  return {parts};
}

SmallVector<Value> CrossWriteOp::getWrittenTensors() { return {getKeys(), getValues()}; }

SmallVector<Value> CrossWriteOp::buildFixedParts(OpBuilder &builder, ValueRange parts,
                                                 ValueRange rows) {
  ReferenceBuilder b(builder, getLoc());
  return {writeLengths(b, parts.front(), ReferenceRows(rows))};
}

int64_t CrossAttendOp::getSumSize() { return getState().getType().getHeadDim(); }

Value CrossAttendOp::buildSeenPositions(OpBuilder &builder, Value, ValueRange fixedParts) {
  ReferenceBuilder b(builder, getLoc());
  return b.asIndex(b.at(fixedParts.front(), b.index(0)));
}

AttentionSum CrossAttendOp::buildSum(OpBuilder &builder, ArrayRef<ValueRange> operands,
                                     Value first) {
  ReferenceBuilder b(builder, getLoc());
  AttentionReference attention(b);
  Value keys = operands[1][0], values = operands[1][1], lengths = operands[1][2];
  ReferenceRows rows(operands[2]);
  int64_t share = getHeads() / getState().getType().getHeads();
  Value query = b.splitLastAxis(operands[0].front(), getHeads());
  Value scores = attention.products(query, b.sizesOf(keys)[1], elementOf(b, rows, keys, share));
  scores = attention.adjust(scores, [&](Value product, Value row, Value, Value slot) {
    Value length = b.asIndex(b.at(lengths, b.sequenceOf(rows, row)));
    Value j = arith::AddIOp::create(builder, b.loc, first, slot);
    return attention.hide(b.less(j, length), b.mul(product, b.f32(getScale())));
  });
  return attention.weigh(scores, getSumSize(), elementOf(b, rows, values, share));
}

Value CrossAttendOp::buildResult(OpBuilder &builder, ArrayRef<ValueRange>, AttentionSum sum) {
  ReferenceBuilder b(builder, getLoc());
  return b.mergeLastAxes(AttentionReference(b).divide(sum, /*sinks=*/{}));
}

ReferenceResults CrossAttendOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  return attendToAll(*this, builder, operands);
}
