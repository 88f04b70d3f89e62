//===- Compare.h - Runs two programs on the same inputs -------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_COMPARE_H
#define TENON_TOOLS_TENON_COMPARE_H

#include "codegen/Reference/RandomTensors.h"
#include "codegen/Reference/TaskExecutor.h"
#include "tools/tenon/Program.h"

#include <string>
#include <vector>

namespace tenon {

/// Which sizes the dynamic dimensions take, one run for each.
enum class ShapeSet { Odd, One };

struct CompareOptions {
  std::string function; ///< empty for all that both programs have
  ShapeSet shapes = ShapeSet::Odd;
  RandomBatch batch;
  double tolerance = 1e-5;
  std::vector<std::string> inputs; ///< as --input has them
  std::vector<int32_t> tokens;     ///< of one sequence; empty: random ones
  int64_t chunk = INT64_MAX;       ///< most rows of a step
  TaskSchedule schedule;           ///< of steps of the task stage
};

/// Runs what two loaded and compiled programs have in common on the same
/// inputs: functions of one name, steps of one name, and a function with its
/// variants for a number of rows, of either stage: `@step` with `@step_8`. Tells
/// the first tensor that differs, and how much.
///
/// Two functions are called with inputs of their own. A step of the task stage
/// is compared by its logits in several steps, whose states are empty at first.
/// \returns the exit code.
int comparePrograms(Program &before, Program &after, const CompareOptions &options);

} // namespace tenon

#endif // TENON_TOOLS_TENON_COMPARE_H
