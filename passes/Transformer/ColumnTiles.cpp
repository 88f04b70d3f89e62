//===- ColumnTiles.cpp - How many columns make a tile ---------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Transformer/ColumnTiles.h"

#include "codegen/Target.h"
#include "dialects/Transformer/TransformerDialect.h"

#include <numeric>

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

int64_t headGranule(Value result) {
  int64_t granule = 1;
  for (Operation *user : result.getUsers()) {
    if (auto append = dyn_cast<KvAppendOp>(user)) {
      granule = std::lcm(granule, append.getState().getType().getHeadDim());
      continue;
    }
    auto rowwise = dyn_cast<RowwiseInterface>(user);
    if (!rowwise || user->getNumResults() != 1)
      continue;
    // A norm over all columns is no reason for a tile of all columns: it is
    // then not in the product's phase, but before the next one.
    bool isWholeRow =
        rowwise.getColumnGranule() == cast<RankedTensorType>(result.getType()).getShape().back();
    if (!(isWholeRow && rowwise.mayBeRepeated()))
      granule = std::lcm(granule, rowwise.getColumnGranule());
    granule = std::lcm(granule, headGranule(user->getResult(0)));
  }
  return granule;
}

int64_t columnTile(int64_t headGranule) {
  return headGranule > 1 ? headGranule : defaultColumnTile;
}

} // namespace tenon
