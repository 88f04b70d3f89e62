//===- KernelArguments.h - What every kernel is called with ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A step function and its kernels share one list of arguments, the members of
// rt::StepArguments as memrefs of one dimension (bare pointers once lowered).
// A kernel has further ones behind them: the turn of the repeat it is in, the
// worker's own memory, its share of the tiles, and the extents of the grid.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_CPU_KERNELARGUMENTS_H
#define TENON_CODEGEN_CPU_KERNELARGUMENTS_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/SmallVector.h"

namespace tenon::cpu {

/// Shared arguments, in the order of rt::StepArguments.
enum StepArgument : unsigned {
  Weights,
  WeightOffsets,
  Scratch,
  Pages,
  Slots,
  Tokens,
  Embeddings,
  Positions,
  RowSequence,
  Wanted,
  SequenceSlot,
  PageTable,
  Logits,
  Rows,
  WantedRows,
  Sequences,
  PagesPerSequence,
  Barrier,
  stepArgumentCount
};

/// Arguments of a kernel behind the shared ones.
enum KernelArgument : unsigned {
  Turn = stepArgumentCount,
  WorkerOffset, ///< of the worker's own memory in the scratch memory, bytes
  FirstTile,
  EndTile,
  TileStep,
  firstExtent, ///< extents and values of the phase follow
};

/// Of a kernel: the most that each of its arguments from `firstExtent` on can be.
inline constexpr llvm::StringLiteral boundsAttribute = "tenon.bounds";

/// The one function of the runtime that code calls; see runtime/StepAbi.h.
inline constexpr llvm::StringLiteral barrierFunction = "tenon_barrier";

/// Stands, until place-temporaries knows it, for the number of bytes that a
/// worker of the calling step has for itself. A call, as no pass in between may
/// take it for another number.
inline constexpr llvm::StringLiteral workerBytesFunction = "tenon_worker_bytes";

/// "A pointer": larger than any memory, so that nothing is out of bounds.
inline constexpr int64_t unbounded = int64_t(1) << 40;

inline llvm::SmallVector<mlir::Type> stepArgumentTypes(mlir::MLIRContext *context) {
  auto memory = [&](mlir::Type element) -> mlir::Type {
    return mlir::MemRefType::get({unbounded}, element);
  };
  mlir::Type i8 = mlir::IntegerType::get(context, 8), i32 = mlir::IntegerType::get(context, 32);
  mlir::Type bytes = memory(i8), ids = memory(i32), index = mlir::IndexType::get(context);
  mlir::Type offsets = memory(mlir::IntegerType::get(context, 64));
  mlir::Type floats = memory(mlir::Float32Type::get(context));
  return {bytes, offsets, bytes, bytes,  bytes, ids,   floats, ids,   ids,
          ids,   ids,     ids,   floats, index, index, index,  index, bytes};
}

} // namespace tenon::cpu

#endif // TENON_CODEGEN_CPU_KERNELARGUMENTS_H
