//===- tenon.cpp - The driver: from a checkpoint to one executable file ---===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/PluginArguments.h"
#include "tools/Process.h"
#include "tools/Reproducer.h"
#include "tools/tenon/Command.h"
#include "tools/tenon/ModelOptions.h"

#include "dialects/Registry.h"
#include "passes/Version.h"
#include "runtime/Status.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "mlir/Support/ToolUtilities.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

using namespace tenon;
namespace cl = llvm::cl;

/// Every command of the driver.
static const Command commands[] = {
    compileCommand(),
    checkCommand(),
    inspectCommand(),
    runCommand(),
};

/// Gives MLIR's own options, of timing and printing, to every command.
static void shareMlirOptions() {
  mlir::registerAsmPrinterCLOptions();
  mlir::registerMLIRContextCLOptions();
  mlir::registerPassManagerCLOptions();
  mlir::registerDefaultTimingManagerCLOptions();
  auto &known = cl::SubCommand::getTopLevel().OptionsMap;
  for (const auto &entry : known) {
    llvm::StringRef name = entry.second->ArgStr;
    if (!name.starts_with("mlir-"))
      continue;
    for (const Command &command : commands)
      command.subcommand->OptionsMap[name] = entry.second;
  }
}

/// Leaves the options of LLVM's own passes, some thousand, to --help-hidden.
static void hideOptionsOfLlvm() {
  static cl::OptionCategory ours("Tenon options");
  cl::HideUnrelatedOptions(ours);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  beginProcess("tenon");
  watchForCrashes("tenon", CrashExit::Code);
  cl::AddExtraVersionPrinter(
      [](llvm::raw_ostream &stream) { stream << "tenon " TENON_PLUGIN_VERSION "\n"; });
  registerPasses(); // which options of printing name
  llvm::SmallVector<char *> arguments(argv, argv + argc);
  if (argc > 1 && llvm::StringRef(argv[1]) == compileCommand().subcommand->getName())
    if (llvm::Error error = loadPluginsOf(arguments))
      return tellUsage("compile", llvm::toString(std::move(error)));
  shareMlirOptions();
  hideOptionsOfLlvm();
  constexpr int usage = static_cast<int>(rt::StatusCode::Usage);
  if (!cl::ParseCommandLineOptions(arguments.size(), arguments.data(),
                                   "Tenon: a transformer model as one executable file\n",
                                   &llvm::errs()))
    return usage;
  for (const Command &command : commands)
    if (*command.subcommand)
      return deliverOutput(command.run());
  llvm::errs() << "tenon: expected a command; 'tenon --help' lists them\n";
  return usage;
}
