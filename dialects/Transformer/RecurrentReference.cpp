//===- RecurrentReference.cpp - Recurrences in the reference form ---------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/OpChecks.h"
#include "dialects/Transformer/ReferenceBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tenon::transformer;

namespace {
/// A loop over the rows, in order, that carries a state [sequences, ...] and a
/// result [rows, ...].
struct RowLoop {
  /// Gets the row and the part of the state of its sequence, zero where the
  /// sequence begins; returns the new part and the row of the result.
  using Step = llvm::function_ref<std::pair<Value, Value>(Value row, Value part)>;

  ReferenceBuilder &b;
  ReferenceRows rows;

  ReferenceResults run(Value state, Value result, Step step) {
    OpBuilder &builder = b.builder;
    auto loop = scf::ForOp::create(builder, b.loc, b.index(0), b.dim(rows.sequences, 0), b.index(1),
                                   ValueRange{state, result});
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value row = loop.getInductionVar();
    Value sequence = b.sequenceOf(rows, row);
    auto [part, output] = step(row, beginning(row, b.outer(loop.getRegionIterArg(0), sequence)));
    Value nextState = b.insertOuter(part, loop.getRegionIterArg(0), sequence);
    Value nextResult = b.insertOuter(output, loop.getRegionIterArg(1), row);
    scf::YieldOp::create(builder, b.loc, ValueRange{nextState, nextResult});
    return {{loop.getResult(0)}, {loop.getResult(1)}};
  }

private:
  /// `part`, or zeros at position 0: as f32.
  Value beginning(Value row, Value part) {
    Value fresh = b.equal(b.positionOf(rows, row), b.index(0));
    return b.elementwise(part,
                         [&](ValueRange e) { return b.select(fresh, b.f32(0.0), b.widen(e[0])); });
  }
};
} // namespace

ReferenceResults CausalConvOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value state = operands[0].front(), input = operands[1].front(), weight = operands[2].front();
  RowLoop loop{b, ReferenceRows(operands[3])};
  int64_t length = getState().getType().getLength();
  Type stored = getState().getType().getElementType();
  Value result = b.empty(b.sizesOf(input), builder.getF32Type());
  return loop.run(state, result, [&](Value row, Value tail) -> std::pair<Value, Value> {
    SmallVector<OpFoldResult> sizes = b.sizesOf(tail);
    // Input `channel` that is `tap` steps after the oldest one in the tail.
    auto inputAt = [&](Value channel, Value tap) {
      Value current = b.at(input, {row, channel});
      if (length == 0)
        return current;
      Value isCurrent = b.equal(tap, b.index(length));
      Value older = b.at(tail, {channel, b.select(isCurrent, b.index(0), tap)});
      return b.select(isCurrent, current, older);
    };
    Value output =
        b.reduce(b.filled(sizes.front(), 0.0), 2, weight, b.identity(3), [&](ValueRange e) {
          Value x = inputAt(b.loop(0), b.loop(2));
          return b.add(e[1], b.mul(x, b.widen(e[0])));
        });
    Value next = b.map(sizes, stored, {}, {}, [&](ValueRange) {
      Value tap = arith::AddIOp::create(builder, b.loc, b.loop(1), b.index(1));
      return b.narrow(inputAt(b.loop(0), tap), stored);
    });
    return {next, output};
  });
}

ReferenceResults LogDecayOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  Value input = operands[0].front();
  AffineMap perColumn = b.project(2, {1});
  Value result = b.map(
      b.sizesOf(input), builder.getF32Type(), {input, operands[1].front(), operands[2].front()},
      {b.identity(2), perColumn, perColumn}, [&](ValueRange e) {
        // ln(1 + exp(x)) = max(x, 0) + ln(1 + exp(-|x|)), which cannot overflow.
        Value x = b.add(e[0], b.widen(e[2]));
        Value magnitude = math::AbsFOp::create(builder, b.loc, x);
        Value rest = math::Log1pOp::create(builder, b.loc, b.exp(b.sub(b.f32(0.0), magnitude)));
        Value softplus = b.add(b.max(x, b.f32(0.0)), rest);
        return b.sub(b.f32(0.0), b.mul(b.exp(b.widen(e[1])), softplus));
      });
  return {{result}};
}

