//===- LowerPages.cpp - Pages of states as memory -------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Cpu/KernelArguments.h"
#include "codegen/Cpu/NumberOfTurn.h"
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
/// Where the state of one op of a kernel is.
class StatePlace {
public:
  /// `stateBytes` is the size of a page, or of a slot.
  StatePlace(Operation *op, int64_t stateBytes)
      : builder(op), loc(op->getLoc()), kernel(op->getParentOfType<func::FuncOp>()), op(op),
        stateBytes(stateBytes) {}

  LogicalResult find(ModuleOp module);
  /// The memory of the state in page or slot number `number`, an i32, of all
  /// those at `base`.
  Value memory(StepArgument base, Value number);

  /// An argument of the kernel.
  Value argument(StepArgument which) { return kernel.getArgument(which); }

  OpBuilder builder;
  Location loc;

private:
  func::FuncOp kernel;
  Operation *op;
  int64_t stateBytes;
  Value offset; ///< of the state in a page or slot, in bytes
};
} // namespace

LogicalResult StatePlace::find(ModuleOp module) {
  auto get = op->getOperand(0).getDefiningOp<GetStateOp>();
  if (!kernel || !get)
    return op->emitOpError("is not in a kernel that gets its state");
  SmallVector<int64_t> offsets;
  for (auto name : get.getNames().getAsRange<FlatSymbolRefAttr>()) {
    auto state = module.lookupSymbol<StateOp>(name.getValue());
    if (!state.getOffset())
      return state.emitOpError("has no place; run assign-states");
    offsets.push_back(*state.getOffset());
  }
  offset = numberOfTurn(builder, loc, offsets, get.getTurn());
  return success();
}

Value StatePlace::memory(StepArgument base, Value number) {
  number = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), number);
  Value bytes = arith::ConstantIndexOp::create(builder, loc, stateBytes);
  Value start = arith::MulIOp::create(builder, loc, number, bytes);
  start = arith::AddIOp::create(builder, loc, start, offset);
  return memref::ViewOp::create(builder, loc, cast<MemRefType>(op->getResult(0).getType()),
                                argument(base), start, ValueRange());
}

/// The memory of a page: its number is in the table of its sequence.
static Value memoryOf(PageOp op, StatePlace &place) {
  Value first = arith::MulIOp::create(place.builder, place.loc, op.getSequence(),
                                      place.argument(PagesPerSequence));
  Value entry = arith::AddIOp::create(place.builder, place.loc, first, op.getPage());
  Value number = memref::LoadOp::create(place.builder, place.loc, place.argument(PageTable), entry);
  return place.memory(Pages, number);
}

static Value memoryOf(SlotOp op, StatePlace &place) {
  Value number = memref::LoadOp::create(place.builder, place.loc, place.argument(SequenceSlot),
                                        op.getSequence());
  return place.memory(Slots, number);
}

namespace {
struct LowerPages : tenon::impl::LowerPagesPassBase<LowerPages> {
  /// Replaces all ops of one kind; `sizeName` is the attribute that says how
  /// large what they are parts of is.
  template <typename Op> LogicalResult lower(StringRef sizeName) {
    auto size = getOperation()->getAttrOfType<IntegerAttr>(sizeName);
    WalkResult result = getOperation().walk([&](Op op) -> WalkResult {
      if (!size)
        return op.emitOpError("has no size, which is the attribute ")
               << sizeName << " of the module; run assign-states";
      StatePlace place(op, size.getInt());
      if (failed(place.find(getOperation())))
        return failure();
      op.replaceAllUsesWith(memoryOf(op, place));
      op.erase();
      return success();
    });
    return failure(result.wasInterrupted());
  }

  void runOnOperation() override {
    if (failed(lower<SlotOp>(slotBytesAttribute)) || failed(lower<PageOp>(pageBytesAttribute)))
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
