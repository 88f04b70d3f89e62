//===- Program.h - A program in a file, run by the reference --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_PROGRAM_H
#define TENON_TOOLS_TENON_PROGRAM_H

#include "codegen/Reference/Executor.h"
#include "codegen/Reference/TaskExecutor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/SourceMgr.h"

#include <optional>

namespace tenon {

/// What can be run of a program by its name: a public function with a body, or
/// a step of the task stage.
struct Entry {
  std::string name;
  int64_t rows;                ///< that a call takes at most; 0 for any number
  mlir::func::FuncOp function; ///< null for a step
};

class Program {
public:
  explicit Program(mlir::MLIRContext &context);
  ~Program();

  /// Parses and verifies the file `path`; errors show the line they are in.
  llvm::LogicalResult load(llvm::StringRef path);
  /// The public function `name`; with an empty name the only one, or `step`.
  llvm::FailureOr<mlir::func::FuncOp> chooseFunction(llvm::StringRef name);
  /// Every public function with a body.
  llvm::SmallVector<mlir::func::FuncOp> functions();
  /// All that can be run.
  llvm::SmallVector<Entry> entries();
  /// Compiles the module. The weights are random by `seed`, or those of the
  /// checkpoint in the folder `weights`.
  llvm::LogicalResult compile(llvm::StringRef weights, uint64_t seed);
  /// Makes the weight `name`, of whatever stage the module is, by its recipe;
  /// `weights` and `seed` as for compile().
  llvm::FailureOr<HostTensor> makeWeight(llvm::StringRef name, llvm::StringRef weights,
                                         uint64_t seed);
  /// Whether the module is of the task stage; then compile() prepares its steps.
  bool hasSteps();
  /// Runs `given`, at least one, one after another: by the step `name`, or each
  /// by the smallest that takes its rows. \returns the logits of all wanted rows.
  llvm::FailureOr<HostTensor> runSteps(llvm::ArrayRef<TaskRows> given, const TaskSchedule &schedule,
                                       llvm::StringRef name);
  /// The steps of the task stage; null when the module is of another stage.
  TaskProgram *taskProgram() { return steps ? &*steps : nullptr; }
  llvm::FailureOr<std::vector<HostTensor>> call(mlir::func::FuncOp function,
                                                llvm::ArrayRef<HostTensor> arguments);

private:
  llvm::LogicalResult withReader(llvm::StringRef weights, uint64_t seed,
                                 llvm::function_ref<llvm::LogicalResult(TensorReader &)> use);
  llvm::LogicalResult compileWith(TensorReader &weights);

  mlir::MLIRContext &context;
  llvm::SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler diagnostics;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::optional<ReferenceProgram> reference;
  std::optional<TaskProgram> steps;
};

} // namespace tenon

#endif // TENON_TOOLS_TENON_PROGRAM_H
