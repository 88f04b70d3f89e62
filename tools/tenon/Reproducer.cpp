//===- Reproducer.cpp - What a failed pipeline leaves behind ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Reproducer.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace {
class TemporaryFile : public ReproducerStream {
public:
  TemporaryFile(int descriptor, std::string path)
      : path(std::move(path)), stream(descriptor, /*shouldClose=*/true) {}
  StringRef description() override { return path; }
  raw_ostream &os() override { return stream; }

private:
  std::string path;
  llvm::raw_fd_ostream stream;
};
} // namespace

/// Whether the user has asked MLIR itself for a reproducer, at a place of choice.
static bool isAskedOfMlir() {
  auto &known = llvm::cl::getRegisteredOptions();
  auto option = known.find("mlir-pass-pipeline-crash-reproducer");
  return option != known.end() && option->second->getNumOccurrences() > 0;
}

LogicalResult tenon::runWithReproducer(PassManager &passes, ModuleOp module, StringRef name) {
  std::string path;
  if (!isAskedOfMlir())
    passes.enableCrashReproducerGeneration(
        [&](std::string &error) -> std::unique_ptr<ReproducerStream> {
          int descriptor;
          llvm::SmallString<128> place;
          if (std::error_code code =
                  llvm::sys::fs::createTemporaryFile("tenon-" + name, "mlir", descriptor, place)) {
            error = "cannot make a temporary file: " + code.message();
            return nullptr;
          }
          path = place.str().str();
          return std::make_unique<TemporaryFile>(descriptor, path);
        });
  LogicalResult result = failure();
  {
    // MLIR tells of the file in words of its own.
    ScopedDiagnosticHandler handler(module.getContext(), [&](Diagnostic &diagnostic) {
      return success(!path.empty() &&
                     StringRef(diagnostic.str()).starts_with("Failures have been"));
    });
    result = passes.run(module);
  }
  if (failed(result) && !path.empty())
    llvm::errs() << "tenon: note: the passes of " << name
                 << " failed; this repeats it: tenon-opt --run-reproducer " << path << "\n";
  return result;
}
