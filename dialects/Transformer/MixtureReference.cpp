//===- MixtureReference.cpp - Mixtures of experts in the reference form ---===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/OpChecks.h"
#include "dialects/Transformer/ReferenceBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

using namespace mlir;
using namespace tenon::transformer;

//===----------------------------------------------------------------------===//
// The router
//===----------------------------------------------------------------------===//

/// [rows, n] i32: how many elements of the same row and the same block of `block`
/// columns come before each one, the greatest first and the lower column first
/// among equals.
static Value ranks(ReferenceBuilder &b, Value scores, int64_t block) {
  Value zero = arith::ConstantOp::create(b.builder, b.loc, b.builder.getI32IntegerAttr(0));
  Value one = arith::ConstantOp::create(b.builder, b.loc, b.builder.getI32IntegerAttr(1));
  return b.reduce(b.filledI32(b.sizesOf(scores), 0), 1, {scores, scores},
                  {b.project(3, {0, 1}), b.project(3, {0, 2})}, [&](ValueRange e) -> Value {
                    Value self = b.loop(1), other = b.loop(2);
                    Value tied = b.both(b.equal(e[0], e[1]), b.less(other, self));
                    Value before = arith::OrIOp::create(b.builder, b.loc, b.less(e[0], e[1]), tied);
                    Value near =
                        b.equal(arith::DivUIOp::create(b.builder, b.loc, self, b.index(block)),
                                arith::DivUIOp::create(b.builder, b.loc, other, b.index(block)));
                    Value counts = b.select(b.both(before, near), one, zero);
                    return arith::AddIOp::create(b.builder, b.loc, e[2], counts);
                  });
}

/// `logits` as scores: a softmax of each row, or a sigmoid of each element.
static Value scoresOf(ReferenceBuilder &b, Value logits, RouterScore score) {
  if (score == RouterScore::Sigmoid)
    return b.elementwise(logits, [&](ValueRange e) { return b.sigmoid(e[0]); });
  OpFoldResult rows = b.sizesOf(logits).front();
  SmallVector<AffineMap> maps = {b.identity(2), b.project(2, {0})};
  Value largest = b.reduce(b.filled(rows, -std::numeric_limits<float>::max()), 1, logits,
                           b.identity(2), [&](ValueRange e) { return b.max(e[0], e[1]); });
  Value powers = b.map(b.sizesOf(logits), b.builder.getF32Type(), {logits, largest}, maps,
                       [&](ValueRange e) { return b.exp(b.sub(e[0], e[1])); });
  Value total = b.reduce(b.filled(rows, 0.0), 1, powers, b.identity(2),
                         [&](ValueRange e) { return b.add(e[0], e[1]); });
  return b.map(b.sizesOf(logits), b.builder.getF32Type(), {powers, total}, maps,
               [&](ValueRange e) { return b.div(e[0], e[1]); });
}

/// `scores` with -inf for the experts of groups that are not kept.
static Value filterGroups(ReferenceBuilder &b, Value scores, int64_t groups, int64_t keep,
                          int64_t best) {
  int64_t size = cast<RankedTensorType>(scores.getType()).getShape().back() / groups;
  auto i32 = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(b.builder, b.loc, b.builder.getI32IntegerAttr(value));
  };
  Value within = b.splitLastAxis(ranks(b, scores, size), groups);
  Value grouped = b.splitLastAxis(scores, groups);
  SmallVector<OpFoldResult> sizes = b.sizesOf(grouped);
  Value sums = b.reduce(b.filled({sizes[0], sizes[1]}, 0.0), 1, {grouped, within},
                        {b.identity(3), b.identity(3)}, [&](ValueRange e) {
                          Value counts = b.less(e[1], i32(best));
                          return b.add(e[2], b.select(counts, e[0], b.f32(0.0)));
                        });
  Value order = ranks(b, sums, groups);
  Value kept = b.map(sizes, b.builder.getF32Type(), {grouped, order},
                     {b.identity(3), b.project(3, {0, 1})}, [&](ValueRange e) {
                       Value none = b.f32(-std::numeric_limits<double>::infinity());
                       return b.select(b.less(e[1], i32(keep)), e[0], none);
                     });
  return b.mergeLastAxes(kept);
}

