//===- AssignStates.cpp - Places of states in pages and slots -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Task/TaskDialect.h"
#include "passes/Passes.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tenon {
#define GEN_PASS_DEF_ASSIGNSTATESPASS
#include "passes/Passes.h.inc"
} // namespace tenon

/// Lines of the cache: no two states share one.
static constexpr int64_t alignment = 64;

namespace {
struct AssignStates : tenon::impl::AssignStatesPassBase<AssignStates> {
  void runOnOperation() override {
    int64_t pageBytes = 0, slotBytes = 0;
    Builder builder(&getContext());
    for (auto state : getOperation().getOps<tenon::task::StateOp>()) {
      int64_t size = tenon::task::sizeBytesOf(cast<MemRefType>(state.getType()));
      int64_t &end = state.getPaged() ? pageBytes : slotBytes;
      state.setOffsetAttr(builder.getI64IntegerAttr(end));
      end = llvm::alignTo(end + size, alignment);
    }
    getOperation()->setAttr(tenon::task::pageBytesAttribute, builder.getI64IntegerAttr(pageBytes));
    getOperation()->setAttr(tenon::task::slotBytesAttribute, builder.getI64IntegerAttr(slotBytes));
  }
};
} // namespace
