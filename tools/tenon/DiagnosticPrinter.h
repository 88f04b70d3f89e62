//===- DiagnosticPrinter.h - Diagnostics as users read them ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_DIAGNOSTICPRINTER_H
#define TENON_TOOLS_TENON_DIAGNOSTICPRINTER_H

#include "mlir/IR/Diagnostics.h"

namespace tenon {

/// Prints diagnostics to standard error as `FILE:LINE:COLUMN: error: TEXT`,
/// without the line and column of a file as a whole.
class DiagnosticPrinter : public mlir::ScopedDiagnosticHandler {
public:
  explicit DiagnosticPrinter(mlir::MLIRContext *context);
};

} // namespace tenon

#endif // TENON_TOOLS_TENON_DIAGNOSTICPRINTER_H
