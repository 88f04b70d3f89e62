//===- TransformerReference.cpp - The meaning of each op--------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// buildReference of the ops, in the order of TransformerOps.td. What converted
// operands look like is said at ReferenceInterface.
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/ReferenceBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <limits>

using namespace mlir;
using namespace tenon::transformer;

/// The sizes of the result `tensor` with the rows of `like`.
static SmallVector<OpFoldResult> rowsLike(ReferenceBuilder &b, Value like, Value result) {
  return {b.sizesOf(like).front(),
          b.builder.getIndexAttr(cast<RankedTensorType>(result.getType()).getShape().back())};
}

static double number(const APFloat &value) { return value.convertToDouble(); }

//===----------------------------------------------------------------------===//
// Rows in and out
//===----------------------------------------------------------------------===//

ReferenceResults EmbeddingOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value tokens = operands[0].front(), table = operands[1].front();
  Value result = b.map(rowsLike(b, tokens, getResult()), builder.getF32Type(), tokens,
                       b.project(2, {0}), [&](ValueRange arguments) {
                         Value column = linalg::IndexOp::create(builder, b.loc, 1);
                         Value element = tensor::ExtractOp::create(
                             builder, b.loc, table, ValueRange{b.asIndex(arguments[0]), column});
                         return b.mul(b.widen(element), b.f32(number(getScale())));
                       });
  return {{result}};
}

ReferenceResults SelectRowsOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value input = operands[0].front(), indices = operands[1].front();
  Value result = b.map(rowsLike(b, indices, getResult()), builder.getF32Type(), indices,
                       b.project(2, {0}), [&](ValueRange arguments) -> Value {
                         Value column = linalg::IndexOp::create(builder, b.loc, 1);
                         return tensor::ExtractOp::create(
                             builder, b.loc, input, ValueRange{b.asIndex(arguments[0]), column});
                       });
  return {{result}};
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

ReferenceResults LinearOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value input = operands[0].front(), weight = operands[1].front();
  SmallVector<OpFoldResult> sizes = rowsLike(b, input, getResult());
  Value init = getBias() ? b.map(sizes, builder.getF32Type(), operands[2], b.project(2, {1}),
                                 [&](ValueRange bias) { return b.widen(bias[0]); })
                         : b.filled(sizes, 0.0);
  Value result = b.reduce(init, 1, {input, weight}, {b.project(3, {0, 2}), b.project(3, {1, 2})},
                          [&](ValueRange e) { return b.add(e[2], b.mul(e[0], b.widen(e[1]))); });
  return {{result}};
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

ReferenceResults RmsNormOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value input = b.splitLastAxis(operands[0].front(), getGroups());
  SmallVector<OpFoldResult> sizes = b.sizesOf(input);
  Value squares = b.reduce(b.filled(ArrayRef(sizes).drop_back(), 0.0), 1, input, b.identity(3),
                           [&](ValueRange e) { return b.add(e[1], b.mul(e[0], e[0])); });
  double columns = cast<RankedTensorType>(input.getType()).getShape().back();
  Value inverse = b.elementwise(squares, [&](ValueRange e) -> Value {
    Value mean = b.mul(e[0], b.f32(1.0 / columns));
    return math::RsqrtOp::create(builder, b.loc, b.add(mean, b.f32(number(getEps()))));
  });
  Value result = b.map(sizes, builder.getF32Type(), {input, inverse, operands[1].front()},
                       {b.identity(3), b.project(3, {0, 1}), b.project(3, {2})}, [&](ValueRange e) {
                         Value weight = b.widen(e[2]);
                         if (!getOffset().isZero())
                           weight = b.add(weight, b.f32(number(getOffset())));
                         return b.mul(b.mul(e[0], e[1]), weight);
                       });
  return {{b.mergeLastAxes(result)}};
}

//===----------------------------------------------------------------------===//
// Rotary positions
//===----------------------------------------------------------------------===//

