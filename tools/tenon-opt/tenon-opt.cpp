//===- tenon-opt.cpp - Runs passes on Tenon's IR --------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Registry.h"
#include "passes/PassPlugin.h"
#include "runtime/Status.h"
#include "tools/PluginArguments.h"
#include "tools/Process.h"
#include "tools/Reproducer.h"
#include "tools/WholeFile.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

/// The main program of mlir-opt, whose passes leave a reproducer when they crash.
static mlir::LogicalResult optimize(StringRef inputPath, StringRef outputPath,
                                    mlir::DialectRegistry &registry) {
  auto config = mlir::MlirOptMainConfig::createFromCLOptions();
  if (config.shouldShowDialects()) {
    for (StringRef name : registry.getDialectNames())
      outs() << name << "\n";
    return mlir::success();
  }
  auto named = config;
  config.setPassPipelineSetupFn([&](mlir::PassManager &passes) {
    if (failed(named.setupPassPipeline(passes)))
      return mlir::failure();
    if (!named.shouldRunReproducer()) // the input is one already
      tenon::reproduceCrashes(passes, "opt");
    return mlir::success();
  });
  std::string text;
  std::unique_ptr<MemoryBuffer> input = mlir::openInputFile(inputPath, &text);
  if (!input) {
    errs() << "tenon-opt: " << text << "\n";
    return mlir::failure();
  }
  if (outputPath == "-")
    return mlir::MlirOptMain(outs(), std::move(input), registry, config);
  raw_string_ostream stream(text);
  if (failed(mlir::MlirOptMain(stream, std::move(input), registry, config)))
    return mlir::failure();
  tenon::rt::Status status = tenon::writeWholeFile(outputPath, {StringRef(text)});
  if (!status)
    errs() << "tenon-opt: error: " << status.message() << "\n";
  return mlir::success(static_cast<bool>(status));
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  tenon::beginProcess("tenon-opt");
  tenon::watchForCrashes("tenon-opt", tenon::CrashExit::Signal);
  tenon::registerPasses();
  SmallVector<char *> arguments(argv, argv + argc);
  // MLIR's own option of this name has no look at Tenon's version.
  if (Error error = tenon::loadPluginsOf(arguments)) {
    errs() << "tenon-opt: " << toString(std::move(error)) << "\n";
    return static_cast<int>(tenon::rt::StatusCode::Usage);
  }
  cl::AddExtraVersionPrinter(
      [](raw_ostream &stream) { stream << "tenon " TENON_PLUGIN_VERSION "\n"; });
  mlir::DialectRegistry registry;
  tenon::registerDialects(registry);
  argc = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  auto [input, output] = mlir::registerAndParseCLIOptions(argc, arguments.data(),
                                                          "Tenon's optimizer driver\n", registry);
  return tenon::deliverOutput(mlir::asMainReturnCode(optimize(input, output, registry)));
}
