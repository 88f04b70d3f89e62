//===- PlanBuffers.cpp - Places of buffers in scratch memory --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A buffer lives from the first phase that touches it to the last. Inside a
// repeat its life is the whole repeat, as a turn may leave it for the next.
// Phases between two barriers run at the same time, so lives are counted in
// barriers, not in phases. Places are then given first-fit, largest first:
//
//   %a ████          0:  a a a c c
//   %b   ██████  ->  64: . b b b b        (columns: stretches between barriers)
//   %c       ██
//
//===----------------------------------------------------------------------===//

#include "dialects/Task/TaskDialect.h"
#include "passes/Passes.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tenon::task;

namespace tenon {
#define GEN_PASS_DEF_PLANBUFFERSPASS
#include "passes/Passes.h.inc"
} // namespace tenon

/// Tiles of AMX and vectors of AVX-512 are read in lines of 64 bytes.
static constexpr int64_t alignment = 64;

namespace {
struct Life {
  BufferOp buffer;
  int64_t size;
  size_t order;                  ///< of declaration
  int64_t first = -1, last = -1; ///< stretches between barriers
  int64_t offset = 0;

  void extend(int64_t from, int64_t to) {
    first = first < 0 ? from : std::min(first, from);
    last = std::max(last, to);
  }
  bool overlapsInTime(const Life &other) const {
    return first <= other.last && other.first <= last;
  }
};

struct PlanBuffers : tenon::impl::PlanBuffersPassBase<PlanBuffers> {
  using PlanBuffersPassBase::PlanBuffersPassBase;
  llvm::MapVector<Value, Life> lives;
  int64_t stretch = 0;

  void touch(PhaseOp phase, int64_t from, int64_t to) {
    for (Value operand : phase.getAccessed())
      if (auto found = lives.find(operand); found != lives.end())
        found->second.extend(from, to);
  }

  void visit(Block &block) {
    for (Operation &op : block) {
      if (isa<BarrierOp>(op)) {
        ++stretch;
      } else if (auto phase = dyn_cast<PhaseOp>(op)) {
        touch(phase, stretch, stretch);
      } else if (auto repeat = dyn_cast<RepeatOp>(op)) {
        int64_t begin = stretch;
        visit(repeat.getBody().front());
        repeat.walk([&](PhaseOp inner) { touch(inner, begin, stretch); });
      }
    }
  }

  /// Gives each of `group` the lowest place that is free while it lives.
  int64_t place(MutableArrayRef<Life *> group) {
    llvm::sort(group, [](Life *a, Life *b) {
      return std::pair(-a->size, a->order) < std::pair(-b->size, b->order);
    });
    SmallVector<Life *> placed;
    int64_t total = 0;
    for (Life *life : group) {
      SmallVector<Life *> taken;
      llvm::copy_if(placed, std::back_inserter(taken),
                    [&](Life *other) { return life->overlapsInTime(*other); });
      llvm::sort(taken, [](Life *a, Life *b) { return a->offset < b->offset; });
      for (Life *other : taken)
        if (life->offset + life->size > other->offset)
          life->offset = std::max<int64_t>(life->offset, other->offset + other->size);
      total = std::max(total, life->offset + life->size);
      placed.push_back(life);
    }
    return total;
  }

  void runOnOperation() override {
    StepOp step = getOperation();
    step.walk([&](BufferOp buffer) {
      int64_t bytes = sizeBytesOf(cast<MemRefType>(buffer.getType()));
      lives[buffer] = {buffer, static_cast<int64_t>(llvm::alignTo(bytes, alignment)), lives.size()};
    });
    visit(step.getBody().front());
    SmallVector<Life *> shared, own;
    for (auto &[value, life] : lives)
      (life.buffer.getIsPrivate() ? own : shared).push_back(&life);
    Builder builder(&getContext());
    step.setScratchBytesAttr(builder.getI64IntegerAttr(place(shared)));
    step.setWorkerBytesAttr(builder.getI64IntegerAttr(place(own)));
    for (auto &[value, life] : lives) {
      life.buffer.setOffsetAttr(builder.getI64IntegerAttr(life.offset));
      if (print)
        life.buffer.emitRemark() << life.size << " bytes at " << life.offset
                                 << (life.buffer.getIsPrivate() ? " of each worker" : "");
    }
    lives.clear();
    stretch = 0;
  }
};
} // namespace
