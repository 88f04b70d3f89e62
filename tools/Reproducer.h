//===- Reproducer.h - What a pass that fails or crashes leaves behind -----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A reproducer is the program as it was before the passes, with their pipeline,
// in a file of the folder for temporary files; `tenon-opt --run-reproducer FILE`
// runs it again.
//
// MLIR has reproducers too, and its option for them is heeded. They do not
// cover what most pipelines have, a pass over functions: that runs on other
// threads, where MLIR does not catch a crash. So the text is made before the
// first pass, and a signal handler has only to write it.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_REPRODUCER_H
#define TENON_TOOLS_REPRODUCER_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

namespace tenon {

/// How a process ends after a crash was told.
enum class CrashExit {
  Code,   ///< by the exit code for a defect
  Signal, ///< by the signal, as the tools of LLVM do
};

/// Catches the signals of a crash. `tool` begins the messages and must live on.
/// To be called once, after llvm::InitLLVM, whose handlers it replaces.
void watchForCrashes(const char *tool, CrashExit exit);

/// When a pass of `passes` crashes, a reproducer is written and told. `name` is
/// part of the file's name.
void reproduceCrashes(mlir::PassManager &passes, llvm::StringRef name);

/// Runs `passes` on `module`. When one fails or crashes, a reproducer is written
/// and told.
llvm::LogicalResult runWithReproducer(mlir::PassManager &passes, mlir::ModuleOp module,
                                      llvm::StringRef name);

/// Runs `generate`, which makes machine code of `module`. When LLVM crashes, the
/// module is written to a file, and `command` with the path of it is told.
llvm::LogicalResult generateWithReproducer(mlir::ModuleOp module, llvm::StringRef name,
                                           llvm::StringRef command,
                                           llvm::function_ref<llvm::LogicalResult()> generate);

} // namespace tenon

#endif // TENON_TOOLS_REPRODUCER_H
