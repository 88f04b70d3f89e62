//===- RowPhase.cpp - Phases whose rows are computed apart------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Embeddings, norms, activations, state writes: any group of ops without a
// product. A tile is some rows with all their columns; its body is the
// reference forms of the ops, one after another.
//
// An op that no pattern here makes fast is among them: its rows may depend on
// each other, so its one tile is all rows, and a state of fixed size is copied
// from the sequences' slots and back. That is slow, and told by a remark.
//
//===----------------------------------------------------------------------===//

#include "passes/TransformerToTask/StepConversion.h"
#include "passes/TransformerToTask/TileEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

namespace {
class RowPhase {
public:
  RowPhase(StepConversion &conversion, const PhaseOps &ops, Value rows, int64_t tileRows)
      : conversion(conversion), ops(ops), tileRows(tileRows), rows(rows),
        phase(conversion.builder, ops.loc, ops.label, conversion.tileCount(rows, tileRows),
              llvm::divideCeil(conversion.maxRows(), tileRows)),
        tiles(conversion.builder, ops.loc) {}

  LogicalResult build();

private:
  StepConversion &conversion;
  const PhaseOps &ops;
  int64_t tileRows; ///< as many as the step has, where rows are not apart
  Value rows;
  PhaseBuilder phase;
  TileEmitter tiles;
  TileBounds bounds;
  DenseMap<Value, SmallVector<unsigned, 2>> accesses; ///< of each value from outside
  DenseSet<Value> whole;                              ///< read beyond the tile's rows

  OpBuilder &builder() { return conversion.builder; }
  unsigned accessRows(Value memory, task::AccessKind kind);
  LogicalResult declareOperand(Operation *op, unsigned index);
  LogicalResult declareAll();
  void bindOperands();
  LogicalResult emitOp(Operation *op);
  void emitAppend(KvAppendOp op);
  Value gatherSlots(Value state);
  void scatterSlots(Value tensors, Value state);
  void overSequences(llvm::function_ref<void(Value)> body);

  unsigned sequencesNumber = 0;
};
} // namespace

/// Whether row i of the results depends on row i of the tensors only.
static bool isRowLocal(Operation *op) {
  return isa<RowwiseInterface, EmbeddingOp, RotaryTableOp, SelectRowsOp, SplitOp, KvAppendOp>(op);
}

static bool isSlotState(Type type) { return isa<RecurrentType, ConvTailType>(type); }

/// Accesses the tile's rows of `memory`.
unsigned RowPhase::accessRows(Value memory, task::AccessKind kind) {
  auto type = cast<MemRefType>(memory.getType());
  SmallVector<AffineExpr> offsets(type.getRank(), builder().getAffineConstantExpr(0));
  offsets.front() = builder().getAffineDimExpr(0) * tileRows;
  SmallVector<int64_t> shape(type.getShape()), strides;
  shape.front() = tileRows;
  int64_t offset;
  (void)type.getStridesAndOffset(strides, offset);
  auto layout = StridedLayoutAttr::get(builder().getContext(), ShapedType::kDynamic, strides);
  return phase.access(memory, kind, AffineMap::get(1, 0, offsets, builder().getContext()),
                      MemRefType::get(shape, type.getElementType(), layout));
}

LogicalResult RowPhase::declareOperand(Operation *op, unsigned index) {
  Value operand = op->getOperand(index);
  if (accesses.contains(operand) || llvm::is_contained(ops.ops, operand.getDefiningOp()))
    return success();
  SmallVector<unsigned, 2> &numbers = accesses[operand];
  if (isa<WeightType>(operand.getType())) {
    if (conversion.packingOf(operand) && !isa<EmbeddingOp>(op))
      return op->emitError("cannot read a weight that is packed for products");
    numbers.push_back(
        phase.access(conversion.weightMemory(operand, ops.loc), task::AccessKind::Read));
  } else if (isSlotState(operand.getType())) {
    numbers.push_back(
        phase.access(conversion.slotState(operand, ops.loc), task::AccessKind::Update));
  } else if (isa<RowsType>(operand.getType())) {
    numbers.push_back(accessRows(conversion.step.getRowSequence(), task::AccessKind::Read));
    numbers.push_back(accessRows(conversion.step.getPositions(), task::AccessKind::Read));
  } else if (isa<KvType>(operand.getType())) {
    for (StringRef plane : {"keys", "values"})
      numbers.push_back(
          phase.access(conversion.statePlane(operand, plane, ops.loc), task::AccessKind::Update));
  } else if (isa<SelectRowsOp>(op) && index == 0) {
    whole.insert(operand);
    numbers.push_back(phase.access(conversion.bufferOf(operand), task::AccessKind::Read));
  } else if (isa<RankedTensorType>(operand.getType())) {
    numbers.push_back(accessRows(conversion.bufferOf(operand), task::AccessKind::Read));
  } else {
    return op->emitError("an operand of type ")
           << operand.getType() << " has no form in the task stage; run it with --reference";
  }
  return success();
}

