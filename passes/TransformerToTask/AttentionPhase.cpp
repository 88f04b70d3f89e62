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
//===----------------------------------------------------------------------===//

#include "passes/TransformerToTask/StepConversion.h"
#include "passes/TransformerToTask/TileEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

LogicalResult convertAttentionPhase(StepConversion &conversion, const PhaseOps &ops) {
  if (ops.ops.size() != 1)
    return ops.ops.front()->emitError("an attention is in a phase of its own");
  auto op = dyn_cast<AttendOp>(ops.ops.front());
  if (!op || op.getRelative())
    return convertAttentionByPages(conversion, ops);
  OpBuilder &builder = conversion.builder;
  KvType state = op.getState().getType();
  int64_t tileRows =
      conversion.maxRows() <= conversion.target.rowTileRows ? 1 : conversion.target.rowTileRows;
  Value rows = conversion.rowCount(op.getQuery());
  Value heads = arith::ConstantIndexOp::create(builder, op.getLoc(), state.getHeads());
  PhaseBuilder phase(
      builder, op.getLoc(), ops.label, {conversion.tileCount(rows, tileRows), heads},
      {static_cast<int64_t>(llvm::divideCeil(conversion.maxRows(), tileRows)), state.getHeads()});
  auto read = [&](Value memory) { return phase.access(memory, task::AccessKind::Read); };
  unsigned query = read(conversion.bufferOf(op.getQuery()));
  unsigned keys = read(conversion.statePart(op.getState(), 0, op.getLoc()));
  unsigned values = read(conversion.statePart(op.getState(), 1, op.getLoc()));
  unsigned positions = read(conversion.step.getPositions());
  unsigned sequence = read(conversion.step.getRowSequence());
  std::optional<unsigned> sinks;
  if (op.getSinks())
    sinks = read(conversion.weightMemory(op.getSinks(), op.getLoc()));
  unsigned output = phase.access(conversion.bufferOf(op.getResult()), task::AccessKind::Write);
  unsigned count = phase.value(rows);

  phase.startBody();
  ReferenceBuilder b(builder, op.getLoc());
  Value size = b.index(tileRows);
  Value first = arith::MulIOp::create(builder, op.getLoc(), phase.tile(0), size);
  Value end = arith::AddIOp::create(builder, op.getLoc(), first, size);
  Value last = arith::MinUIOp::create(builder, op.getLoc(), end, phase.valueArgument(count));
  task::AttendOp::create(builder, op.getLoc(), phase.view(query), phase.view(keys),
                         phase.view(values), phase.view(positions), phase.view(sequence),
                         sinks ? phase.view(*sinks) : Value(), phase.view(output), first, last,
                         phase.tile(1), op.getHeadsAttr(),
                         builder.getI64IntegerAttr(state.getHeadDim()), op.getScaleAttr(),
                         op.getWindowAttr(), op.getSoftcapAttr(), op.getSlopesAttr());
  phase.finish();
  return success();
}

} // namespace tenon
