//===- Reproducer.h - What a failed pipeline leaves behind -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_REPRODUCER_H
#define TENON_TOOLS_TENON_REPRODUCER_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

#include <string>

namespace tenon {

/// Runs `passes` on `module`. When a pass fails or crashes, the program as it
/// was before them is written with the pipeline to a file of the folder for
/// temporary files, and a note says how to repeat it. `name` is part of the
/// file's name.
llvm::LogicalResult runWithReproducer(mlir::PassManager &passes, mlir::ModuleOp module,
                                      llvm::StringRef name);

} // namespace tenon

#endif // TENON_TOOLS_TENON_REPRODUCER_H
