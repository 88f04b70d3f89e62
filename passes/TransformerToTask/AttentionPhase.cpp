//===- AttentionPhase.cpp - Attention over pages --------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile is some rows and one state head: the query heads that share it are
// computed together, so that keys and values are read once for all of them.
// What task.attend cannot do is left to AttentionByPages.cpp.
//
// A step of few rows has few such tiles; one row of a model with two state heads
// has two. There the pages that a row sees are cut into parts, each a tile. It
// leaves its result with its marks, and a second phase merges the parts of a row
// (Flash-Decoding; Dao, Haziza, Massa and Sizov, 2023). With m and t the marks of
// a part, and y its result:
//
//   result = sum over parts of y * weight / sum of weights
//   weight = t * exp(m - largest m)
//
// How a row is cut follows from its position alone, so its result depends neither
// on the workers nor on what else the step computes. A row of 9 pages, where up
// to 4 parts may be: parts of 4, 4 and 1 pages, and a tile with nothing to do.
//
//===----------------------------------------------------------------------===//

#include "passes/TransformerToTask/StepConversion.h"
#include "passes/TransformerToTask/TileEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <limits>

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

namespace {
/// The pages of a part, and how many parts have any.
struct PartPages {
  Value first, last; ///< index; [first, last)
  Value parts;       ///< index
};

class AttentionPhase {
public:
  AttentionPhase(StepConversion &conversion, AttendOp op, StringRef label)
      : conversion(conversion), op(op), loc(op.getLoc()), label(label), b(conversion.builder, loc),
        rows(conversion.rowCount(op.getQuery())), stateHeads(op.getState().getType().getHeads()),
        width(op.getQuery().getType().getDimSize(1)), tileRows(tileRowsOf(conversion)),
        parts(tileRows > 1 ? 1 : mostParts()) {}

  void build() {
    if (parts == 1)
      return buildWhole();
    buildParts();
    buildMerge();
  }

private:
  StepConversion &conversion;
  AttendOp op;
  Location loc;
  StringRef label;
  ReferenceBuilder b;
  Value rows;
  int64_t stateHeads, width;
  int64_t tileRows;  ///< of a tile
  int64_t parts;     ///< that a row is cut into, at most
  Value partResults; ///< [parts, rows, width] f32
  Value partMarks;   ///< [parts, rows, heads, 2] f32
  unsigned query = 0, keys = 0, values = 0, positions = 0, sequence = 0; ///< accesses
  std::optional<unsigned> sinks;

  static int64_t tileRowsOf(StepConversion &conversion) {
    int64_t size = conversion.target.rowTileRows;
    return conversion.maxRows() <= size ? 1 : size;
  }

  /// Parts that give the step tiles enough, unless a window has fewer pages.
  int64_t mostParts() {
    int64_t wanted = llvm::divideCeil(attentionTiles, conversion.maxRows() * stateHeads);
    auto window = static_cast<int64_t>(op.getWindow());
    if (window == 0)
      return wanted;
    // A window may begin at the last position of a page.
    int64_t pages = llvm::divideCeil(window - 1, pagePositions) + 1;
    return std::min<int64_t>(wanted, llvm::divideCeil(pages, fewestPartPages));
  }

  OpBuilder &builder() { return conversion.builder; }
  Value addIndex(Value a, Value c) { return arith::AddIOp::create(builder(), loc, a, c); }
  Value mulIndex(Value a, int64_t c) {
    return arith::MulIOp::create(builder(), loc, a, b.index(c));
  }
  void declareInputs(PhaseBuilder &phase);
  void attend(PhaseBuilder &phase, Value output, Value first, Value last, Value head,
              const PartPages &pages, Value marks);
  PartPages pagesOf(Value positions, Value row, Value part);
  void buildWhole();
  void buildParts();
  void buildMerge();
  Value merge(Value results, Value marks, Value count);
};
} // namespace

void AttentionPhase::declareInputs(PhaseBuilder &phase) {
  auto read = [&](Value memory) { return phase.access(memory, task::AccessKind::Read); };
  query = read(conversion.bufferOf(op.getQuery()));
  keys = read(conversion.statePart(op.getState(), 0, loc));
  values = read(conversion.statePart(op.getState(), 1, loc));
  positions = read(conversion.step.getPositions());
  sequence = read(conversion.step.getRowSequence());
  if (op.getSinks())
    sinks = read(conversion.weightMemory(op.getSinks(), loc));
}

