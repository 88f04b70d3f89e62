//===- Pipeline.h - The stages of a compilation ---------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_PIPELINE_H
#define TENON_PASSES_PIPELINE_H

#include "codegen/Target.h"

#include "mlir/Pass/PassManager.h"

#include <optional>

namespace tenon {

/// One stage: its name is that of its dialect, of --emit and of file suffixes.
struct Stage {
  llvm::StringLiteral name;
  llvm::StringLiteral summary;
  /// Adds the passes that lead from the stage before to this one, and the
  /// check of what they leave.
  void (*build)(mlir::OpPassManager &passes, const Target &target);
  /// Whether the stage differs from machine to machine.
  bool ofTarget;
};

/// All stages of IR, in order. Machine code is made of the last. Those that are
/// the same for every machine come first.
llvm::ArrayRef<Stage> stages();

/// Index of the first stage that differs from machine to machine.
size_t firstStageOfTarget();

/// Index of the stage named `name`, or nothing.
std::optional<size_t> findStage(llvm::StringRef name);

/// Registers each stage as a pipeline `tenon-<name>-stage`, with the option
/// `target`, for tenon-opt.
void registerStagePipelines();

} // namespace tenon

#endif // TENON_PASSES_PIPELINE_H
