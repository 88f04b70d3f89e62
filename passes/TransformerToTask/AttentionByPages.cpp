//===- AttentionByPages.cpp - Attention by its reference form -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For attention that task.attend does not compute: over latents, over an
// encoder's rows, with a table of biases. A tile is one row. It takes the pages
// that the row sees one after another, each as a state of 64 positions, and adds
// up what the op's reference form makes of them:
//
//   sum = nothing
//   for page = 0 to ceil(seen positions / 64)
//     sum = merge(sum, buildSum(operands with this page, first = 64 page))
//   result = buildResult(sum)
//
// So memory does not grow with the context, and all sizes are known when the
// step is compiled.
//
//===----------------------------------------------------------------------===//

#include "codegen/Target.h"
#include "dialects/Transformer/AttentionReference.h"
#include "passes/TransformerToTask/StepConversion.h"
#include "passes/TransformerToTask/TileEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

namespace {
class AttentionByPages {
public:
  AttentionByPages(StepConversion &conversion, const PhaseOps &ops)
      : conversion(conversion), ops(ops), op(cast<AttentionInterface>(ops.ops.front())),
        rows(conversion.rowCount(op->getResult(0))),
        phase(conversion.builder, ops.loc, ops.label, conversion.tileCount(rows, 1),
              conversion.maxRows()),
        tiles(conversion.builder, ops.loc), b(conversion.builder, ops.loc) {}

  LogicalResult build();

private:
  StepConversion &conversion;
  const PhaseOps &ops;
  AttentionInterface op;
  Value rows;
  PhaseBuilder phase;
  TileEmitter tiles;
  ReferenceBuilder b;
  SmallVector<SmallVector<unsigned, 3>> accesses; ///< of each operand
  SmallVector<SmallVector<Value>> operands;       ///< of the reference form
  unsigned stateNumber = 0;                       ///< among the operands
  SmallVector<PageLayout> layouts;                ///< of the state's parts
  unsigned output = 0;

  OpBuilder &builder() { return conversion.builder; }
  Value row() { return phase.tile(0); }
  Value partView(unsigned part) { return phase.view(accesses[stateNumber][part]); }
  LogicalResult declareOperand(OpOperand &operand);
  /// The row of this tile in `memory` [rows, ...], as memory of one row.
  Value place(Value memory) { return tiles.placeOfRow(memory, row()); }
  void bindOperands(Value sequence);
  AttentionSum sumOfPages(Value sequence, Value pages);
};
} // namespace

LogicalResult AttentionByPages::declareOperand(OpOperand &operand) {
  Value value = operand.get();
  SmallVector<unsigned, 3> &numbers = accesses.emplace_back();
  auto read = [&](Value memory) {
    numbers.push_back(phase.access(memory, task::AccessKind::Read));
  };
  if (isa<WeightType>(value.getType())) {
    if (conversion.packingOf(value))
      return emitPackedForProducts(op);
    read(conversion.weightMemory(value, ops.loc));
  } else if (isa<RowsType>(value.getType())) {
    read(conversion.step.getRowSequence());
    read(conversion.step.getPositions());
  } else if (auto state = dyn_cast<StateTypeInterface>(value.getType())) {
    stateNumber = operand.getOperandNumber();
    layouts = layoutsOf(state);
    for (unsigned part = 0; part < layouts.size(); ++part)
      read(conversion.statePart(value, part, ops.loc));
  } else {
    read(conversion.bufferOf(value));
  }
  return success();
}