/// Attention of rows [first, last) and one state head.
void AttentionPhase::attend(PhaseBuilder &phase, Value output, Value first, Value last, Value head,
                            const PartPages &pages, Value marks) {
  task::AttendOp::create(
      builder(), loc, phase.view(query), phase.view(keys), phase.view(values),
      phase.view(positions), phase.view(sequence), sinks ? phase.view(*sinks) : Value(), output,
      first, last, head, pages.first, pages.last, marks, op.getHeadsAttr(),
      builder().getI64IntegerAttr(op.getState().getType().getHeadDim()), op.getScaleAttr(),
      op.getWindowAttr(), op.getSoftcapAttr(), op.getSlopesAttr());
}

void AttentionPhase::buildWhole() {
  int64_t bound = llvm::divideCeil(conversion.maxRows(), tileRows);
  PhaseBuilder phase(builder(), loc, label,
                     {conversion.tileCount(rows, tileRows), b.index(stateHeads)},
                     {bound, stateHeads});
  declareInputs(phase);
  unsigned output = phase.access(conversion.bufferOf(op.getResult()), task::AccessKind::Write);
  unsigned count = phase.value(rows, conversion.maxRows());

  phase.startBody();
  Value first = mulIndex(phase.tile(0), tileRows), end = addIndex(first, b.index(tileRows));
  Value last = arith::MinUIOp::create(builder(), loc, end, phase.valueArgument(count));
  attend(phase, phase.view(output), first, last, phase.tile(1), {}, {});
  phase.finish();
}

/// Part `part` of the pages that `row` sees.
PartPages AttentionPhase::pagesOf(Value positions, Value row, Value part) {
  auto div = [&](Value a, Value c) -> Value {
    return arith::DivUIOp::create(builder(), loc, a, c);
  };
  Value size = b.index(pagePositions), one = b.index(1);
  Value position =
      b.asIndex(memref::LoadOp::create(builder(), loc, positions, ValueRange{row, b.index(0)}));
  Value first = b.index(0);
  if (op.getWindow() > 0) {
    Value before = b.index(static_cast<int64_t>(op.getWindow()) - 1);
    Value seen = arith::SubIOp::create(builder(), loc, position, before);
    first = div(arith::MaxSIOp::create(builder(), loc, seen, b.index(0)), size);
  }
  Value end = addIndex(div(position, size), one);
  Value count = arith::SubIOp::create(builder(), loc, end, first);
  Value even = arith::CeilDivUIOp::create(builder(), loc, count, b.index(parts));
  Value partSize = arith::MaxUIOp::create(builder(), loc, even, b.index(fewestPartPages));
  Value begin = addIndex(first, arith::MulIOp::create(builder(), loc, part, partSize));
  Value last = arith::MinUIOp::create(builder(), loc, end, addIndex(begin, partSize));
  return {begin, last, arith::CeilDivUIOp::create(builder(), loc, count, partSize)};
}

/// Tiles of a row, a part and a state head. Heads are last: the tiles that have
/// pages are then the first of a row, and workers share them evenly.
void AttentionPhase::buildParts() {
  int64_t maxRows = conversion.maxRows();
  auto heads = static_cast<int64_t>(op.getHeads());
  Type f32 = builder().getF32Type();
  partResults = conversion.sharedBuffer(MemRefType::get({parts, maxRows, width}, f32), loc);
  partMarks = conversion.sharedBuffer(MemRefType::get({parts, maxRows, heads, 2}, f32), loc);
  PhaseBuilder phase(builder(), loc, label, {rows, b.index(parts), b.index(stateHeads)},
                     {maxRows, parts, stateHeads});
  declareInputs(phase);
  unsigned output = phase.access(partResults, task::AccessKind::Write);
  unsigned left = phase.access(partMarks, task::AccessKind::Write);

  phase.startBody();
  TileEmitter tiles(builder(), loc);
  Value row = phase.tile(0), part = phase.tile(1);
  PartPages pages = pagesOf(phase.view(positions), row, part);
  auto has = scf::IfOp::create(builder(), loc, b.less(part, pages.parts), /*withElse=*/false);
  {
    OpBuilder::InsertionGuard guard(builder());
    builder().setInsertionPointToStart(has.thenBlock());
    attend(phase, tiles.placeOfRow(phase.view(output), part, /*dropAxis=*/true), row,
           addIndex(row, b.index(1)), phase.tile(2), pages,
           tiles.placeOfRow(phase.view(left), part, /*dropAxis=*/true));
  }
  phase.finish();
}

