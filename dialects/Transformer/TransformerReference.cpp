//===- TransformerReference.cpp - The meaning of each op ------------------===//
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

#include "dialects/Transformer/OpChecks.h"
#include "dialects/Transformer/ReferenceBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>

using namespace mlir;
using namespace tenon::transformer;

/// The sizes of the result `tensor` with the rows of `like`.
static SmallVector<OpFoldResult> rowsLike(ReferenceBuilder &b, Value like, Value result) {
  return {b.sizesOf(like).front(),
          b.builder.getIndexAttr(cast<RankedTensorType>(result.getType()).getShape().back())};
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

ReferenceResults TransposeOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  auto type = cast<WeightType>(getResult().getType());
  SmallVector<OpFoldResult> sizes;
  for (int64_t size : type.getShape())
    sizes.push_back(builder.getIndexAttr(size));
  return {{b.map(sizes, type.getElementType(), operands[0].front(), b.project(2, {1, 0}),
                 [](ValueRange e) { return e[0]; })}};
}

//===----------------------------------------------------------------------===//
// Rows in and out
//===----------------------------------------------------------------------===//

Value tenon::transformer::embeddingRows(ReferenceBuilder &b, EmbeddingOp op, Value tokens,
                                        Value given,
                                        llvm::function_ref<Value(Value, Value)> elementOf) {
  SmallVector<Value> inputs = {tokens};
  SmallVector<AffineMap> maps = {b.project(2, {0})};
  if (given) {
    inputs.push_back(given);
    maps.push_back(b.identity(2));
  }
  return b.map(rowsLike(b, tokens, op.getResult()), b.builder.getF32Type(), inputs, maps,
               [&](ValueRange e) {
                 Value entry = b.asIndex(e[0]), zero = b.index(0);
                 Value isGiven = given ? b.less(entry, zero) : Value();
                 // Both are read, without a branch: entry 0 stands for none.
                 if (given)
                   entry = b.select(isGiven, zero, entry);
                 Value looked = b.mul(elementOf(entry, b.loop(1)), b.f32(op.getScale()));
                 return given ? b.select(isGiven, e[1], looked) : looked;
               });
}

ReferenceResults EmbeddingOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value table = operands[1].front();
  Value given = getGiven() ? operands[2].front() : Value();
  return {{embeddingRows(b, *this, operands[0].front(), given, [&](Value entry, Value column) {
    return b.atF32(table, {entry, column});
  })}};
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

ReferenceResults PositionEmbeddingOp::buildReference(OpBuilder &builder,
                                                     ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  ReferenceRows rows(operands[0]);
  Value table = operands[1].front();
  Value result = b.map(rowsLike(b, rows.sequences, getResult()), builder.getF32Type(), {}, {},
                       [&](ValueRange) {
                         Value entry = arith::AddIOp::create(
                             builder, b.loc, b.positionOf(rows, b.loop(0)), b.index(getOffset()));
                         return b.atF32(table, {entry, b.loop(1)});
                       });
  return {{result}};
}