/// [heads, valueDim]: for each head the vector `vector` [rows, keyHeads, keyDim]
/// of this row times its matrix of `state` [heads, keyDim, valueDim].
static Value readState(ReferenceBuilder &b, Value state, Value vector, Value row, int64_t share) {
  SmallVector<OpFoldResult> sizes = b.sizesOf(state);
  return b.reduce(
      b.filled({sizes[0], sizes[2]}, 0.0), 1, state, b.project(3, {0, 2, 1}), [&](ValueRange e) {
        Value head = arith::DivUIOp::create(b.builder, b.loc, b.loop(0), b.index(share));
        return b.add(e[1], b.mul(e[0], b.at(vector, {row, head, b.loop(2)})));
      });
}

ReferenceResults GatedDeltaOp::buildReference(OpBuilder &builder, ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  RecurrentType type = getState().getType();
  int64_t keyHeads = columns(getQuery()) / type.getKeyDim();
  int64_t share = type.getHeads() / keyHeads;
  Value query = b.splitLastAxis(operands[1].front(), keyHeads);
  Value key = b.splitLastAxis(operands[2].front(), keyHeads);
  Value value = b.splitLastAxis(operands[3].front(), type.getHeads());
  Value logDecay = operands[4].front(), beta = operands[5].front();
  RowLoop loop{b, ReferenceRows(operands[6])};
  Value result = b.empty(b.sizesOf(value), builder.getF32Type());
  ReferenceResults results =
      loop.run(operands[0].front(), result, [&](Value row, Value state) -> std::pair<Value, Value> {
        Value decayed = b.elementwise(state, [&](ValueRange e) {
          return b.mul(b.exp(b.at(logDecay, {row, b.loop(0)})), e[0]);
        });
        Value known = readState(b, decayed, key, row, share);
        Value next =
            b.map(b.sizesOf(decayed), builder.getF32Type(), {decayed, known},
                  {b.identity(3), b.project(3, {0, 2})}, [&](ValueRange e) {
                    Value head = b.loop(0);
                    Value keyHead = arith::DivUIOp::create(builder, b.loc, head, b.index(share));
                    Value error = b.sub(b.at(value, {row, head, b.loop(2)}), e[1]);
                    Value change = b.mul(b.at(beta, {row, head}), error);
                    return b.add(e[0], b.mul(b.at(key, {row, keyHead, b.loop(1)}), change));
                  });
        return {next, readState(b, next, query, row, share)};
      });
  results[1] = {b.mergeLastAxes(results[1].front())};
  return results;
}

ReferenceResults LightningAttendOp::buildReference(OpBuilder &builder,
                                                   ArrayRef<ValueRange> operands) {
  ReferenceBuilder b(builder, getLoc());
  int64_t heads = getState().getType().getHeads();
  Value query = b.splitLastAxis(operands[1].front(), heads);
  Value key = b.splitLastAxis(operands[2].front(), heads);
  Value value = b.splitLastAxis(operands[3].front(), heads);
  RowLoop loop{b, ReferenceRows(operands[4])};
  SmallVector<float> kept;
  for (float slope : getSlopes())
    kept.push_back(std::exp(-static_cast<double>(slope)));
  Value decays = b.constant(kept);
  Value result = b.empty(b.sizesOf(value), builder.getF32Type());
  ReferenceResults results =
      loop.run(operands[0].front(), result, [&](Value row, Value state) -> std::pair<Value, Value> {
        Value next = b.elementwise(state, [&](ValueRange e) {
          Value head = b.loop(0);
          Value product =
              b.mul(b.at(key, {row, head, b.loop(1)}), b.at(value, {row, head, b.loop(2)}));
          return b.add(b.mul(b.at(decays, head), e[0]), product);
        });
        return {next, readState(b, next, query, row, /*share=*/1)};
      });
  results[1] = {b.mergeLastAxes(results[1].front())};
  return results;
}
