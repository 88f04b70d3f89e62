//===- RowPhase.cpp - Phases whose rows are computed apart ----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Embeddings, norms, activations, state writes: any group of ops without a
// product. A tile is some rows with all their columns; its body is the
// reference forms of the ops, one after another; that of an upstream op is the
// op itself.
//
// An op that no pattern here makes fast is among them: its rows may depend on
// each other, so its one tile is all rows, and a state of fixed size is copied
// from the sequences' slots and back. That is slow, and told by a remark; so is
// a product by a matrix here, of rows that are apart.
//
//===----------------------------------------------------------------------===//

#include "passes/TransformerToTask/StepConversion.h"
#include "passes/TransformerToTask/TileEmitter.h"
#include "passes/TransformerToTask/UpstreamOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

/// Accesses the tile's rows of `memory`.
static unsigned accessTileRows(PhaseBuilder &phase, Value memory, task::AccessKind kind,
                               int64_t tileRows) {
  OpBuilder &builder = phase.builder;
  auto type = cast<MemRefType>(memory.getType());
  SmallVector<AffineExpr> offsets(type.getRank(), builder.getAffineConstantExpr(0));
  offsets.front() = builder.getAffineDimExpr(0) * tileRows;
  SmallVector<int64_t> shape(type.getShape()), strides;
  shape.front() = tileRows;
  int64_t offset;
  (void)type.getStridesAndOffset(strides, offset);
  auto layout = StridedLayoutAttr::get(builder.getContext(), ShapedType::kDynamic, strides);
  return phase.access(memory, kind, AffineMap::get(1, 0, offsets, builder.getContext()),
                      MemRefType::get(shape, type.getElementType(), layout));
}

/// In the body of `phase`: how many of its `rows` the tile of `tileRows` has.
static Value tileRowCount(PhaseBuilder &phase, unsigned rows, int64_t tileRows) {
  ReferenceBuilder b(phase.builder, phase.loc);
  Value size = b.index(tileRows);
  Value first = arith::MulIOp::create(phase.builder, phase.loc, phase.tile(0), size);
  Value left = arith::SubIOp::create(phase.builder, phase.loc, phase.valueArgument(rows), first);
  return arith::MinUIOp::create(phase.builder, phase.loc, size, left);
}

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
  unsigned accessRows(Value memory, task::AccessKind kind) {
    return accessTileRows(phase, memory, kind, tileRows);
  }
  LogicalResult declareOperand(Operation *op, unsigned index);
  LogicalResult declareUpstream(Operation *op);
  LogicalResult declareAll();
  void bindOperands();
  void emitOp(Operation *op);
  void emitWrite(StateWriteInterface op);
  SmallVector<Value> gatherSlots(Value state);
  void scatterSlots(ValueRange tensors, Value state);
  void overSequences(llvm::function_ref<void(Value)> body);

  unsigned sequencesNumber = 0;
};
} // namespace

/// Whether a part of a state of this type lies in pages.
static bool isPaged(Type type) {
  auto state = dyn_cast<StateTypeInterface>(type);
  return state && llvm::any_of(state.getStateParts(),
                               [](const StatePart &part) { return part.growsWithPositions; });
}

/// Whether row i of the results depends on row i of the tensors only.
static bool isRowLocal(Operation *op) {
  if (auto write = dyn_cast<StateWriteInterface>(op))
    return llvm::all_of(cast<StateTypeInterface>(write.getStateBefore().getType()).getStateParts(),
                        [](const StatePart &part) { return part.growsWithPositions; });
  return isa<RowwiseInterface, EmbeddingOp, PositionEmbeddingOp, RotaryTableOp, SelectRowsOp,
             SplitOp, ConcatOp, NormalizedLinearOp, RouteOp, ExpertsOp>(op) ||
         isUpstream(op);
}

/// The values that a phase has to bind before it emits `op`.
static SmallVector<Value> inputsOf(Operation *op) {
  return isUpstream(op) ? rowsRead(op) : SmallVector<Value>(op->getOperands());
}

/// Whether this phase knows how to compute `op`: by its reference form, which
/// has no pages, or by writing rows to pages.
static bool hasForm(Operation *op) {
  return isa<ReferenceInterface>(op) &&
         (isa<StateWriteInterface>(op) || llvm::none_of(op->getOperandTypes(), isPaged));
}