ReferenceResults ReplaceRowsOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value input = operands[0].front(), replacement = operands[1].front();
  Value result =
      b.map(b.sizesOf(input), builder.getF32Type(), {input, operands[2].front()},
            {b.identity(2), b.project(2, {0})}, [&](ValueRange e) -> Value {
              Value row = b.asIndex(e[1]), column = b.loop(1);
              // A branch, not a select: row 0 of the replacement need not exist.
              auto choice = scf::IfOp::create(
                  builder, b.loc, b.less(row, b.index(0)),
                  [&](OpBuilder &nested, Location loc) { scf::YieldOp::create(nested, loc, e[0]); },
                  [&](OpBuilder &nested, Location loc) {
                    Value other = tensor::ExtractOp::create(nested, loc, replacement,
                                                            ValueRange{row, column});
                    scf::YieldOp::create(nested, loc, other);
                  });
              return choice.getResult(0);
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

ReferenceResults NormalizedLinearOp::buildReference(OpBuilder &builder,
                                                    ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value input = operands[0].front(), weight = operands[1].front();
  SmallVector<OpFoldResult> outputs = {builder.getIndexAttr(columns(getResult()))};
  Value squares = b.reduce(b.filled(outputs, 0.0), 1, weight, b.identity(2), [&](ValueRange e) {
    Value element = b.widen(e[0]);
    return b.add(e[1], b.mul(element, element));
  });
  Value lengths = b.elementwise(squares, [&](ValueRange e) {
    return b.max(math::SqrtOp::create(builder, b.loc, e[0]), b.f32(getEps()));
  });
  Value sums = b.reduce(b.filled(rowsLike(b, input, getResult()), 0.0), 1, {input, weight},
                        {b.project(3, {0, 2}), b.project(3, {1, 2})},
                        [&](ValueRange e) { return b.add(e[2], b.mul(e[0], b.widen(e[1]))); });
  Value result =
      b.map(b.sizesOf(sums), builder.getF32Type(), {sums, lengths},
            {b.identity(2), b.project(2, {1})}, [&](ValueRange e) { return b.div(e[0], e[1]); });
  return {{result}};
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

ReferenceResults RmsNormOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  // One group needs no axis of its own, and tiles then need no other shape.
  bool grouped = getGroups() > 1;
  Value input = operands[0].front();
  if (grouped)
    input = b.splitLastAxisBySize(input, getColumnGranule());
  unsigned rank = grouped ? 3 : 2;
  AffineMap perGroup = grouped ? b.project(3, {0, 1}) : b.project(2, {0});
  SmallVector<OpFoldResult> sizes = b.sizesOf(input);
  Value squares = b.reduce(b.filled(ArrayRef(sizes).drop_back(), 0.0), 1, input, b.identity(rank),
                           [&](ValueRange e) { return b.add(e[1], b.mul(e[0], e[0])); });
  double columns = cast<RankedTensorType>(input.getType()).getShape().back();
  Value inverse = b.elementwise(squares, [&](ValueRange e) -> Value {
    Value mean = b.mul(e[0], b.f32(1.0 / columns));
    return math::RsqrtOp::create(builder, b.loc, b.add(mean, b.f32(getEps())));
  });
  Value result =
      b.map(sizes, builder.getF32Type(), {input, inverse, operands[1].front()},
            {b.identity(rank), perGroup, b.project(rank, {rank - 1})}, [&](ValueRange e) {
              Value weight = b.widen(e[2]);
              if (!getOffset().isZero())
                weight = b.add(weight, b.f32(getOffset()));
              return b.mul(b.mul(e[0], e[1]), weight);
            });
  return {{grouped ? b.mergeLastAxes(result) : result}};
}

ReferenceResults LayerNormOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value input = operands[0].front();
  Value inverse = b.f32(1.0 / columns(getInput()));
  SmallVector<OpFoldResult> rows = {b.sizesOf(input).front()};
  AffineMap perRow = b.project(2, {0}), perColumn = b.project(2, {1});
  Value sums = b.reduce(b.filled(rows, 0.0), 1, input, b.identity(2),
                        [&](ValueRange e) { return b.add(e[1], e[0]); });
  Value centred =
      b.map(b.sizesOf(input), builder.getF32Type(), {input, sums}, {b.identity(2), perRow},
            [&](ValueRange e) { return b.sub(e[0], b.mul(e[1], inverse)); });
  Value squares = b.reduce(b.filled(rows, 0.0), 1, centred, b.identity(2),
                           [&](ValueRange e) { return b.add(e[1], b.mul(e[0], e[0])); });
  Value factors = b.elementwise(squares, [&](ValueRange e) -> Value {
    Value variance = b.mul(e[0], inverse);
    return math::RsqrtOp::create(builder, b.loc, b.add(variance, b.f32(getEps())));
  });
  SmallVector<Value> inputs = {centred, factors, operands[1].front()};
  SmallVector<AffineMap> maps = {b.identity(2), perRow, perColumn};
  bool hasBias = operands.size() > 2;
  if (hasBias) {
    inputs.push_back(operands[2].front());
    maps.push_back(perColumn);
  }
  Value result = b.map(b.sizesOf(input), builder.getF32Type(), inputs, maps, [&](ValueRange e) {
    Value scaled = b.mul(b.mul(e[0], e[1]), b.widen(e[2]));
    return hasBias ? b.add(scaled, b.widen(e[3])) : scaled;
  });
  return {{result}};
}

ReferenceResults L2NormOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value input = b.splitLastAxisBySize(operands[0].front(), getColumnGranule());
  SmallVector<OpFoldResult> sizes = b.sizesOf(input);
  Value squares = b.reduce(b.filled(ArrayRef(sizes).drop_back(), 0.0), 1, input, b.identity(3),
                           [&](ValueRange e) { return b.add(e[1], b.mul(e[0], e[0])); });
  Value factors = b.elementwise(squares, [&](ValueRange e) {
    Value sum = b.add(e[0], b.f32(getEps()));
    return b.mul(b.f32(getScale()), math::RsqrtOp::create(builder, b.loc, sum));
  });
  Value result =
      b.map(sizes, builder.getF32Type(), {input, factors}, {b.identity(3), b.project(3, {0, 1})},
            [&](ValueRange e) { return b.mul(e[0], e[1]); });
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
  APFloat factor = getFactor();
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
  Value heads = b.splitLastAxisBySize(operands[0].front(), getHeadDim());
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

ReferenceResults LognScaleOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  ReferenceRows rows(operands[1]);
  Value result = b.elementwise(operands[0], [&](ValueRange e) {
    Value count = b.add(b.toF32(b.positionOf(rows, b.loop(0))), b.f32(1.0));
    Value factor = b.mul(math::LogOp::create(builder, b.loc, count),
                         b.f32(1.0 / std::log(static_cast<double>(getLength()))));
    return b.select(b.less(b.f32(getLength()), count), b.mul(e[0], factor), e[0]);
  });
  return {{result}};
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
  Value result = b.elementwise({operands[0].front(), operands[1].front()}, [&](ValueRange e) {
    return b.gated(getFunction(), getLimit(), getAlpha(), e[0], e[1]);
  });
  return {{result}};
}