/// Everything but the pages. The sequence is the only one that the tensors of
/// the state have: number 0.
void AttentionByPages::bindOperands(Value sequence) {
  operands.resize(accesses.size());
  for (auto [number, value] : llvm::enumerate(op->getOperands())) {
    SmallVector<Value> &tensors = operands[number];
    auto view = [&](unsigned part) { return phase.view(accesses[number][part]); };
    if (isa<WeightType>(value.getType())) {
      tensors.push_back(tiles.loadWhole(view(0)));
    } else if (isa<RowsType>(value.getType())) {
      tensors.push_back(b.filledI32({builder().getIndexAttr(1)}, 0));
      tensors.push_back(tiles.loadWhole(place(view(1))));
    } else if (number != stateNumber) {
      tensors.push_back(tiles.loadWhole(place(view(0))));
    }
  }
  SmallVector<Value> &parts = operands[stateNumber];
  parts.resize(layouts.size());
  for (auto [part, layout] : llvm::enumerate(layouts))
    if (!layout.paged) {
      Value slot =
          task::SlotOp::create(builder(), ops.loc, layout.memory, partView(part), sequence);
      parts[part] = tiles.loadAsSequence(slot, layout);
    }
}

AttentionSum AttentionByPages::sumOfPages(Value sequence, Value pages) {
  AttentionReference attention(b);
  AttentionSum none =
      attention.nothing(builder().getIndexAttr(1), op.getSumHeads(), op.getSumSize());
  auto loop = scf::ForOp::create(builder(), ops.loc, b.index(0), pages, b.index(1),
                                 ValueRange{none.sums, none.largest, none.total});
  OpBuilder::InsertionGuard guard(builder());
  builder().setInsertionPointToStart(loop.getBody());
  Value page = loop.getInductionVar();
  for (auto [part, layout] : llvm::enumerate(layouts))
    if (layout.paged) {
      Value memory =
          task::PageOp::create(builder(), ops.loc, layout.memory, partView(part), sequence, page);
      operands[stateNumber][part] = tiles.loadAsSequence(memory, layout);
    }
  Value first = arith::MulIOp::create(builder(), ops.loc, page, b.index(pagePositions));
  SmallVector<ValueRange> ranges(operands.begin(), operands.end());
  AttentionSum sum = op.buildSum(builder(), ranges, first);
  ValueRange before = loop.getRegionIterArgs();
  sum = attention.merge({before[0], before[1], before[2]}, sum);
  scf::YieldOp::create(builder(), ops.loc, ValueRange{sum.sums, sum.largest, sum.total});
  return {loop.getResult(0), loop.getResult(1), loop.getResult(2)};
}

LogicalResult AttentionByPages::build() {
  for (OpOperand &operand : op->getOpOperands())
    if (failed(declareOperand(operand)))
      return failure();
  unsigned positions = phase.access(conversion.step.getPositions(), task::AccessKind::Read);
  unsigned sequences = phase.access(conversion.step.getRowSequence(), task::AccessKind::Read);
  output = phase.access(conversion.bufferOf(op->getResult(0)), task::AccessKind::Write);

  phase.startBody();
  Value destination = place(phase.view(output));
  Value position = b.asIndex(memref::LoadOp::create(builder(), ops.loc, phase.view(positions),
                                                    ValueRange{row(), b.index(0)}));
  Value sequence =
      b.asIndex(memref::LoadOp::create(builder(), ops.loc, phase.view(sequences), row()));
  bindOperands(sequence);
  SmallVector<Value> fixedParts;
  for (auto [layout, tensor] : llvm::zip(layouts, operands[stateNumber]))
    if (!layout.paged)
      fixedParts.push_back(tensor);
  Value seen = op.buildSeenPositions(builder(), position, fixedParts);
  Value pages = arith::CeilDivUIOp::create(builder(), ops.loc, seen, b.index(pagePositions));
  AttentionSum sum = sumOfPages(sequence, pages);
  SmallVector<ValueRange> ranges(operands.begin(), operands.end());
  tiles.store(op.buildResult(builder(), ranges, sum), destination);
  phase.finish();
  return success();
}

LogicalResult convertAttentionByPages(StepConversion &conversion, const PhaseOps &phase) {
  remarkReferenceForm(conversion, phase, "a row at a time");
  return AttentionByPages(conversion, phase).build();
}

} // namespace tenon