LogicalResult RowPhase::declareOperand(Operation *op, unsigned index) {
  Value operand = op->getOperand(index);
  if (accesses.contains(operand) || llvm::is_contained(ops.ops, operand.getDefiningOp()))
    return success();
  SmallVector<unsigned, 2> &numbers = accesses[operand];
  if (isa<WeightType>(operand.getType())) {
    if (conversion.packingOf(operand) && !isa<EmbeddingOp>(op))
      return emitPackedForProducts(op);
    numbers.push_back(
        phase.access(conversion.weightMemory(operand, ops.loc), task::AccessKind::Read));
  } else if (auto state = dyn_cast<StateTypeInterface>(operand.getType())) {
    for (unsigned part = 0; part < state.getStateParts().size(); ++part)
      numbers.push_back(
          phase.access(conversion.statePart(operand, part, ops.loc), task::AccessKind::Update));
  } else if (isa<RowsType>(operand.getType())) {
    numbers.push_back(accessRows(conversion.step.getRowSequence(), task::AccessKind::Read));
    numbers.push_back(accessRows(conversion.step.getPositions(), task::AccessKind::Read));
  } else if (isa<SelectRowsOp>(op) && index == 0) {
    whole.insert(operand);
    numbers.push_back(phase.access(conversion.bufferOf(operand), task::AccessKind::Read));
  } else {
    numbers.push_back(accessRows(conversion.bufferOf(operand), task::AccessKind::Read));
  }
  return success();
}

LogicalResult RowPhase::declareUpstream(Operation *op) {
  if (std::string reason = whyNotRowByRow(op); !reason.empty())
    return op->emitError("has no form in the task stage, where each row is computed apart: ")
           << reason << "; express it by ops of the transformer dialect";
  for (Value rows : rowsRead(op))
    if (!accesses.contains(rows) && !llvm::is_contained(ops.ops, rows.getDefiningOp()))
      accesses[rows].push_back(accessRows(conversion.bufferOf(rows), task::AccessKind::Read));
  return success();
}

