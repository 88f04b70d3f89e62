//===- TileEmitter.cpp - Ops of the transformer stage on a tile -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/TransformerToTask/TileEmitter.h"

#include "dialects/Task/TaskDialect.h"
#include "passes/TransformerToTask/UpstreamOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

//===----------------------------------------------------------------------===//
// Memory and tiles
//===----------------------------------------------------------------------===//

Value TileEmitter::cut(Value memory, const TileBounds &bounds) {
  auto type = cast<MemRefType>(memory.getType());
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  SmallVector<OpFoldResult> offsets(type.getRank(), zero), strides(type.getRank(), one), sizes;
  for (int64_t size : type.getShape())
    sizes.push_back(builder.getIndexAttr(size));
  if (bounds.firstRow)
    offsets.front() = bounds.firstRow;
  sizes.front() = bounds.rows;
  if (bounds.firstColumn) {
    offsets.back() = bounds.firstColumn;
    sizes.back() = bounds.columns;
  }
  return memref::SubViewOp::create(builder, loc, memory, offsets, sizes, strides);
}

Value TileEmitter::placeOfRow(Value memory, Value row, bool dropAxis) {
  auto type = cast<MemRefType>(memory.getType());
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  SmallVector<OpFoldResult> offsets(type.getRank(), zero), strides(type.getRank(), one);
  SmallVector<OpFoldResult> sizes = {one};
  offsets.front() = row;
  ArrayRef<int64_t> rowShape = type.getShape().drop_front();
  for (int64_t size : rowShape)
    sizes.push_back(builder.getIndexAttr(size));
  if (!dropAxis)
    return memref::SubViewOp::create(builder, loc, memory, offsets, sizes, strides);
  auto reduced =
      memref::SubViewOp::inferRankReducedResultType(rowShape, type, offsets, sizes, strides);
  return memref::SubViewOp::create(builder, loc, cast<MemRefType>(reduced), memory, offsets, sizes,
                                   strides);
}

Value TileEmitter::loadWhole(Value memory) {
  Type type = memref::getTensorTypeFromMemRefType(memory.getType());
  return bufferization::ToTensorOp::create(builder, loc, type, memory, /*restrict=*/true);
}

Value TileEmitter::load(Value memory, const TileBounds &bounds) {
  return loadWhole(cut(memory, bounds));
}

void TileEmitter::store(Value tile, Value place) {
  auto store = bufferization::MaterializeInDestinationOp::create(builder, loc, Type(), tile, place);
  store.setWritable(true);
}

Value TileEmitter::loadRange(Value memory, Value first, OpFoldResult size) {
  OpFoldResult one = builder.getIndexAttr(1);
  return loadWhole(memref::SubViewOp::create(builder, loc, memory, ArrayRef<OpFoldResult>{first},
                                             ArrayRef<OpFoldResult>{size},
                                             ArrayRef<OpFoldResult>{one}));
}

void TileEmitter::bind(Value value, ValueRange range) { tiles[value] = SmallVector<Value>(range); }

//===----------------------------------------------------------------------===//
// Ops by their reference form
//===----------------------------------------------------------------------===//

void TileEmitter::emit(ReferenceInterface op) {
  SmallVector<ValueRange> operands;
  for (Value operand : op->getOperands())
    operands.push_back(tiles.find(operand)->second);
  ReferenceResults results = op.buildReference(builder, operands);
  for (auto [result, values] : llvm::zip(op->getResults(), results))
    bind(result, values);
}

void TileEmitter::emitForColumns(ReferenceInterface op, OpFoldResult columns) {
  SmallVector<Value> narrowed;
  SmallVector<SmallVector<Value>> storage;
  for (Value operand : op->getOperands()) {
    storage.push_back(tiles.find(operand)->second);
    narrowed.push_back(storage.back().front());
  }
  SmallVector<ValueRange> operands(storage.begin(), storage.end());
  int64_t size = getConstantIntValue(columns).value_or(ShapedType::kDynamic);
  // The clone lends its attributes and types to the reference form and goes.
  Operation *clone =
      cast<RowwiseInterface>(op.getOperation()).cloneForColumns(builder, narrowed, size);
  ReferenceResults results = cast<ReferenceInterface>(clone).buildReference(builder, operands);
  clone->erase();
  for (auto [result, values] : llvm::zip(op->getResults(), results))
    bind(result, values);
}

