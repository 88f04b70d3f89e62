//===- LowerAttend.cpp - Attention over pages -----------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One row and one state head at a time, all query heads that share it together.
// Page by page: scores of 16 positions in a vector (keys lie transposed, so a
// component of 16 positions is one load), the running softmax of Milakov and
// Gimelshein ("Online normalizer calculation for softmax", 2018), then the sum
// of values:
//
//     largest' = max(largest, scores)       weight_j = exp(score_j - largest')
//     total'   = total  * exp(largest - largest') + sum of weight_j
//     sum'     = sum    * exp(largest - largest') + sum of weight_j * value_j
//
// Query heads are taken in blocks whose sums fit into registers. Where an op has
// some of the pages only, `largest` and `total` are its marks.
//
//===----------------------------------------------------------------------===//

#include "codegen/Cpu/Passes.h"
#include "codegen/Cpu/VectorWriter.h"
#include "dialects/Task/TaskDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace tenon::task;
using namespace tenon::cpu;

namespace tenon {
#define GEN_PASS_DEF_LOWERATTENDPASS
#include "codegen/Cpu/Passes.h.inc"
} // namespace tenon

/// A score that no softmax notices; finite, so that differences stay numbers.
static constexpr double hiddenScore = -1e30;

namespace {
class AttentionWriter {
public:
  AttentionWriter(AttendOp op, OpBuilder &builder, int64_t registers)
      : op(op), w(builder, op.getLoc()), headDim(op.getHeadDim()),
        columns(op.getValues().getType().getPage().getDimSize(2)),
        pagePositions(op.getPagePositions()),
        stateHeads(op.getKeys().getType().getPage().getDimSize(0)),
        share(op.getHeads() / stateHeads),
        blockHeads(std::min<int64_t>(share, std::max<int64_t>(1, registers / 4))) {}

  void write();

private:
  AttendOp op;
  VectorWriter w;
  int64_t headDim, columns; ///< of a head, in a row and in a page of values
  int64_t pagePositions, stateHeads;
  int64_t share;                      ///< query heads of a state head
  int64_t blockHeads;                 ///< of them, computed at once
  Value scores, largest, total, sums; ///< scratch, by query head of the share
  Value position, sequence, row;
  Value firstPosition, firstPage; ///< that the row sees
  Value page, first, count;       ///< of the page that is being read
  Value keys, values;

  Value scratch(ArrayRef<int64_t> shape) {
    auto type = MemRefType::get(shape, w.builder.getF32Type());
    return memref::AllocOp::create(w.builder, w.loc, type, w.builder.getI64IntegerAttr(64));
  }
  /// The query head `g` of the share, as one of all.
  Value queryHead(int64_t g) { return w.add(w.mul(op.getHead(), w.index(share)), w.index(g)); }
  void writeRow();
  void startHead(int64_t g);
  void writePage();
  void writeScores(int64_t firstHead, int64_t count);
  Value finishScores(Value products, int64_t g, Value at);
  void updateSoftmax(Value g);
  void addValues(int64_t firstHead, int64_t count);
  void finishHead(int64_t g);
};
} // namespace

void AttentionWriter::write() {
  scores = scratch({share, pagePositions});
  largest = scratch({share});
  total = scratch({share});
  sums = scratch({share, columns});
  w.loop(op.getFirst(), op.getLast(), 1, [&](Value r) {
    row = r;
    writeRow();
  });
}

void AttentionWriter::writeRow() {
  auto toIndex = [&](Value i32) -> Value {
    return arith::IndexCastOp::create(w.builder, w.loc, w.builder.getIndexType(), i32);
  };
  position = toIndex(w.load(op.getPositions(), {row, w.index(0)}));
  sequence = toIndex(w.load(op.getSequence(), {row}));
  int64_t window = op.getWindow();
  Value zero = w.index(0), size = w.index(pagePositions);
  firstPosition = window > 0 ? w.maxIndex(w.sub(position, w.index(window - 1)), zero) : zero;
  firstPage = arith::DivUIOp::create(w.builder, w.loc, firstPosition, size);
  for (int64_t g = 0; g < share; ++g)
    startHead(g);
  Value lastPage = arith::DivUIOp::create(w.builder, w.loc, position, size);
  Value begin = firstPage, end = w.add(lastPage, w.index(1));
  if (op.getMarks()) {
    begin = w.maxIndex(begin, op.getFirstPage());
    end = w.minIndex(end, op.getLastPage());
  }
  w.loop(begin, end, 1, [&](Value p) {
    page = p;
    writePage();
  });
  for (int64_t g = 0; g < share; ++g)
    finishHead(g);
}