LogicalResult RowPhase::declareAll() {
  for (Operation *op : ops.ops) {
    if (!isa<ReferenceInterface>(op))
      return op->emitError("has no form in the task stage");
    for (unsigned i = 0; i < op->getNumOperands(); ++i)
      if (failed(declareOperand(op, i)))
        return failure();
  }
  for (Value result : ops.results)
    if (isa<RankedTensorType>(result.getType()))
      accesses[result].push_back(accessRows(conversion.bufferOf(result), task::AccessKind::Write));
  return success();
}

void RowPhase::bindOperands() {
  for (Operation *op : ops.ops)
    for (Value operand : op->getOperands()) {
      if (tiles.isBound(operand) || isa<KvType>(operand.getType()) ||
          llvm::is_contained(ops.ops, operand.getDefiningOp()))
        continue;
      if (isSlotState(operand.getType())) {
        tiles.bind(operand, gatherSlots(operand));
        continue;
      }
      SmallVector<Value> tensors;
      for (unsigned number : accesses[operand]) {
        bool all = isa<WeightType>(operand.getType()) || whole.contains(operand);
        Value view = phase.view(number);
        tensors.push_back(all ? tiles.loadWhole(view) : tiles.load(view, bounds));
      }
      tiles.bind(operand, tensors);
    }
}

//===----------------------------------------------------------------------===//
// States of fixed size
//===----------------------------------------------------------------------===//

