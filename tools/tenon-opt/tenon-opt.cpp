//===- tenon-opt.cpp - Runs passes on Tenon's IR----------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Registry.h"
#include "passes/PassPlugin.h"
#include "runtime/Status.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

/// MLIR loads plug-ins while it reads the command line, and knows nothing of
/// Tenon's version; so they are looked at before.
static Error checkPlugins(ArrayRef<char *> arguments) {
  for (size_t index = 1; index < arguments.size(); ++index) {
    StringRef argument = StringRef(arguments[index]).ltrim('-');
    if (argument == arguments[index] || !argument.consume_front("load-pass-plugin"))
      continue;
    if (argument.empty() && index + 1 < arguments.size())
      argument = arguments[index + 1];
    else if (!argument.consume_front("="))
      continue;
    if (Error error = tenon::checkPassPlugin(argument))
      return error;
  }
  return Error::success();
}

int main(int argc, char **argv) {
  if (Error error = checkPlugins(ArrayRef(argv, argc))) {
    errs() << "tenon-opt: " << toString(std::move(error)) << "\n";
    return static_cast<int>(tenon::rt::StatusCode::Usage);
  }
  cl::AddExtraVersionPrinter(
      [](raw_ostream &stream) { stream << "tenon " TENON_PLUGIN_VERSION "\n"; });
  mlir::DialectRegistry registry;
  tenon::registerDialects(registry);
  tenon::registerPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Tenon's optimizer driver\n", registry));
}
