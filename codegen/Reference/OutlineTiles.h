//===- OutlineTiles.h - Tile bodies as functions of plain loops -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_REFERENCE_OUTLINETILES_H
#define TENON_CODEGEN_REFERENCE_OUTLINETILES_H

#include "dialects/Task/TaskDialect.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace tenon {

/// The functions of phase number `index` (in the order of a walk).
std::string tileFunctionName(unsigned index);
std::string prologueFunctionName(unsigned index);

/// Copies each body and each prologue of the phases of `module` to a function
/// of its own, in a new module of func, linalg, scf, memref and arith ops. The
/// arguments are those of the region, where a paged state is a table of its
/// pages, `memref<?x?xPAGE>` by sequence and page, and a slotted one
/// `memref<?xSLOT>`. Tile ops become scalar loops.
mlir::OwningOpRef<mlir::ModuleOp> outlineTiles(mlir::ModuleOp module);

} // namespace tenon

#endif // TENON_CODEGEN_REFERENCE_OUTLINETILES_H