void AttentionWriter::startHead(int64_t g) {
  Value head = w.index(g);
  Value score = w.f32(hiddenScore), weight = w.f32(0.0);
  if (op.getSinks()) { // takes part with its score, and has no value
    Value sink = w.widen(w.load(op.getSinks(), {queryHead(g)})), one = w.f32(1.0);
    if (op.getMarks()) {
      Value isHere = arith::CmpIOp::create(w.builder, w.loc, arith::CmpIPredicate::ule,
                                           op.getFirstPage(), firstPage);
      sink = arith::SelectOp::create(w.builder, w.loc, isHere, sink, score);
      one = arith::SelectOp::create(w.builder, w.loc, isHere, one, weight);
    }
    score = sink;
    weight = one;
  }
  w.store(score, largest, {head});
  w.store(weight, total, {head});
  w.loop(w.index(0), w.index(columns), lanes,
         [&](Value c) { w.storeVector(w.splat(0.0), sums, {head, c}); });
}

void AttentionWriter::writePage() {
  Value start = w.mul(page, w.index(pagePositions));
  // Visible are positions [first, count) of the page.
  first = w.maxIndex(w.sub(firstPosition, start), w.index(0));
  count = w.minIndex(w.add(w.sub(position, start), w.index(1)), w.index(pagePositions));
  auto keysType = op.getKeys().getType().getPage(), valuesType = op.getValues().getType().getPage();
  keys = PageOp::create(w.builder, w.loc, keysType, op.getKeys(), sequence, page);
  values = PageOp::create(w.builder, w.loc, valuesType, op.getValues(), sequence, page);
  for (int64_t g = 0; g < share; g += blockHeads)
    writeScores(g, std::min(blockHeads, share - g));
  w.loop(w.index(0), w.index(share), 1, [&](Value g) { updateSoftmax(g); });
  for (int64_t g = 0; g < share; g += blockHeads)
    addValues(g, std::min(blockHeads, share - g));
}

/// Scores of query heads [firstHead, firstHead + heads) for the page.
void AttentionWriter::writeScores(int64_t firstHead, int64_t heads) {
  SmallVector<Value> starts; // column of each head's first component
  for (int64_t g = 0; g < heads; ++g)
    starts.push_back(w.mul(queryHead(firstHead + g), w.index(headDim)));
  w.loop(w.index(0), count, lanes, [&](Value at) {
    SmallVector<Value> zeros(heads, w.splat(0.0));
    SmallVector<Value> products =
        w.loop(w.index(0), w.index(headDim), 1, zeros, [&](Value d, ValueRange current) {
          Value key = w.widen(w.loadVector(keys, {op.getHead(), d, at}));
          SmallVector<Value> next;
          for (int64_t g = 0; g < heads; ++g) {
            Value element = w.load(op.getQuery(), {row, w.add(starts[g], d)});
            next.push_back(w.fma(key, w.broadcast(element), current[g]));
          }
          return next;
        });
    for (int64_t g = 0; g < heads; ++g)
      w.storeVector(finishScores(products[g], firstHead + g, at), scores,
                    {w.index(firstHead + g), at});
  });
}

/// Scale, cap, slope and mask of the scores at positions from `at` on.
Value AttentionWriter::finishScores(Value products, int64_t g, Value at) {
  Value s = w.mulF(products, w.splat(op.getScale().convertToDouble()));
  if (!op.getSoftcap().isZero()) {
    double cap = op.getSoftcap().convertToDouble();
    Value bent = math::TanhOp::create(w.builder, w.loc, w.mulF(s, w.splat(1.0 / cap)));
    s = w.mulF(bent, w.splat(cap));
  }
  if (op.getSlopes()) {
    // The slope of the head, out of a list that is known; heads are few.
    ArrayRef<float> slopes = *op.getSlopes();
    Value slope = w.f32(slopes[g]);
    for (int64_t h = 1; h < stateHeads; ++h) {
      Value isHead = arith::CmpIOp::create(w.builder, w.loc, arith::CmpIPredicate::eq, op.getHead(),
                                           w.index(h));
      slope =
          arith::SelectOp::create(w.builder, w.loc, isHead, w.f32(slopes[h * share + g]), slope);
    }
    Value start = w.add(w.mul(page, w.index(pagePositions)), at);
    Value offset = arith::IndexCastOp::create(w.builder, w.loc, w.builder.getI32Type(),
                                              w.sub(start, position));
    SmallVector<float> steps;
    for (int64_t lane = 0; lane < lanes; ++lane)
      steps.push_back(lane);
    Value lane = arith::ConstantOp::create(w.builder, w.loc,
                                           DenseElementsAttr::get(w.f32Vector(), ArrayRef(steps)));
    Value from = arith::SIToFPOp::create(w.builder, w.loc, w.builder.getF32Type(), offset);
    s = w.fma(w.broadcast(slope), w.addF(w.broadcast(from), lane), s);
  }
  Value hidden = w.splat(hiddenScore);
  Value visible = w.firstLanes(w.sub(count, at));
  s = arith::SelectOp::create(w.builder, w.loc, visible, s, hidden);
  if (op.getWindow() > 0) {
    Value before = w.firstLanes(w.sub(first, at));
    s = arith::SelectOp::create(w.builder, w.loc, before, hidden, s);
  }
  return s;
}

