//===- LowerPages.cpp - Pages of states as memory---------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Cpu/KernelArguments.h"
#include "codegen/Cpu/Passes.h"
#include "dialects/Task/TaskDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace tenon::task;
using namespace tenon::cpu;

namespace tenon {
#define GEN_PASS_DEF_LOWERPAGESPASS
#include "codegen/Cpu/Passes.h.inc"
} // namespace tenon

namespace {
struct LowerPages : tenon::impl::LowerPagesPassBase<LowerPages> {
  /// The byte of a state in a page or slot, in the turn of its kernel.
  LogicalResult offsetOf(GetStateOp op, OpBuilder &builder, Value &offset) {
    SmallVector<int64_t> offsets;
    for (auto name : op.getNames().getAsRange<FlatSymbolRefAttr>()) {
      auto state = getOperation().lookupSymbol<StateOp>(name.getValue());
      if (!state.getOffset())
        return state.emitOpError("has no place; run assign-states");
      offsets.push_back(*state.getOffset());
    }
    Location loc = op.getLoc();
    auto index = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(builder, loc, value);
    };
    int64_t stride = offsets.size() > 1 ? offsets[1] - offsets[0] : 0;
    bool regular = true;
    for (size_t i = 1; i < offsets.size(); ++i)
      regular &= offsets[i] - offsets[i - 1] == stride;
    if (regular) {
      offset = index(offsets[0]);
      if (op.getTurn())
        offset = arith::AddIOp::create(
            builder, loc, offset, arith::MulIOp::create(builder, loc, op.getTurn(), index(stride)));
      return success();
    }
    offset = index(offsets.back());
    for (size_t i = offsets.size() - 1; i-- > 0;) {
      Value isTurn =
          arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, op.getTurn(), index(i));
      offset = arith::SelectOp::create(builder, loc, isTurn, index(offsets[i]), offset);
    }
    return success();
  }

  LogicalResult lowerPage(PageOp op, int64_t pageBytes) {
    auto kernel = op->getParentOfType<func::FuncOp>();
    auto state = op.getState().getDefiningOp<GetStateOp>();
    if (!kernel || !state)
      return op.emitOpError("is not in a kernel that gets its state");
    OpBuilder builder(op);
    Location loc = op.getLoc();
    Value offset;
    if (failed(offsetOf(state, builder, offset)))
      return failure();
    auto mul = [&](Value a, Value b) {
      return arith::MulIOp::create(builder, loc, a, b).getResult();
    };
    auto add = [&](Value a, Value b) {
      return arith::AddIOp::create(builder, loc, a, b).getResult();
    };
    Value entry = add(mul(op.getSequence(), kernel.getArgument(PagesPerSequence)), op.getPage());
    Value number = memref::LoadOp::create(builder, loc, kernel.getArgument(PageTable), entry);
    number = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), number);
    Value bytes = arith::ConstantIndexOp::create(builder, loc, pageBytes);
    Value memory = memref::ViewOp::create(builder, loc, cast<MemRefType>(op.getType()),
                                          kernel.getArgument(Pages),
                                          add(mul(number, bytes), offset), ValueRange());
    op.replaceAllUsesWith(memory);
    op.erase();
    return success();
  }

  LogicalResult lowerSlot(SlotOp op, int64_t slotBytes) {
    auto kernel = op->getParentOfType<func::FuncOp>();
    auto state = op.getState().getDefiningOp<GetStateOp>();
    if (!kernel || !state)
      return op.emitOpError("is not in a kernel that gets its state");
    OpBuilder builder(op);
    Location loc = op.getLoc();
    Value offset;
    if (failed(offsetOf(state, builder, offset)))
      return failure();
    Value number =
        memref::LoadOp::create(builder, loc, kernel.getArgument(SequenceSlot), op.getSequence());
    number = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), number);
    Value bytes = arith::ConstantIndexOp::create(builder, loc, slotBytes);
    Value start = arith::MulIOp::create(builder, loc, number, bytes);
    start = arith::AddIOp::create(builder, loc, start, offset);
    Value memory = memref::ViewOp::create(builder, loc, cast<MemRefType>(op.getType()),
                                          kernel.getArgument(Slots), start, ValueRange());
    op.replaceAllUsesWith(memory);
    op.erase();
    return success();
  }

  void runOnOperation() override {
    auto slotBytes = getOperation()->getAttrOfType<IntegerAttr>("task.slot_bytes");
    WalkResult slots = getOperation().walk([&](SlotOp op) {
      return slotBytes && succeeded(lowerSlot(op, slotBytes.getInt())) ? WalkResult::advance()
                                                                       : WalkResult::interrupt();
    });
    if (slots.wasInterrupted())
      return signalPassFailure();
    auto pageBytes = getOperation()->getAttrOfType<IntegerAttr>("task.page_bytes");
    WalkResult result = getOperation().walk([&](PageOp op) {
      if (!pageBytes || failed(lowerPage(op, pageBytes.getInt())))
        return WalkResult::interrupt();
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    getOperation().walk([](GetStateOp op) {
      if (op.use_empty())
        op.erase();
    });
    // Kernels hold offsets now; what the names stand for is the linker's.
    for (Operation &op : llvm::make_early_inc_range(*getOperation().getBody()))
      if (isa<StateOp, tenon::task::WeightOp>(op))
        op.erase();
  }
};
} // namespace