void TileEmitter::emitUpstream(Operation *op, Value rows) {
  IRMapping mapping;
  for (Value value : valuesRead(op)) {
    if (!isBound(value) && isRowCount(value))
      bind(value, rows);
    else if (!isBound(value))
      emitUpstream(value.getDefiningOp(), rows);
    mapping.map(value, tileOf(value));
  }
  Operation *clone = builder.clone(*op, mapping);
  for (auto [result, value] : llvm::zip(op->getResults(), clone->getResults()))
    bind(result, value);
}

void TileEmitter::emitPackedEmbedding(EmbeddingOp op, Value table, PackAttr packing) {
  ReferenceBuilder b(builder, loc);
  auto div = [&](Value a, int64_t n) {
    return arith::DivUIOp::create(builder, loc, a, b.index(n)).getResult();
  };
  auto rem = [&](Value a, int64_t n) {
    return arith::RemUIOp::create(builder, loc, a, b.index(n)).getResult();
  };
  Value given = op.getGiven() ? tileOf(op.getGiven()) : Value();
  auto elementOf = [&](Value row, Value column) {
    Value inGroup = rem(row, packing.getGroup());
    Value firstBlock = arith::MulIOp::create(builder, loc, div(row, packing.getGroup()),
                                             b.index(packing.blocksPerGroup()));
    Value block = arith::AddIOp::create(builder, loc, firstBlock, div(inGroup, packing.getLanes()));
    Value element = memref::LoadOp::create(builder, loc, table,
                                           ValueRange{block, div(column, packing.getColumns()),
                                                      rem(inGroup, packing.getLanes()),
                                                      rem(column, packing.getColumns())});
    return b.widen(element);
  };
  bind(op.getResult(), embeddingRows(b, op, tileOf(op.getTokens()), given, elementOf));
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

void TileEmitter::emitAppend(Value tensor, Value pages, const PageLayout &layout, int64_t groupSize,
                             const AppendedRows &rows) {
  ReferenceBuilder b(builder, loc);
  Value zero = b.index(0), one = b.index(1);
  int64_t groups = cast<RankedTensorType>(tensor.getType()).getShape().back() / groupSize;
  OpBuilder::InsertionGuard guard(builder);
  auto rowLoop = scf::ForOp::create(builder, loc, zero, b.dim(tensor, 0), one);
  builder.setInsertionPointToStart(rowLoop.getBody());
  Value row = rowLoop.getInductionVar(), stepRow = row;
  if (rows.firstRow)
    stepRow = arith::AddIOp::create(builder, loc, rows.firstRow, row);
  Value owner = b.asIndex(memref::LoadOp::create(builder, loc, rows.sequence, stepRow));
  Value position =
      b.asIndex(memref::LoadOp::create(builder, loc, rows.positions, ValueRange{stepRow, zero}));
  Value pageSize = b.index(layout.positions());
  Value number = arith::DivUIOp::create(builder, loc, position, pageSize);
  Value slot = arith::RemUIOp::create(builder, loc, position, pageSize);
  Value memory = task::PageOp::create(builder, loc, layout.memory, pages, owner, number);
  auto groupLoop = scf::ForOp::create(builder, loc, zero, b.index(groups), one);
  builder.setInsertionPointToStart(groupLoop.getBody());
  Value group = groupLoop.getInductionVar(), head = group;
  if (rows.firstHead)
    head = arith::AddIOp::create(builder, loc, rows.firstHead, group);
  Value start = arith::MulIOp::create(builder, loc, group, b.index(groupSize));
  auto loop = scf::ForOp::create(builder, loc, zero, b.index(groupSize), one);
  builder.setInsertionPointToStart(loop.getBody());
  Value component = loop.getInductionVar();
  Value column = arith::AddIOp::create(builder, loc, start, component);
  Value element = tensor::ExtractOp::create(builder, loc, tensor, ValueRange{row, column});
  SmallVector<Value> indices = {slot, head, component};
  if (layout.axes.size() == 2) // a position without heads
    indices = {slot, component};
  memref::StoreOp::create(builder, loc, b.narrow(element, layout.memory.getElementType()), memory,
                          layout.place(indices));
}

Value TileEmitter::loadAsSequence(Value memory, const PageLayout &layout) {
  ReferenceBuilder b(builder, loc);
  SmallVector<OpFoldResult> sizes(layout.axes.size() + 1, builder.getIndexAttr(1));
  SmallVector<unsigned> results;
  for (auto [axis, size] : llvm::zip(layout.axes, layout.memory.getShape())) {
    sizes[axis + 1] = builder.getIndexAttr(size);
    results.push_back(axis + 1);
  }
  Value tensor = loadWhole(memory);
  return b.map(sizes, layout.memory.getElementType(), tensor, b.project(sizes.size(), results),
               [](ValueRange e) { return e[0]; });
}

} // namespace tenon