ReferenceResults RotaryTableOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value positions = operands[0][1];
  int64_t count = getFrequencies().size();
  auto constant = [&](DenseElementsAttr attribute) -> Value {
    return arith::ConstantOp::create(builder, b.loc, attribute);
  };
  Value frequencies = constant(DenseElementsAttr::get(
      RankedTensorType::get({count}, builder.getF32Type()), getFrequencies()));
  SmallVector<int64_t> axisOf(count, 0);
  if (getAxes())
    axisOf.assign(getAxes()->begin(), getAxes()->end());
  Value axes = constant(DenseElementsAttr::get(RankedTensorType::get({count}, builder.getI64Type()),
                                               ArrayRef(axisOf)));
  SmallVector<OpFoldResult> sizes = rowsLike(b, positions, getCos());
  Value angles = b.map(
      sizes, builder.getF32Type(), {frequencies, axes}, {b.project(2, {1}), b.project(2, {1})},
      [&](ValueRange e) {
        Value row = linalg::IndexOp::create(builder, b.loc, 0);
        Value axis = arith::IndexCastOp::create(builder, b.loc, builder.getIndexType(), e[1]);
        Value position =
            tensor::ExtractOp::create(builder, b.loc, positions, ValueRange{row, axis});
        return b.mul(arith::SIToFPOp::create(builder, b.loc, builder.getF32Type(), position), e[0]);
      });
  double factor = number(getFactor());
  Value cos = b.elementwise(angles, [&](ValueRange e) {
    return b.mul(math::CosOp::create(builder, b.loc, e[0]), b.f32(factor));
  });
  Value sin = b.elementwise(angles, [&](ValueRange e) {
    return b.mul(math::SinOp::create(builder, b.loc, e[0]), b.f32(factor));
  });
  return {{cos}, {sin}};
}

ReferenceResults RopeOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  int64_t columns = getInput().getType().getShape().back();
  Value heads = b.splitLastAxis(operands[0].front(), columns / getHeadDim());
  int64_t angles = getCos().getType().getShape().back();
  bool halves = getStyle() == RotaryStyle::Halves;
  int64_t stride = halves ? 1 : 2, second = halves ? angles : 1;
  Value x = b.slice(heads, 0, angles, stride), y = b.slice(heads, second, angles, stride);
  SmallVector<AffineMap> maps = {b.identity(3), b.identity(3), b.project(3, {0, 2}),
                                 b.project(3, {0, 2})};
  SmallVector<OpFoldResult> sizes = b.sizesOf(x);
  Value cos = operands[1].front(), sin = operands[2].front();
  Value rotatedX = b.map(sizes, builder.getF32Type(), {x, y, cos, sin}, maps,
                         [&](ValueRange e) { return b.sub(b.mul(e[0], e[2]), b.mul(e[1], e[3])); });
  Value rotatedY = b.map(sizes, builder.getF32Type(), {x, y, cos, sin}, maps,
                         [&](ValueRange e) { return b.add(b.mul(e[1], e[2]), b.mul(e[0], e[3])); });
  Value result = b.empty(b.sizesOf(heads), builder.getF32Type());
  result = b.insert(rotatedX, result, 0, stride);
  result = b.insert(rotatedY, result, second, stride);
  if (2 * angles < static_cast<int64_t>(getHeadDim())) {
    Value rest = b.slice(heads, 2 * angles, getHeadDim() - 2 * angles);
    result = b.insert(rest, result, 2 * angles);
  }
  return {{b.mergeLastAxes(result)}};
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// Writes row r of `rows` [rows, heads, headDim] to [sequence, position] of
/// `cache` [sequences, positions, heads, headDim], rounded to its type.
static Value scatterRows(ReferenceBuilder &b, Value cache, Value rows, Value sequence,
                         Value position) {
  OpBuilder &builder = b.builder;
  auto type = cast<RankedTensorType>(cache.getType());
  Value rounded = b.map(b.sizesOf(rows), type.getElementType(), rows, b.identity(3),
                        [&](ValueRange e) { return b.narrow(e[0], type.getElementType()); });
  auto loop = scf::ForOp::create(builder, b.loc, b.index(0), b.dim(rows, 0), b.index(1), cache);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value row = loop.getInductionVar();
  Value s = b.asIndex(tensor::ExtractOp::create(builder, b.loc, sequence, row));
  Value p =
      b.asIndex(tensor::ExtractOp::create(builder, b.loc, position, ValueRange{row, b.index(0)}));
  OpFoldResult one = builder.getIndexAttr(1), zero = builder.getIndexAttr(0);
  OpFoldResult heads = builder.getIndexAttr(type.getDimSize(2));
  OpFoldResult headDim = builder.getIndexAttr(type.getDimSize(3));
  auto rowType = RankedTensorType::get(type.getShape().drop_front(2), type.getElementType());
  Value slice = tensor::ExtractSliceOp::create(
      builder, b.loc, rowType, rounded, ArrayRef<OpFoldResult>{row, zero, zero},
      ArrayRef<OpFoldResult>{one, heads, headDim}, ArrayRef<OpFoldResult>{one, one, one});
  Value next = tensor::InsertSliceOp::create(
      builder, b.loc, slice, loop.getRegionIterArg(0), ArrayRef<OpFoldResult>{s, p, zero, zero},
      ArrayRef<OpFoldResult>{one, one, heads, headDim}, ArrayRef<OpFoldResult>{one, one, one, one});
  scf::YieldOp::create(builder, b.loc, next);
  return loop.getResult(0);
}

