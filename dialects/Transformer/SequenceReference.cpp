//===- SequenceReference.cpp - Ops along a sequence in the reference form -===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/OpChecks.h"
#include "dialects/Transformer/ReferenceBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;
using namespace tenon::transformer;

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

/// Whether `row` is the first (step -1) or the last (step 1) of its sequence.
static Value isAtEnd(ReferenceBuilder &b, Value sequences, Value row, int64_t step) {
  Value last = arith::SubIOp::create(b.builder, b.loc, b.dim(sequences, 0), b.index(1));
  Value edge = step < 0 ? b.index(0) : last;
  Value next = arith::AddIOp::create(b.builder, b.loc, row, b.index(step));
  Value outside = b.equal(row, edge);
  Value neighbour = b.at(sequences, b.select(outside, row, next));
  Value differs = arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::ne, neighbour,
                                        b.at(sequences, row));
  return arith::OrIOp::create(b.builder, b.loc, outside, differs);
}

ReferenceResults PoolOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value input = operands[0].front(), wanted = operands[2].front();
  ReferenceRows rows(operands[1]);
  PoolKind kind = getKind();
  bool largest = kind == PoolKind::Max;
  double start = largest ? -std::numeric_limits<double>::infinity() : 0.0;
  SmallVector<OpFoldResult> sizes = {b.sizesOf(wanted).front(),
                                     builder.getIndexAttr(columns(getResult()))};
  SmallVector<AffineMap> maps = {b.project(3, {0}), b.project(3, {2}), b.project(3, {2, 1})};
  Value sums =
      b.reduce(b.filled(sizes, start), 1, {wanted, rows.sequences, input}, maps, [&](ValueRange e) {
        Value taken = b.equal(e[0], e[1]);
        if (kind == PoolKind::First || kind == PoolKind::Last)
          taken = b.both(taken,
                         isAtEnd(b, rows.sequences, b.loop(2), kind == PoolKind::First ? -1 : 1));
        Value element = b.select(taken, e[2], b.f32(start));
        return largest ? b.max(element, e[3]) : b.add(element, e[3]);
      });
  if (kind != PoolKind::Mean && kind != PoolKind::MeanSqrt)
    return {{sums}};
  Value counts = b.reduce(b.filled(sizes.front(), 0.0), 1, {wanted, rows.sequences},
                          {b.project(2, {0}), b.project(2, {1})}, [&](ValueRange e) {
                            Value one = b.select(b.equal(e[0], e[1]), b.f32(1.0), b.f32(0.0));
                            return b.add(one, e[2]);
                          });
  Value result = b.map(sizes, builder.getF32Type(), {sums, counts},
                       {b.identity(2), b.project(2, {0})}, [&](ValueRange e) {
                         Value divisor = e[1];
                         if (kind == PoolKind::MeanSqrt)
                           divisor = math::SqrtOp::create(builder, b.loc, divisor);
                         return b.div(e[0], divisor);
                       });
  return {{result}};
}

//===----------------------------------------------------------------------===//
// Convolution
//===----------------------------------------------------------------------===//

/// [result rows, kernel] i32: the row of the input that each tap reads, -1 where
/// the sequence has none.
static Value rowsOfTaps(ReferenceBuilder &b, ConvolutionOp op, const ReferenceRows &input,
                        const ReferenceRows &result) {
  OpBuilder &builder = b.builder;
  SmallVector<OpFoldResult> sizes = {b.sizesOf(result.sequences).front(),
                                     builder.getIndexAttr(op.getWeight().getType().getDimSize(2))};
  return b.reduce(
      b.filledI32(sizes, -1), 1, {result.sequences, input.sequences},
      {b.project(3, {0}), b.project(3, {2})}, [&](ValueRange e) {
        Value start = arith::MulIOp::create(builder, b.loc, b.positionOf(result, b.loop(0)),
                                            b.index(op.getStride()));
        Value tap = arith::AddIOp::create(builder, b.loc, start, b.loop(1));
        Value position = arith::SubIOp::create(builder, b.loc, tap, b.index(op.getPadding()));
        Value row = b.loop(2);
        Value found = b.both(b.equal(e[0], e[1]), b.equal(position, b.positionOf(input, row)));
        Value number = arith::IndexCastOp::create(builder, b.loc, builder.getI32Type(), row);
        return b.select(found, number, e[2]);
      });
}

ReferenceResults ConvolutionOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value input = operands[0].front(), weight = operands[3].front();
  Value taps = rowsOfTaps(b, *this, ReferenceRows(operands[1]), ReferenceRows(operands[2]));
  SmallVector<OpFoldResult> sizes = {b.sizesOf(taps).front(),
                                     builder.getIndexAttr(columns(getResult()))};
  Value init = getBias() ? b.map(sizes, builder.getF32Type(), operands[4], b.project(2, {1}),
                                 [&](ValueRange e) { return b.widen(e[0]); })
                         : b.filled(sizes, 0.0);
  Value result = b.reduce(
      init, 2, {taps, weight}, {b.project(4, {0, 3}), b.project(4, {1, 2, 3})}, [&](ValueRange e) {
        Value row = b.asIndex(e[0]);
        Value none = b.less(row, b.index(0));
        Value element = b.at(input, {b.select(none, b.index(0), row), b.loop(2)});
        Value product = b.mul(element, b.widen(e[1]));
        return b.add(e[2], b.select(none, b.f32(0.0), product));
      });
  return {{result}};
}
