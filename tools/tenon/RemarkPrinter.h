//===- RemarkPrinter.h - Remarks of passes as users read them -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_REMARKPRINTER_H
#define TENON_TOOLS_TENON_REMARKPRINTER_H

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/Error.h"

namespace tenon {

/// From now on prints remarks of passes in `context` as diagnostics:
/// `PLACE: remark: [PASS] missed in @FUNCTION: TEXT. Reason: WHY`. Only those
/// are told whose pass, category or kind (passed, missed, failed, analysis)
/// matches `filter`, a regular expression; empty: all.
/// \returns an error for a filter that is not a regular expression.
llvm::Error printRemarks(mlir::MLIRContext &context, llvm::StringRef filter);

} // namespace tenon

#endif // TENON_TOOLS_TENON_REMARKPRINTER_H
