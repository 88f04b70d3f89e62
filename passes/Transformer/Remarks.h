//===- Remarks.h - How passes over functions begin a remark ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_TRANSFORMER_REMARKS_H
#define TENON_PASSES_TRANSFORMER_REMARKS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Remarks.h"

namespace tenon {

/// What a remark of the pass named `pass` says of `op`: besides the pass its
/// category, by which --remarks chooses, and the function that `op` is in.
inline mlir::remark::RemarkOpts remarkFor(mlir::Operation *op, llvm::StringRef pass,
                                          llvm::StringRef category) {
  return mlir::remark::RemarkOpts::name(pass).category(category).function(
      op->getParentOfType<mlir::func::FuncOp>().getName());
}

} // namespace tenon

#endif // TENON_PASSES_TRANSFORMER_REMARKS_H
