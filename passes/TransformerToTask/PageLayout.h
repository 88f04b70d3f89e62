//===- PageLayout.h - How states lie in pages and slots -------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A part of a state that grows with positions lies in pages, its positions
// outermost; any other lies in the slot of its sequence as it is. The parts of
// a `kv` state lie as task.attend reads them:
//
//   part            of a position      in a page
//   latents         [rank]             [64, rank]
//   keys of kv      [heads, headDim]   [heads, headDim, 64]
//   values of kv    [heads, headDim]   [heads, 64, headDim rounded up]
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_TRANSFORMERTOTASK_PAGELAYOUT_H
#define TENON_PASSES_TRANSFORMERTOTASK_PAGELAYOUT_H

#include "dialects/Transformer/TransformerDialect.h"

#include "llvm/ADT/STLExtras.h"

namespace tenon {

struct PageLayout {
  mlir::MemRefType memory; ///< of a page, or of a slot
  bool paged;
  /// For each axis of `memory`, the axis of `[positions, shape...]` (in a slot,
  /// of `[shape...]`) that it is.
  llvm::SmallVector<unsigned> axes;

  /// Positions in a page; a slot has none.
  int64_t positions() const { return memory.getDimSize(llvm::find(axes, 0) - axes.begin()); }

  /// The element at `indices`, which count as `axes` does, as indices of
  /// `memory`.
  llvm::SmallVector<mlir::Value> place(llvm::ArrayRef<mlir::Value> indices) const;
};

/// The layouts of all parts of a state, in their order.
llvm::SmallVector<PageLayout> layoutsOf(transformer::StateTypeInterface type);

} // namespace tenon

#endif // TENON_PASSES_TRANSFORMERTOTASK_PAGELAYOUT_H