/// Divides each row by its sum, if asked to, and multiplies it by `scale`.
static Value scaleWeights(ReferenceBuilder &b, Value weights, bool renormalize,
                          const APFloat &scale) {
  if (!renormalize)
    return b.elementwise(weights, [&](ValueRange e) { return b.mul(e[0], b.f32(scale)); });
  Value sums = b.reduce(b.filled(b.sizesOf(weights).front(), 0.0), 1, weights, b.identity(2),
                        [&](ValueRange e) { return b.add(e[0], e[1]); });
  return b.map(b.sizesOf(weights), b.builder.getF32Type(), {weights, sums},
               {b.identity(2), b.project(2, {0})}, [&](ValueRange e) {
                 Value share = b.div(e[0], b.add(e[1], b.f32(1e-20)));
                 return b.mul(share, b.f32(scale));
               });
}

ReferenceResults RouteOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value scores = scoresOf(b, operands[0].front(), getScore()), choice = scores;
  if (getCorrection())
    choice = b.map(b.sizesOf(scores), builder.getF32Type(), {scores, operands[1].front()},
                   {b.identity(2), b.project(2, {1})},
                   [&](ValueRange e) { return b.add(e[0], b.widen(e[1])); });
  if (getGroups())
    choice = filterGroups(b, choice, *getGroups(), *getKeep(),
                          *getGroupScore() == GroupScore::BestTwo ? 2 : 1);
  Value order = ranks(b, choice, columns(getLogits()));
  SmallVector<OpFoldResult> sizes = {b.sizesOf(scores).front(),
                                     builder.getIndexAttr(columns(getIndices()))};
  auto isChosen = [&](Value rank) { return b.equal(b.asIndex(rank), b.loop(1)); };
  Value indices =
      b.reduce(b.filledI32(sizes, 0), 1, order, b.project(3, {0, 2}), [&](ValueRange e) {
        Value expert = arith::IndexCastOp::create(builder, b.loc, builder.getI32Type(), b.loop(2));
        return b.select(isChosen(e[0]), expert, e[1]);
      });
  Value weights = b.reduce(b.filled(sizes, 0.0), 1, {order, scores},
                           {b.project(3, {0, 2}), b.project(3, {0, 2})},
                           [&](ValueRange e) { return b.select(isChosen(e[0]), e[1], e[2]); });
  return {{indices}, {scaleWeights(b, weights, getRenormalize(), getScale())}};
}

//===----------------------------------------------------------------------===//
// The experts
//===----------------------------------------------------------------------===//

namespace {
/// Products of chosen experts: `weight` [experts, outputs, inputs].
struct ExpertProduct {
  ReferenceBuilder &b;
  Value indices;

  /// [rows, chosen, outputs], from `bias` [experts, outputs] or zero when null.
  /// `input` is [rows, inputs], or [rows, chosen, inputs].
  Value apply(Value input, Value weight, Value bias) {
    SmallVector<OpFoldResult> sizes = b.sizesOf(indices);
    sizes.push_back(b.sizesOf(weight)[1]);
    Value init = b.filled(sizes, 0.0);
    if (bias)
      init = b.map(sizes, b.builder.getF32Type(), indices, b.project(3, {0, 1}),
                   [&](ValueRange e) { return b.atF32(bias, {b.asIndex(e[0]), b.loop(2)}); });
    bool perRow = cast<RankedTensorType>(input.getType()).getRank() == 2;
    AffineMap inputMap = perRow ? b.project(4, {0, 3}) : b.project(4, {0, 1, 3});
    return b.reduce(init, 1, {input, indices}, {inputMap, b.project(4, {0, 1})}, [&](ValueRange e) {
      Value expert = b.asIndex(e[1]);
      Value element = b.atF32(weight, {expert, b.loop(2), b.loop(3)});
      return b.add(e[2], b.mul(e[0], element));
    });
  }
};
} // namespace

ReferenceResults ExpertsOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value input = operands[0].front(), weights = operands[2].front();
  auto bias = [&](unsigned index) { return getGateBias() ? operands[index].front() : Value(); };
  ExpertProduct product{b, operands[1].front()};
  Value gate = product.apply(input, operands[3].front(), bias(6));
  Value up = product.apply(input, operands[4].front(), bias(7));
  Value inner = b.elementwise({gate, up}, [&](ValueRange e) {
    return b.gated(getFunction(), getLimit(), getAlpha(), e[0], e[1]);
  });
  Value outputs = product.apply(inner, operands[5].front(), bias(8));
  Value result = b.reduce(b.filled(b.sizesOf(input), 0.0), 1, {weights, outputs},
                          {b.project(3, {0, 2}), b.project(3, {0, 2, 1})},
                          [&](ValueRange e) { return b.add(e[2], b.mul(e[0], e[1])); });
  return {{result}};
}
