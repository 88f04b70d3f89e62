//===- InsertBarriers.cpp - Where workers wait for each other -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Task/Dependences.h"
#include "passes/Passes.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::task;

namespace tenon {
#define GEN_PASS_DEF_INSERTBARRIERSPASS
#include "passes/Passes.h.inc"
} // namespace tenon

namespace {
struct InsertBarriers : tenon::impl::InsertBarriersPassBase<InsertBarriers> {
  using InsertBarriersPassBase::InsertBarriersPassBase;

  void runOnOperation() override {
    int64_t found = 0;
    visitOpenDependences(getOperation(), [&](PhaseOp later, PhaseOp) {
      if (found++ == drop)
        return false;
      OpBuilder builder(later);
      BarrierOp::create(builder, later.getLoc());
      ++barriers;
      return true;
    });
  }
};
} // namespace
