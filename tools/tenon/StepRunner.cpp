//===- StepRunner.cpp - Runs steps of either dialect one after another ----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/StepRunner.h"

#include "codegen/Reference/RandomTensors.h"
#include "dialects/Transformer/IdUse.h"
#include "dialects/Transformer/StepSignature.h"
#include "dialects/Transformer/TransformerDialect.h"

#include <limits>

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

/// What `function` takes as a step; none when it is no step, which returns logits and the
/// states that it takes.
static std::optional<StepSignature> signatureOf(func::FuncOp function) {
  std::optional<StepSignature> signature = StepSignature::of(function.getFunctionType());
  if (!signature)
    return std::nullopt;
  ArrayRef<Type> states = function.getArgumentTypes().drop_front(signature->firstState());
  bool returnsStates = states == function.getResultTypes().drop_front(1) &&
                       llvm::all_of(states, llvm::IsaPred<ReferenceTypeInterface>);
  return returnsStates ? signature : std::nullopt;
}

std::optional<StepFacts> factsOf(Program &program, const Entry &entry) {
  auto columns = [](auto value) { return cast<ShapedType>(value.getType()).getDimSize(1); };
  StepFacts facts;
  if (!entry.function) {
    task::StepOp step = program.taskProgram()->step(entry.name);
    facts.vocabulary = step.vocabularySize();
    facts.positionAxes = step.getPositionAxes();
    facts.embeddingColumns = step.getEmbeddings() ? columns(step.getEmbeddings()) : 0;
    facts.takesTokens = !step.getTokens().use_empty();
    return facts;
  }
  func::FuncOp function = entry.function;
  std::optional<StepSignature> signature = signatureOf(function);
  if (!signature)
    return std::nullopt;
  facts.vocabulary = cast<RankedTensorType>(function.getResultTypes().front()).getDimSize(1);
  if (signature->tokens)
    if (int64_t known = IdUse::of(function.getArgument(*signature->tokens)).vocabulary)
      facts.vocabulary = known;
  facts.positionAxes = positionAxesOf(function->getParentOfType<ModuleOp>());
  if (RankedTensorType embeddings = embeddingsOf(function.getFunctionType()))
    facts.embeddingColumns = embeddings.getDimSize(1);
  facts.takesTokens = signature->tokens.has_value();
  return facts;
}

FailureOr<StepRunner> StepRunner::create(Program &program, const Entry &entry, int64_t sequences,
                                         int64_t capacity) {
  StepRunner runner(program, entry);
  if (!entry.function) {
    program.taskProgram()->clearStates();
    return runner;
  }
  if (!signatureOf(runner.entry.function))
    return runner.entry.function.emitError()
           << "function '" << entry.name << "' is no step, which takes tokens or embeddings, rows, "
           << "wanted rows and states and returns logits and states; compare it on inputs of its "
              "own, by "
           << "--function=" << entry.name << " without --tokens";
  if (failed(runner.makeStates(sequences, capacity)))
    return failure();
  return runner;
}

/// Empty states: NaN where positions are not yet written, zeros where a state
/// has none.
LogicalResult StepRunner::makeStates(int64_t sequences, int64_t capacity) {
  func::FuncOp function = entry.function;
  unsigned firstState = signatureOf(function)->firstState();
  FailureOr<SmallVector<ReferenceArgument>> arguments = referenceArguments(function);
  if (failed(arguments))
    return failure();
  for (const ReferenceArgument &argument : *arguments) {
    if (argument.argument < firstState)
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

FailureOr<HostTensor> StepRunner::run(const TaskRows &rows, const TaskSchedule &schedule) {
  if (!entry.function)
    return program.taskProgram()->run(rows, schedule, entry.name);
  std::vector<HostTensor> arguments = stepInputs(entry.function, rows);
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

/// Some rows of `rows` are given: a third where there are tokens, else all of them.
static void giveRows(TaskRows &rows, const StepFacts &facts, RandomNumbers &random) {
  constexpr int64_t oneOf = 3;
  for (int32_t &token : rows.tokens)
    if (!facts.takesTokens || random.below(oneOf) == 0)
      token = -1;
  for (int64_t i = 0; i < std::ssize(rows.tokens) * facts.embeddingColumns; ++i)
    rows.embeddings.push_back(static_cast<float>(random.normal()));
}

std::vector<TaskRows> randomSteps(ArrayRef<int64_t> sizes, int64_t sequences, uint64_t seed,
                                  const StepFacts &facts) {
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
        rows.tokens.push_back(static_cast<int32_t>(random.below(facts.vocabulary)));
        rows.positions.push_back(lengths[sequence]++);
        rows.sequences.push_back(static_cast<int32_t>(sequence));
        for (int64_t axis = 1; axis < facts.positionAxes; ++axis)
          rows.coordinates.push_back(static_cast<int32_t>(random.below(lengths[sequence])));
      }
    if (facts.embeddingColumns)
      giveRows(rows, facts, random);
    for (int64_t i = 0; i < (size + 1) / 2; ++i)
      rows.wanted.push_back(static_cast<int32_t>(random.below(size)));
  }
  return steps;
}

} // namespace tenon
