//===- PartitionTiles.cpp - Who takes which tiles -------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Task/TaskDialect.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::task;

namespace tenon {
#define GEN_PASS_DEF_PARTITIONTILESPASS
#include "passes/Passes.h.inc"
} // namespace tenon

/// Whether the tiles of `phase` read what was written at the positions before
/// theirs: later ones read more.
static bool readsPages(PhaseOp phase) {
  for (auto [index, operand] : llvm::enumerate(phase.getAccessed()))
    if (isa<PagedType>(operand.getType()) && phase.getAccess(index).getKind() == AccessKind::Read)
      return true;
  return false;
}

namespace {
struct PartitionTiles : tenon::impl::PartitionTilesPassBase<PartitionTiles> {
  void runOnOperation() override {
    getOperation()->walk([&](PhaseOp phase) {
      if (!readsPages(phase))
        return;
      phase.setCyclic(true);
      ++cyclic;
    });
  }
};
} // namespace
