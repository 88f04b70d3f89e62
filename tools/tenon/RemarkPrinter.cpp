//===- RemarkPrinter.cpp - Remarks of passes as users read them -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/RemarkPrinter.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using remark::detail::Remark;

namespace {
/// Called by several threads at once; MLIR orders the diagnostics.
class Printer : public remark::detail::MLIRRemarkStreamerBase {
public:
  explicit Printer(llvm::Regex filter) : filter(std::move(filter)) {}

  void streamOptimizationRemark(const Remark &remark) override {
    std::string kind = remark.getRemarkTypeString().lower();
    if (!filter.match(remark.getRemarkName()) && !filter.match(remark.getCategoryName()) &&
        !filter.match(kind))
      return;
    InFlightDiagnostic diagnostic = emitRemark(remark.getLocation());
    diagnostic << "[" << remark.getRemarkName() << "] " << kind << " in @" << remark.getFunction()
               << ":";
    bool first = true;
    for (const Remark::Arg &argument : remark.getArgs()) {
      if (argument.key == "Remark")
        diagnostic << (first ? " " : ", ") << argument.val;
      else
        diagnostic << ". " << argument.key << ": " << argument.val;
      first = false;
    }
  }

private:
  llvm::Regex filter;
};
} // namespace

llvm::Error tenon::printRemarks(MLIRContext &context, StringRef filter) {
  llvm::Regex regex(filter.empty() ? ".*" : filter);
  std::string reason;
  if (!regex.isValid(reason))
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "--remarks='" + filter +
                                       "' is not a regular expression: " + reason);
  // A kind without a filter of its own is off, whatever `all` says.
  std::string any = ".*";
  remark::RemarkCategories all{any, any, any, any, any};
  LogicalResult enabled =
      remark::enableOptimizationRemarks(context, std::make_unique<Printer>(std::move(regex)),
                                        std::make_unique<remark::RemarkEmittingPolicyAll>(), all);
  (void)enabled; // fails without a streamer only
  return llvm::Error::success();
}