ReferenceResults KvAppendOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  int64_t heads = getState().getType().getHeads();
  Value sequence = operands[3][0], positions = operands[3][1];
  Value keys = scatterRows(b, operands[0][0], b.splitLastAxis(operands[1].front(), heads), sequence,
                           positions);
  Value values = scatterRows(b, operands[0][1], b.splitLastAxis(operands[2].front(), heads),
                             sequence, positions);
  return {{keys, values}};
}

namespace {
/// Builds the attention of one op, step by step.
struct AttendReference {
  AttendOp op;
  ReferenceBuilder &b;
  Value query, keys, values, sequence, positions;

  OpBuilder &builder() { return b.builder; }
  int64_t heads() { return op.getHeads(); }

  Value loopIndex(unsigned axis) { return linalg::IndexOp::create(builder(), b.loc, axis); }

  /// Element [sequence of row, position, state head of query head, d].
  Value stateElement(Value cache, Value row, Value position, Value head, Value d) {
    Value s = b.asIndex(tensor::ExtractOp::create(builder(), b.loc, sequence, row));
    int64_t share = heads() / op.getState().getType().getHeads();
    Value stateHead = arith::DivUIOp::create(builder(), b.loc, head, b.index(share));
    return b.widen(
        tensor::ExtractOp::create(builder(), b.loc, cache, ValueRange{s, position, stateHead, d}));
  }

  Value positionOf(Value row) {
    return b.asIndex(
        tensor::ExtractOp::create(builder(), b.loc, positions, ValueRange{row, b.index(0)}));
  }

  /// [rows, heads, positions]: scaled dot products of queries and keys.
  Value products() {
    SmallVector<OpFoldResult> sizes = b.sizesOf(query);
    sizes[2] = b.dim(keys, 1);
    // A loop over positions and components: the component is the reduction.
    Value components = b.empty({b.sizesOf(keys)[3]}, builder().getF32Type());
    return b.reduce(b.filled(sizes, 0.0), 1, {query, components},
                    {b.project(4, {0, 1, 3}), b.project(4, {3})}, [&](ValueRange e) {
                      Value key = stateElement(keys, loopIndex(0), loopIndex(2), loopIndex(1),
                                               loopIndex(3));
                      return b.add(e[2], b.mul(e[0], key));
                    });
  }

  /// The score with scale, cap, slope and mask applied.
  Value score(Value product) {
    Value x = b.mul(product, b.f32(number(op.getScale())));
    if (!op.getSoftcap().isZero()) {
      Value cap = b.f32(number(op.getSoftcap()));
      x = b.mul(cap, math::TanhOp::create(builder(), b.loc, b.div(x, cap)));
    }
    Value p = positionOf(loopIndex(0)), j = loopIndex(2);
    if (op.getSlopes())
      x = b.add(x, b.mul(slopeOf(loopIndex(1)), distance(j, p)));
    Value visible = arith::CmpIOp::create(builder(), b.loc, arith::CmpIPredicate::sle, j, p);
    if (op.getWindow() > 0) {
      Value first = arith::SubIOp::create(builder(), b.loc, p, b.index(op.getWindow()));
      Value inside = arith::CmpIOp::create(builder(), b.loc, arith::CmpIPredicate::sgt, j, first);
      visible = arith::AndIOp::create(builder(), b.loc, visible, inside);
    }
    Value hidden = b.f32(-std::numeric_limits<double>::infinity());
    return arith::SelectOp::create(builder(), b.loc, visible, x, hidden);
  }

  Value slopeOf(Value head) {
    auto type = RankedTensorType::get({heads()}, builder().getF32Type());
    Value slopes =
        arith::ConstantOp::create(builder(), b.loc, DenseElementsAttr::get(type, *op.getSlopes()));
    return tensor::ExtractOp::create(builder(), b.loc, slopes, head);
  }

