//===- UpstreamOps.h - Ops of MLIR's own dialects in a step ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Beside ops of the transformer dialect a step may have ops of arith, linalg,
// math and tensor on tensors of rows, for what has no name there:
//
//   %half = arith.constant 0.5 : f32               an ingredient
//   %rows = tensor.dim %x, %c0                     an ingredient
//   %place = tensor.empty(%rows) : tensor<?x8xf32> an ingredient
//   %y = linalg.generic ... ins(%x) outs(%place)   rows
//   %z = math.tanh %y : tensor<?x8xf32>            rows
//
// An ingredient is no work: each phase that needs it makes it anew. What makes
// rows is the body of a tile, as it is, and so each row must be computed apart.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_TRANSFORMERTOTASK_UPSTREAMOPS_H
#define TENON_PASSES_TRANSFORMERTOTASK_UPSTREAMOPS_H

#include "mlir/IR/Operation.h"

#include <string>

namespace tenon {

/// Whether `type` is a tensor of rows: any number of them, all of one size.
bool isRows(mlir::Type type);

/// Whether `op` is of a dialect of MLIR whose ops a step may have.
bool isUpstream(mlir::Operation *op);

/// Whether an upstream op only makes what others need besides rows: constants,
/// what is computed of them, the number of rows, and tensors of so many rows that
/// are all one constant or empty.
bool isIngredient(mlir::Operation *op);

/// The first of the upstream ops before `op` in its block that can share its
/// phase: nothing else but ingredients and names of weights is between them.
mlir::Operation *firstOfRun(mlir::Operation *op);

/// Whether `value` counts the rows of a tensor.
bool isRowCount(mlir::Value value);

/// What `op` reads: its operands, and what its regions use from outside.
llvm::SmallVector<mlir::Value> valuesRead(mlir::Operation *op);

/// Of what `op` reads, the tensors of rows that have contents.
llvm::SmallVector<mlir::Value> rowsRead(mlir::Operation *op);

/// The tensors that have as many rows as the results of `op`.
llvm::SmallVector<mlir::Value> rowOrigins(mlir::Operation *op);

/// Why row i of the results of `op` is not a matter of row i of what it reads
/// and of ingredients only; empty when it is.
std::string whyNotRowByRow(mlir::Operation *op);

} // namespace tenon

#endif // TENON_PASSES_TRANSFORMERTOTASK_UPSTREAMOPS_H
