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

/// Loads the plug-ins that `arguments` name, and takes them out. MLIR would load
/// them while it reads the command line: too late for their passes to be
/// options themselves, and without a look at Tenon's version.
static Error loadPlugins(SmallVectorImpl<char *> &arguments) {
  for (size_t index = 1; index < arguments.size();) {
    StringRef argument = StringRef(arguments[index]).ltrim('-');
    bool isOption = argument != arguments[index] && argument.consume_front("load-pass-plugin");
    bool isApart = isOption && argument.empty() && index + 1 < arguments.size();
    if (!isOption || !(isApart || argument.consume_front("="))) {
      ++index;
      continue;
    }
    if (Error error = tenon::loadPassPlugin(isApart ? arguments[index + 1] : argument))
      return error;
    arguments.erase(&arguments[index], &arguments[index] + (isApart ? 2 : 1));
  }
  return Error::success();
}

int main(int argc, char **argv) {
  tenon::registerPasses();
  SmallVector<char *> arguments(argv, argv + argc);
  if (Error error = loadPlugins(arguments)) {
    errs() << "tenon-opt: " << toString(std::move(error)) << "\n";
    return static_cast<int>(tenon::rt::StatusCode::Usage);
  }
  cl::AddExtraVersionPrinter(
      [](raw_ostream &stream) { stream << "tenon " TENON_PLUGIN_VERSION "\n"; });
  mlir::DialectRegistry registry;
  tenon::registerDialects(registry);
  argc = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, arguments.data(), "Tenon's optimizer driver\n", registry));
}