ReferenceResults ResidualAddOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value result = b.elementwise({operands[0].front(), operands[1].front()}, [&](ValueRange e) {
    return b.add(e[0], b.mul(b.f32(getScale()), e[1]));
  });
  return {{result}};
}

ReferenceResults ScaleOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  return {
      {b.elementwise(operands[0], [&](ValueRange e) { return b.mul(b.f32(getFactor()), e[0]); })}};
}

ReferenceResults SoftcapOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value result = b.elementwise(operands[0], [&](ValueRange e) {
    Value cap = b.f32(getCap());
    return b.mul(cap, math::TanhOp::create(builder, b.loc, b.div(e[0], cap)));
  });
  return {{result}};
}

ReferenceResults ScaleRowsOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value input = operands[0].front(), factors = operands[1].front();
  Value result =
      b.map(b.sizesOf(input), builder.getF32Type(), input, b.identity(2),
            [&](ValueRange e) { return b.mul(b.at(factors, {b.loop(0), b.index(0)}), e[0]); });
  return {{result}};
}

ReferenceResults BiasAddOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value input = operands[0].front();
  Value result = b.map(b.sizesOf(input), builder.getF32Type(), {input, operands[1].front()},
                       {b.identity(2), b.project(2, {1})},
                       [&](ValueRange e) { return b.add(e[0], b.widen(e[1])); });
  return {{result}};
}

ReferenceResults SplitOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  ReferenceResults results;
  int64_t groups = getGroups(), offset = 0;
  Value input = operands[0].front();
  if (groups > 1)
    input = b.splitLastAxis(input, groups);
  for (Value part : getParts()) {
    int64_t size = columns(part) / groups;
    Value slice = b.slice(input, offset, size);
    results.push_back({groups > 1 ? b.mergeLastAxes(slice) : slice});
    offset += size;
  }
  return results;
}

ReferenceResults ConcatOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  int64_t groups = getGroups(), offset = 0;
  SmallVector<OpFoldResult> sizes = rowsLike(b, operands[0].front(), getResult());
  if (groups > 1) {
    sizes.back() = builder.getIndexAttr(groups);
    sizes.push_back(builder.getIndexAttr(columns(getResult()) / groups));
  }
  Value result = b.empty(sizes, builder.getF32Type());
  for (ValueRange operand : operands) {
    Value part = operand.front();
    int64_t size = columns(part) / groups;
    result = b.insert(groups > 1 ? b.splitLastAxis(part, groups) : part, result, offset);
    offset += size;
  }
  return {{groups > 1 ? b.mergeLastAxes(result) : result}};
}
