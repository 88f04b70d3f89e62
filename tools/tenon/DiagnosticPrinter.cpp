//===- DiagnosticPrinter.cpp - Diagnostics as users read them -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/DiagnosticPrinter.h"

#include "importers/Diagnostics/QuotedText.h"
#include "tools/tenon/Progress.h"

#include "mlir/IR/BuiltinAttributes.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace tenon {

static StringRef severityName(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Note:
    return "note";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Remark:
    return "remark";
  }
  llvm_unreachable("a severity without a name");
}

static void print(Diagnostic &diagnostic) {
  Progress::clearLine();
  llvm::raw_ostream &stream = llvm::errs();
  Location location = diagnostic.getLocation();
  if (auto place = location->findInstanceOf<FileLineColLoc>()) {
    stream << printable(place.getFilename().getValue()) << ":";
    if (place.getLine() > 0)
      stream << place.getLine() << ":" << place.getColumn() << ":";
    stream << " ";
  } else if (auto name = location->findInstanceOf<NameLoc>()) {
    stream << quoted(name.getName().getValue()) << ": ";
  } else {
    stream << "tenon: ";
  }
  // MLIR prints operations of several lines.
  stream << severityName(diagnostic.getSeverity()) << ": " << printable(diagnostic.str(), "\n\t")
         << "\n";
  for (Diagnostic &note : diagnostic.getNotes())
    print(note);
}

DiagnosticPrinter::DiagnosticPrinter(MLIRContext *context) : ScopedDiagnosticHandler(context) {
  setHandler([](Diagnostic &diagnostic) {
    print(diagnostic);
    return success();
  });
}

} // namespace tenon
