//===- TaskExecutor.h - Runs steps of the task stage in random order ------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_REFERENCE_TASKEXECUTOR_H
#define TENON_CODEGEN_REFERENCE_TASKEXECUTOR_H

#include "codegen/Reference/Executor.h"
#include "codegen/Reference/StepRows.h"
#include "dialects/Task/TaskDialect.h"

#include <string>

namespace tenon {

/// The order in which tiles are taken.
struct TaskSchedule {
  uint64_t seed = 1;
  int64_t workers = 3;
  /// The labels of an earlier and a later phase whose dependence is ignored, so
  /// that a test can see what it is for; empty for none. A step without such a
  /// dependence fails.
  std::string droppedEarlier, droppedLater;
};

/// A module of the task stage whose tiles are compiled into this process in
/// their plainest form. A tile is taken as soon as the phases that its own
/// depends on, by what they declare, have ended: barriers and the order of the
/// program are not looked at. Memory that nothing wrote holds NaN, that of a
/// worker is lost whenever it takes a tile of another phase, and each buffer has
/// memory of its own.
class TaskProgram {
public:
  static llvm::FailureOr<TaskProgram> create(mlir::ModuleOp module, TensorReader &weights,
                                             const ReferenceOptions &options = {});
  TaskProgram(TaskProgram &&) noexcept;
  TaskProgram &operator=(TaskProgram &&) noexcept;
  ~TaskProgram();

  /// The largest number of rows that a step takes.
  int64_t mostRows() const;
  /// The step `name`, which there is.
  task::StepOp step(llvm::StringRef name) const;
  /// Runs the step `name`, or with an empty name the smallest one that takes
  /// `rows`; states stay for the next one.
  /// \returns the logits of the wanted rows, `[wanted, vocabulary]` f32.
  llvm::FailureOr<HostTensor> run(const TaskRows &rows, const TaskSchedule &schedule,
                                  llvm::StringRef name = {});
  /// Makes all states those of sequences that begin.
  void clearStates();

  struct State;

private:
  explicit TaskProgram(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

} // namespace tenon

#endif // TENON_CODEGEN_REFERENCE_TASKEXECUTOR_H