LogicalResult RowPhase::declareAll() {
  for (Operation *op : ops.ops) {
    if (isUpstream(op)) {
      if (failed(declareUpstream(op)))
        return failure();
      continue;
    }
    if (!hasForm(op))
      return op->emitError("has no form in the task stage, where an op is computed by its "
                           "ReferenceInterface; express it by ops of the transformer dialect");
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
    for (Value operand : inputsOf(op)) {
      if (tiles.isBound(operand) || isPaged(operand.getType()) ||
          llvm::is_contained(ops.ops, operand.getDefiningOp()))
        continue;
      if (isa<StateTypeInterface>(operand.getType())) {
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

/// Memory for the states of all sequences of the step, side by side.
static Value allocateStates(OpBuilder &builder, Location loc, MemRefType slot, Value sequences) {
  SmallVector<int64_t> shape = {ShapedType::kDynamic};
  llvm::append_range(shape, slot.getShape());
  auto type = MemRefType::get(shape, slot.getElementType());
  return memref::AllocOp::create(builder, loc, type, sequences);
}

/// The parts of `state` that lie in slots, those of all sequences side by side.
SmallVector<Value> RowPhase::gatherSlots(Value state) {
  SmallVector<Value> tensors;
  for (unsigned number : accesses[state]) {
    auto type = dyn_cast<task::SlottedType>(phase.view(number).getType());
    if (!type)
      continue;
    Value all =
        allocateStates(builder(), ops.loc, type.getSlot(), phase.valueArgument(sequencesNumber));
    overSequences([&](Value sequence) {
      Value slot =
          task::SlotOp::create(builder(), ops.loc, type.getSlot(), phase.view(number), sequence);
      memref::CopyOp::create(builder(), ops.loc, slot,
                             tiles.placeOfRow(all, sequence, /*dropAxis=*/true));
    });
    tensors.push_back(tiles.loadWhole(all));
  }
  return tensors;
}

/// Writes `tensors`, as gatherSlots() returns them, back.
void RowPhase::scatterSlots(ValueRange tensors, Value state) {
  for (unsigned number : accesses[state]) {
    auto type = dyn_cast<task::SlottedType>(phase.view(number).getType());
    if (!type)
      continue;
    Value all =
        allocateStates(builder(), ops.loc, type.getSlot(), phase.valueArgument(sequencesNumber));
    tiles.store(tensors.front(), all);
    tensors = tensors.drop_front();
    overSequences([&](Value sequence) {
      Value slot =
          task::SlotOp::create(builder(), ops.loc, type.getSlot(), phase.view(number), sequence);
      memref::CopyOp::create(builder(), ops.loc, tiles.placeOfRow(all, sequence, /*dropAxis=*/true),
                             slot);
    });
  }
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// Pages are written in place, row by row; what lies in slots is taken out of
/// them and put back.
void RowPhase::emitWrite(StateWriteInterface op) {
  Value state = op.getStateBefore();
  auto type = cast<StateTypeInterface>(state.getType());
  ArrayRef<unsigned> rowAccess = accesses[op.getWrittenRows()];
  AppendedRows rows{phase.view(rowAccess[0]), phase.view(rowAccess[1]), Value(), Value()};
  SmallVector<Value> tensors = op.getWrittenTensors();
  for (auto [part, layout, number] :
       llvm::zip(type.getStateParts(), layoutsOf(type), accesses[state])) {
    if (!layout.paged)
      continue;
    tiles.emitAppend(tiles.tileOf(tensors.front()), phase.view(number), layout, part.shape.back(),
                     rows);
    tensors.erase(tensors.begin());
  }
  if (SmallVector<Value> parts = gatherSlots(state); !parts.empty())
    scatterSlots(op.buildFixedParts(builder(), parts, tiles.tilesOf(op.getWrittenRows())), state);
  conversion.replaceState(state, op.getStateAfter());
}

void RowPhase::emitOp(Operation *op) {
  if (isUpstream(op))
    return tiles.emitUpstream(op, bounds.rows);
  if (auto write = dyn_cast<StateWriteInterface>(op))
    return emitWrite(write);
  if (auto embedding = dyn_cast<EmbeddingOp>(op))
    if (PackAttr packing = conversion.packingOf(embedding.getTable()))
      return tiles.emitPackedEmbedding(embedding,
                                       phase.view(accesses[embedding.getTable()].front()), packing);
  tiles.emit(cast<ReferenceInterface>(op));
  for (OpResult result : op->getResults())
    if (Value before = replacedState(result)) {
      scatterSlots(tiles.tilesOf(result), before);
      conversion.replaceState(before, result);
    }
}

LogicalResult RowPhase::build() {
  if (failed(declareAll()))
    return failure();
  unsigned rowsNumber = phase.value(rows, conversion.maxRows());
  sequencesNumber = phase.value(conversion.step.getSequenceCount(), conversion.maxRows());
  phase.startBody();
  bounds.rows = tileRowCount(phase, rowsNumber, tileRows);
  SmallVector<std::pair<Value, Value>> places;
  for (Value result : ops.results)
    if (isa<RankedTensorType>(result.getType()))
      places.push_back({result, tiles.place(phase.view(accesses[result].back()), bounds)});
  bindOperands();
  for (Operation *op : ops.ops)
    emitOp(op);
  for (auto [result, place] : places)
    tiles.store(tiles.tileOf(result), place);
  phase.finish();
  return success();
}

/// As many rows as a tile of rows that are computed apart has.
static int64_t rowTileRows(StepConversion &conversion) {
  return std::min(conversion.target.rowTileRows, conversion.maxRows());
}

/// Whether `op` multiplies by a matrix of weights: what it looks up in one is
/// cheap.
static bool readsMatrix(Operation *op) {
  return !isa<EmbeddingOp, PositionEmbeddingOp>(op) &&
         llvm::any_of(op->getOperandTypes(), [](Type type) {
           auto weight = dyn_cast<WeightType>(type);
           return weight && weight.getRank() > 1;
         });
}

LogicalResult convertRowPhase(StepConversion &conversion, const PhaseOps &phase) {
  Value rows = conversion.step.getRowCount();
  for (Value result : phase.results)
    if (isa<RankedTensorType>(result.getType()))
      rows = conversion.rowCount(result);
  bool apart = llvm::all_of(phase.ops, isRowLocal);
  int64_t tileRows = apart ? rowTileRows(conversion) : conversion.maxRows();
  if (!apart || llvm::any_of(phase.ops, readsMatrix))
    remarkReferenceForm(
        conversion, phase,
        tileRows == conversion.maxRows()
            ? std::string("on one worker")
            : llvm::formatv("in tiles of {0} rows and all columns", tileRows).str());
  else if (llvm::any_of(phase.ops, isUpstream))
    remarkReferenceForm(conversion, phase, "in a phase of its own");
  return RowPhase(conversion, phase, rows, tileRows).build();
}

void convertRowCopy(StepConversion &conversion, Location loc, Value from, Value to, Value rows) {
  int64_t tileRows = rowTileRows(conversion);
  PhaseBuilder phase(conversion.builder, loc, "copy", conversion.tileCount(rows, tileRows),
                     llvm::divideCeil(conversion.maxRows(), tileRows));
  unsigned read = accessTileRows(phase, from, task::AccessKind::Read, tileRows);
  unsigned write = accessTileRows(phase, to, task::AccessKind::Write, tileRows);
  unsigned rowsNumber = phase.value(rows, conversion.maxRows());
  phase.startBody();
  TileEmitter tiles(conversion.builder, loc);
  TileBounds bounds;
  bounds.rows = tileRowCount(phase, rowsNumber, tileRows);
  Value place = tiles.place(phase.view(write), bounds);
  tiles.store(tiles.load(phase.view(read), bounds), place);
  phase.finish();
}

} // namespace tenon