void RowPhase::overSequences(function_ref<void(Value)> body) {
  ReferenceBuilder b(builder(), ops.loc);
  auto loop = scf::ForOp::create(builder(), ops.loc, b.index(0),
                                 phase.valueArgument(sequencesNumber), b.index(1));
  OpBuilder::InsertionGuard guard(builder());
  builder().setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

/// Row `row` of `memory`, without its first axis.
static Value rowOf(OpBuilder &builder, Location loc, Value memory, Value row) {
  auto type = cast<MemRefType>(memory.getType());
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  SmallVector<OpFoldResult> offsets(type.getRank(), zero), strides(type.getRank(), one), sizes;
  offsets.front() = row;
  sizes.push_back(one);
  for (int64_t size : type.getShape().drop_front())
    sizes.push_back(builder.getIndexAttr(size));
  auto reduced = memref::SubViewOp::inferRankReducedResultType(type.getShape().drop_front(), type,
                                                               offsets, sizes, strides);
  return memref::SubViewOp::create(builder, loc, cast<MemRefType>(reduced), memory, offsets, sizes,
                                   strides);
}

/// Memory for the states of all sequences of the step, side by side.
static Value allocateStates(OpBuilder &builder, Location loc, MemRefType slot, Value sequences) {
  SmallVector<int64_t> shape = {ShapedType::kDynamic};
  llvm::append_range(shape, slot.getShape());
  auto type = MemRefType::get(shape, slot.getElementType());
  return memref::AllocOp::create(builder, loc, type, sequences);
}

Value RowPhase::gatherSlots(Value state) {
  Value slots = phase.view(accesses[state].front());
  MemRefType type = cast<task::SlottedType>(slots.getType()).getSlot();
  Value all = allocateStates(builder(), ops.loc, type, phase.valueArgument(sequencesNumber));
  overSequences([&](Value sequence) {
    Value slot = task::SlotOp::create(builder(), ops.loc, type, slots, sequence);
    memref::CopyOp::create(builder(), ops.loc, slot, rowOf(builder(), ops.loc, all, sequence));
  });
  return tiles.loadWhole(all);
}

void RowPhase::scatterSlots(Value tensors, Value state) {
  Value slots = phase.view(accesses[state].front());
  MemRefType type = cast<task::SlottedType>(slots.getType()).getSlot();
  Value all = allocateStates(builder(), ops.loc, type, phase.valueArgument(sequencesNumber));
  tiles.store(tensors, all);
  overSequences([&](Value sequence) {
    Value slot = task::SlotOp::create(builder(), ops.loc, type, slots, sequence);
    memref::CopyOp::create(builder(), ops.loc, rowOf(builder(), ops.loc, all, sequence), slot);
  });
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

void RowPhase::emitAppend(KvAppendOp op) {
  KvType type = op.getState().getType();
  ArrayRef<unsigned> planes = accesses[op.getState()], rowAccess = accesses[op.getRows()];
  Value sequence = phase.view(rowAccess[0]), positions = phase.view(rowAccess[1]);
  tiles.emitAppend(tiles.tileOf(op.getKeys()), phase.view(planes[0]), sequence, positions, Value(),
                   Value(), type.getHeadDim(), /*transposed=*/true);
  tiles.emitAppend(tiles.tileOf(op.getValues()), phase.view(planes[1]), sequence, positions,
                   Value(), Value(), type.getHeadDim(), /*transposed=*/false);
  conversion.replaceState(op.getState(), op.getResult());
}

LogicalResult RowPhase::emitOp(Operation *op) {
  if (auto append = dyn_cast<KvAppendOp>(op)) {
    emitAppend(append);
    return success();
  }
  if (auto embedding = dyn_cast<EmbeddingOp>(op))
    if (PackAttr packing = conversion.packingOf(embedding.getTable())) {
      tiles.emitPackedEmbedding(embedding, phase.view(accesses[embedding.getTable()].front()),
                                packing);
      return success();
    }
  tiles.emit(cast<ReferenceInterface>(op));
  for (Value result : op->getResults())
    if (isSlotState(result.getType()))
      for (Value operand : op->getOperands())
        if (operand.getType() == result.getType()) {
          scatterSlots(tiles.tileOf(result), operand);
          conversion.replaceState(operand, result);
        }
  return success();
}

LogicalResult RowPhase::build() {
  if (failed(declareAll()))
    return failure();
  unsigned rowsNumber = phase.value(rows);
  sequencesNumber = phase.value(conversion.step.getSequenceCount());
  phase.startBody();
  ReferenceBuilder b(builder(), ops.loc);
  Value size = b.index(tileRows);
  Value first = arith::MulIOp::create(builder(), ops.loc, phase.tile(0), size);
  Value left = arith::SubIOp::create(builder(), ops.loc, phase.valueArgument(rowsNumber), first);
  bounds.rows = arith::MinUIOp::create(builder(), ops.loc, size, left);
  SmallVector<std::pair<Value, Value>> places;
  for (Value result : ops.results)
    if (isa<RankedTensorType>(result.getType()))
      places.push_back({result, tiles.place(phase.view(accesses[result].back()), bounds)});
  bindOperands();
  for (Operation *op : ops.ops)
    if (failed(emitOp(op)))
      return failure();
  for (auto [result, place] : places)
    tiles.store(tiles.tileOf(result), place);
  phase.finish();
  return success();
}

LogicalResult convertRowPhase(StepConversion &conversion, const PhaseOps &phase) {
  Value rows = conversion.step.getRowCount();
  for (Value result : phase.results)
    if (isa<RankedTensorType>(result.getType()))
      rows = conversion.rowCount(result);
  bool apart = llvm::all_of(phase.ops, isRowLocal);
  if (!apart)
    remark::missed(phase.loc, remark::RemarkOpts::name("reference-form")
                                  .category("lowering")
                                  .function(conversion.step.getSymName()))
        << (phase.label + " runs by its reference form, on one worker").str()
        << remark::reason("no pattern of convert-transformer-to-task makes it fast");
  int64_t tileRows =
      apart ? std::min(conversion.target.rowTileRows, conversion.maxRows()) : conversion.maxRows();
  return RowPhase(conversion, phase, rows, tileRows).build();
}

} // namespace tenon