void AttentionWriter::updateSoftmax(Value g) {
  SmallVector<Value> most = w.loop(w.index(0), count, lanes, w.splat(hiddenScore),
                                   [&](Value at, ValueRange current) -> SmallVector<Value> {
                                     return {w.maxF(current[0], w.loadVector(scores, {g, at}))};
                                   });
  Value before = w.load(largest, {g});
  Value now = w.maxF(before, vector::ReductionOp::create(w.builder, w.loc,
                                                         vector::CombiningKind::MAXNUMF, most[0]));
  Value all = w.broadcast(now);
  SmallVector<Value> weights =
      w.loop(w.index(0), count, lanes, w.splat(0.0),
             [&](Value at, ValueRange current) -> SmallVector<Value> {
               Value difference = w.subF(w.loadVector(scores, {g, at}), all);
               Value weight = math::ExpOp::create(w.builder, w.loc, difference);
               w.storeVector(weight, scores, {g, at});
               return {w.addF(current[0], weight)};
             });
  Value sum = vector::ReductionOp::create(w.builder, w.loc, vector::CombiningKind::ADD, weights[0]);
  Value shrink = math::ExpOp::create(w.builder, w.loc, w.subF(before, now));
  w.store(w.addF(w.mulF(w.load(total, {g}), shrink), sum), total, {g});
  w.store(now, largest, {g});
  Value factor = w.broadcast(shrink);
  w.loop(w.index(0), w.index(columns), lanes,
         [&](Value c) { w.storeVector(w.mulF(w.loadVector(sums, {g, c}), factor), sums, {g, c}); });
}

void AttentionWriter::addValues(int64_t firstHead, int64_t heads) {
  w.loop(w.index(0), w.index(columns), lanes, [&](Value c) {
    SmallVector<Value> start;
    for (int64_t g = 0; g < heads; ++g)
      start.push_back(w.loadVector(sums, {w.index(firstHead + g), c}));
    SmallVector<Value> end = w.loop(first, count, 1, start, [&](Value j, ValueRange current) {
      Value value = w.widen(w.loadVector(values, {op.getHead(), j, c}));
      SmallVector<Value> next;
      for (int64_t g = 0; g < heads; ++g) {
        Value weight = w.load(scores, {w.index(firstHead + g), j});
        next.push_back(w.fma(value, w.broadcast(weight), current[g]));
      }
      return next;
    });
    for (int64_t g = 0; g < heads; ++g)
      w.storeVector(end[g], sums, {w.index(firstHead + g), c});
  });
}

void AttentionWriter::finishHead(int64_t g) {
  Value head = w.index(g), start = w.mul(queryHead(g), w.index(headDim));
  if (op.getMarks()) {
    w.store(w.load(largest, {head}), op.getMarks(), {row, queryHead(g), w.index(0)});
    w.store(w.load(total, {head}), op.getMarks(), {row, queryHead(g), w.index(1)});
  }
  Value share = w.broadcast(w.divF(w.f32(1.0), w.load(total, {head})));
  int64_t whole = headDim / lanes * lanes;
  w.loop(w.index(0), w.index(whole), lanes, [&](Value c) {
    w.storeVector(w.mulF(w.loadVector(sums, {head, c}), share), op.getOutput(),
                  {row, w.add(start, c)});
  });
  if (whole == headDim)
    return;
  Value rest = w.mulF(w.loadVector(sums, {head, w.index(whole)}), share);
  vector::MaskedStoreOp::create(w.builder, w.loc, op.getOutput(),
                                ValueRange{row, w.add(start, w.index(whole))},
                                w.firstLanes(w.index(headDim - whole)), rest);
}

/// Checks that vectors cover the pages of `op` exactly.
static LogicalResult checkPages(AttendOp op) {
  MemRefType keys = op.getKeys().getType().getPage(), values = op.getValues().getType().getPage();
  if (keys.getDimSize(2) % lanes == 0 && values.getDimSize(2) % lanes == 0 &&
      keys.getLayout().isIdentity() && values.getLayout().isIdentity())
    return success();
  return op.emitOpError(
             "expected positions of a page and columns of its values to be multiples of ")
         << lanes << ", side by side, got " << keys << " and " << values;
}

namespace {
struct LowerAttend : tenon::impl::LowerAttendPassBase<LowerAttend> {
  using LowerAttendPassBase::LowerAttendPassBase;

  void runOnOperation() override {
    getOperation().walk([&](AttendOp op) {
      if (failed(checkPages(op)))
        return signalPassFailure();
      OpBuilder builder(op);
      AttentionWriter(op, builder, vectorRegisters).write();
      op.erase();
    });
  }
};
} // namespace
