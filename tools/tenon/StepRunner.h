//===- StepRunner.h - Runs steps of either dialect one after another ------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_STEPRUNNER_H
#define TENON_TOOLS_TENON_STEPRUNNER_H

#include "tools/tenon/Program.h"

namespace tenon {

/// Calls one step of a program again and again. Its states are empty at first
/// and stay from call to call: those of the task executor are its own, those of
/// a function are results that become arguments.
class StepRunner {
public:
  /// For `sequences` sequences of at most `capacity` positions each.
  /// \param entry a step, or a function that is one (transformer::StepSignature)
  /// and returns the states behind the logits; an error is told for another one.
  static llvm::FailureOr<StepRunner> create(Program &program, const Entry &entry, int64_t sequences,
                                            int64_t capacity);

  /// \returns the logits of the wanted rows, [wanted, vocabulary] f32.
  llvm::FailureOr<HostTensor> run(const TaskRows &rows, const TaskSchedule &schedule);

private:
  StepRunner(Program &program, const Entry &entry) : program(program), entry(entry) {}
  llvm::LogicalResult makeStates(int64_t sequences, int64_t capacity);

  Program &program;
  Entry entry;
  std::vector<HostTensor> states; ///< of a function
};

/// One sequence of `tokens` in steps of at most `most` rows, all of them wanted.
std::vector<TaskRows> stepsOfTokens(llvm::ArrayRef<int32_t> tokens, int64_t most);

/// What the rows of a step may be.
struct StepFacts {
  int64_t vocabulary = 1; ///< every token is less
  int64_t positionAxes = 1;
  int64_t embeddingColumns = 0; ///< of rows that are given; 0: none can be
  bool takesTokens = true;
};

/// \returns none when `entry` is no step.
std::optional<StepFacts> factsOf(Program &program, const Entry &entry);

/// Random tokens, or embeddings where a step takes them, at random coordinates:
/// a step of each of `sizes`, over some sequences that go on from step to step.
/// About half of the rows are wanted.
std::vector<TaskRows> randomSteps(llvm::ArrayRef<int64_t> sizes, int64_t sequences, uint64_t seed,
                                  const StepFacts &facts);

} // namespace tenon

#endif // TENON_TOOLS_TENON_STEPRUNNER_H