/// [size]: what the first `count` of `results` [parts, size] and of `marks`
/// [parts, 2] make together.
Value AttentionPhase::merge(Value results, Value marks, Value count) {
  Type f32 = builder().getF32Type();
  OpFoldResult one = builder().getIndexAttr(1), all = builder().getIndexAttr(parts);
  AffineExpr part = builder().getAffineDimExpr(0);
  auto column = [&](int64_t which) {
    AffineExpr exprs[] = {part, builder().getAffineConstantExpr(which)};
    return AffineMap::get(1, 0, exprs, builder().getContext());
  };
  AffineMap only = AffineMap::get(1, 0, builder().getAffineConstantExpr(0));
  AffineMap reducedPart = b.project(2, {1});
  auto has = [&] { return b.less(b.loop(0), count); };
  Value lowest = b.f32(-std::numeric_limits<float>::max());
  Value most = b.map(all, f32, marks, column(0),
                     [&](ValueRange e) { return b.select(has(), e[0], lowest); });
  Value largest = b.reduce(b.filled(one, -std::numeric_limits<float>::max()), 1, most, reducedPart,
                           [&](ValueRange e) { return b.max(e[0], e[1]); });
  Value weights =
      b.map(all, f32, {most, marks, largest}, {b.identity(1), column(1), only}, [&](ValueRange e) {
        return b.select(has(), b.mul(e[1], b.exp(b.sub(e[0], e[2]))), b.f32(0.0));
      });
  Value total = b.reduce(b.filled(one, 0.0), 1, weights, reducedPart,
                         [&](ValueRange e) { return b.add(e[0], e[1]); });
  Value shares = b.map(all, f32, {weights, total}, {b.identity(1), only},
                       [&](ValueRange e) { return b.div(e[0], e[1]); });
  Value present = tensor::ExtractSliceOp::create(
      builder(), loc, shares, ArrayRef<OpFoldResult>(builder().getIndexAttr(0)),
      ArrayRef<OpFoldResult>(count), ArrayRef<OpFoldResult>(one));
  return b.reduce(b.filled(b.sizesOf(results).back(), 0.0), 1, {results, present},
                  {b.project(2, {1, 0}), reducedPart},
                  [&](ValueRange e) { return b.add(b.mul(e[0], e[1]), e[2]); });
}

/// Tiles of a row and a query head.
void AttentionPhase::buildMerge() {
  auto heads = static_cast<int64_t>(op.getHeads());
  int64_t size = width / heads;
  PhaseBuilder phase(builder(), loc, "merge_parts", {rows, b.index(heads)},
                     {conversion.maxRows(), heads});
  unsigned parted = phase.access(partResults, task::AccessKind::Read);
  unsigned left = phase.access(partMarks, task::AccessKind::Read);
  positions = phase.access(conversion.step.getPositions(), task::AccessKind::Read);
  unsigned output = phase.access(conversion.bufferOf(op.getResult()), task::AccessKind::Write);

  phase.startBody();
  TileEmitter tiles(builder(), loc);
  Value row = phase.tile(0), head = phase.tile(1), column = mulIndex(head, size);
  Value count = pagesOf(phase.view(positions), row, b.index(0)).parts;
  auto index = [&](int64_t value) { return OpFoldResult(builder().getIndexAttr(value)); };
  auto cut = [&](Value memory, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,
                 ArrayRef<int64_t> shape) -> Value {
    auto type = cast<MemRefType>(memory.getType());
    SmallVector<OpFoldResult> ones(type.getRank(), index(1));
    Type cutType = memref::SubViewOp::inferRankReducedResultType(shape, type, offsets, sizes, ones);
    return memref::SubViewOp::create(builder(), loc, cast<MemRefType>(cutType), memory, offsets,
                                     sizes, ones);
  };
  Value destination = cut(phase.view(output), {row, column}, {index(1), index(size)}, size);
  Value some = cut(phase.view(parted), {index(0), row, column}, {count, index(1), index(size)},
                   {ShapedType::kDynamic, size});
  Value ofHead = cut(phase.view(left), {index(0), row, head, index(0)},
                     {index(parts), index(1), index(1), index(2)}, {parts, 2});
  tiles.store(merge(tiles.loadWhole(some), tiles.loadWhole(ofHead), count), destination);
  phase.finish();
}

LogicalResult convertAttentionPhase(StepConversion &conversion, const PhaseOps &ops) {
  if (ops.ops.size() != 1)
    return ops.ops.front()->emitError("an attention is in a phase of its own");
  auto op = dyn_cast<AttendOp>(ops.ops.front());
  if (!op || op.getRelative())
    return convertAttentionByPages(conversion, ops);
  AttentionPhase(conversion, op, ops.label).build();
  return success();
}

} // namespace tenon
