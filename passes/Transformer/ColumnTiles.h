//===- ColumnTiles.h - How many columns make a tile -----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// pack-weights and group-products must agree on the columns of a product that
// one tile holds: the packing is made for it, and an op joins a group when a
// tile is enough for it. Both ask here.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_TRANSFORMER_COLUMNTILES_H
#define TENON_PASSES_TRANSFORMER_COLUMNTILES_H

#include "mlir/IR/Value.h"

namespace tenon {

/// The columns of a product's result that the ops after it want together: the
/// head where one norms by head, rotates or stores heads; 1 when none does.
int64_t headGranule(mlir::Value result);

/// The columns of a tile of a product with this granule.
int64_t columnTile(int64_t headGranule);

} // namespace tenon

#endif // TENON_PASSES_TRANSFORMER_COLUMNTILES_H