  /// j - p as f32.
  Value distance(Value j, Value p) {
    Value difference = arith::SubIOp::create(builder(), b.loc, j, p);
    Value i64 = arith::IndexCastOp::create(builder(), b.loc, builder().getI64Type(), difference);
    return arith::SIToFPOp::create(builder(), b.loc, builder().getF32Type(), i64);
  }

  Value build(Value sinks) {
    Value scores = b.elementwise(products(), [&](ValueRange e) { return score(e[0]); });
    SmallVector<OpFoldResult> perHead = b.sizesOf(scores);
    perHead.pop_back();
    Value lowest = b.filled(perHead, -std::numeric_limits<float>::max());
    Value start = sinks ? b.map(perHead, builder().getF32Type(), sinks, b.project(2, {1}),
                                [&](ValueRange e) { return b.widen(e[0]); })
                        : lowest;
    Value largest =
        b.reduce(start, 1, scores, b.identity(3), [&](ValueRange e) { return b.max(e[0], e[1]); });
    SmallVector<AffineMap> maps = {b.identity(3), b.project(3, {0, 1})};
    Value weights = b.map(b.sizesOf(scores), builder().getF32Type(), {scores, largest}, maps,
                          [&](ValueRange e) -> Value {
                            return math::ExpOp::create(builder(), b.loc, b.sub(e[0], e[1]));
                          });
    Value sinkWeight =
        sinks ? b.elementwise({start, largest},
                              [&](ValueRange e) -> Value {
                                return math::ExpOp::create(builder(), b.loc, b.sub(e[0], e[1]));
                              })
              : b.filled(perHead, 0.0);
    Value total = b.reduce(sinkWeight, 1, weights, b.identity(3),
                           [&](ValueRange e) { return b.add(e[0], e[1]); });
    Value sums = b.reduce(
        b.filled(b.sizesOf(query), 0.0), 1, weights, b.project(4, {0, 1, 3}), [&](ValueRange e) {
          Value value =
              stateElement(values, loopIndex(0), loopIndex(3), loopIndex(1), loopIndex(2));
          // Positions that nothing wrote hold no number.
          Value none =
              arith::CmpFOp::create(builder(), b.loc, arith::CmpFPredicate::OEQ, e[0], b.f32(0.0));
          Value product =
              arith::SelectOp::create(builder(), b.loc, none, b.f32(0.0), b.mul(e[0], value));
          return b.add(e[1], product);
        });
    return b.map(b.sizesOf(sums), builder().getF32Type(), {sums, total}, maps,
                 [&](ValueRange e) { return b.div(e[0], e[1]); });
  }
};
} // namespace

ReferenceResults AttendOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value query = b.splitLastAxis(operands[0].front(), getHeads());
  AttendReference reference{*this,         b, query, operands[1][0], operands[1][1], operands[2][0],
                            operands[2][1]};
  Value sinks = getSinks() ? operands[3].front() : Value();
  return {{b.mergeLastAxes(reference.build(sinks))}};
}

//===----------------------------------------------------------------------===//
// Activations and wiring
//===----------------------------------------------------------------------===//

ReferenceResults ActivationOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  return {{b.elementwise(operands[0],
                         [&](ValueRange e) { return b.activation(getFunction(), e[0]); })}};
}

ReferenceResults GatedActivationOp::buildReference(OpBuilder &builder,
                                                   ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  double limit = number(getLimit());
  Value result = b.elementwise({operands[0].front(), operands[1].front()}, [&](ValueRange e) {
    if (limit == 0.0)
      return b.mul(b.activation(getFunction(), e[0]), e[1]);
    Value gate = b.min(e[0], b.f32(limit));
    Value up = b.max(b.min(e[1], b.f32(limit)), b.f32(-limit));
    Value open = b.sigmoid(b.mul(b.f32(number(getAlpha())), gate));
    return b.mul(b.add(up, b.f32(1.0)), b.mul(gate, open));
  });
  return {{result}};
}

ReferenceResults ResidualAddOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value result = b.elementwise({operands[0].front(), operands[1].front()}, [&](ValueRange e) {
    return b.add(e[0], b.mul(b.f32(number(getScale())), e[1]));
  });
  return {{result}};
}

ReferenceResults SplitOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  ReferenceResults results;
  int64_t offset = 0;
  for (Value part : getParts()) {
    int64_t size = cast<RankedTensorType>(part.getType()).getShape().back();
    results.push_back({b.slice(operands[0].front(), offset, size)});
    offset += size;
  }
  return results;
}
