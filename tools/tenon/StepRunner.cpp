//===- StepRunner.cpp - Runs steps of either dialect one after another ----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/StepRunner.h"

#include "codegen/Reference/RandomTensors.h"
#include "dialects/Transformer/TransformerDialect.h"

#include <limits>

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

/// Whether `type` is that of a list of numbers, one for each row.
static bool isListOfInts(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 1 && tensor.getElementType().isInteger(32);
}

/// Whether `function` takes tokens, rows, wanted rows and states, and returns
/// logits and the states.
static bool isStep(func::FuncOp function) {
  ArrayRef<Type> arguments = function.getArgumentTypes(), results = function.getResultTypes();
  if (arguments.size() < 3 || results.size() + 2 != arguments.size() ||
      !isListOfInts(arguments[0]) || !isa<RowsType>(arguments[1]) || !isListOfInts(arguments[2]))
    return false;
  auto logits = dyn_cast<RankedTensorType>(results[0]);
  bool hasLogits = logits && logits.getRank() == 2 && !logits.isDynamicDim(1);
  return hasLogits && arguments.drop_front(3) == results.drop_front(1) &&
         llvm::all_of(arguments.drop_front(3), llvm::IsaPred<ReferenceTypeInterface>);
}

std::optional<int64_t> vocabularyOf(Program &program, const Entry &entry) {
  if (!entry.function)
    return program.taskProgram()->vocabulary(entry.name);
  func::FuncOp function = entry.function;
  if (!isStep(function))
    return std::nullopt;
  return cast<RankedTensorType>(function.getResultTypes().front()).getDimSize(1);
}

FailureOr<StepRunner> StepRunner::create(Program &program, const Entry &entry, int64_t sequences,
                                         int64_t capacity) {
  StepRunner runner(program, entry);
  if (!entry.function) {
    program.taskProgram()->clearStates();
    return runner;
  }
  if (!isStep(runner.entry.function))
    return runner.entry.function.emitError()
           << "function '" << entry.name << "' is no step, which takes tokens, rows, wanted rows "
           << "and states and returns logits and states; compare it on inputs of its own, by "
           << "--function=" << entry.name << " without --tokens";
  if (failed(runner.makeStates(sequences, capacity)))
    return failure();
  return runner;
}

/// Empty states: NaN where positions are not yet written, zeros where a state
/// has none.
LogicalResult StepRunner::makeStates(int64_t sequences, int64_t capacity) {
  func::FuncOp function = entry.function;
  positionAxes = positionAxesOf(function->getParentOfType<ModuleOp>());
  FailureOr<SmallVector<ReferenceArgument>> arguments = referenceArguments(function);
  if (failed(arguments))
    return failure();
  for (const ReferenceArgument &argument : *arguments) {
    if (argument.argument < 3)
      continue;
    SmallVector<int64_t> shape(argument.type.getShape());
    bool countsPositions = shape.size() > 1 && ShapedType::isDynamic(shape[1]);
    shape[0] = sequences;
    if (countsPositions)
      shape[1] = capacity;
    HostTensor state(shape, *elementKindOf(argument.type.getElementType()));
    if (countsPositions && isFloat(state.kind()))
      for (int64_t i = 0, e = state.numElements(); i < e; ++i)
        state.set(i, std::numeric_limits<double>::quiet_NaN());
    states.push_back(std::move(state));
  }
  return success();
}

static HostTensor listOf(ArrayRef<int32_t> values) {
  HostTensor result({std::ssize(values)}, ElementKind::I32);
  for (auto [i, value] : llvm::enumerate(values))
    result.set(i, value);
  return result;
}

FailureOr<HostTensor> StepRunner::run(const TaskRows &rows, const TaskSchedule &schedule) {
  if (!entry.function)
    return program.taskProgram()->run(rows, schedule, entry.name);
  HostTensor positions({std::ssize(rows.positions), positionAxes}, ElementKind::I32);
  for (auto [row, position] : llvm::enumerate(rows.positions))
    for (int64_t axis = 0; axis < positionAxes; ++axis) // a token has one place on all of them
      positions.set(row * positionAxes + axis, position);
  std::vector<HostTensor> arguments = {listOf(rows.tokens), listOf(rows.sequences), positions,
                                       listOf(rows.wanted)};
  llvm::append_range(arguments, states);
  FailureOr<std::vector<HostTensor>> results = program.call(entry.function, arguments);
  if (failed(results))
    return failure();
  states.assign(std::make_move_iterator(results->begin() + 1),
                std::make_move_iterator(results->end()));
  return std::move(results->front());
}

std::vector<TaskRows> stepsOfTokens(ArrayRef<int32_t> tokens, int64_t most) {
  std::vector<TaskRows> steps;
  for (int64_t begin = 0; begin < std::ssize(tokens); begin += most) {
    TaskRows &rows = steps.emplace_back();
    for (int64_t i = begin; i < std::min(begin + most, std::ssize(tokens)); ++i) {
      rows.tokens.push_back(tokens[i]);
      rows.positions.push_back(static_cast<int32_t>(i));
      rows.sequences.push_back(0);
      rows.wanted.push_back(static_cast<int32_t>(i - begin));
    }
  }
  return steps;
}

std::vector<TaskRows> randomSteps(ArrayRef<int64_t> sizes, int64_t sequences, uint64_t seed,
                                  int64_t vocabulary) {
  RandomNumbers random(seed);
  std::vector<int32_t> lengths(sequences);
  std::vector<TaskRows> steps;
  for (int64_t size : sizes) {
    std::vector<int64_t> rowsOf(lengths.size());
    for (int64_t i = 0; i < size; ++i)
      ++rowsOf[random.below(std::ssize(lengths))];
    TaskRows &rows = steps.emplace_back();
    for (auto [sequence, count] : llvm::enumerate(rowsOf))
      for (int64_t i = 0; i < count; ++i) {
        rows.tokens.push_back(static_cast<int32_t>(random.below(vocabulary)));
        rows.positions.push_back(lengths[sequence]++);
        rows.sequences.push_back(static_cast<int32_t>(sequence));
      }
    for (int64_t i = 0; i < (size + 1) / 2; ++i)
      rows.wanted.push_back(static_cast<int32_t>(random.below(size)));
  }
  return steps;
}

} // namespace tenon
