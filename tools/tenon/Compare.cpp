//===- Compare.cpp - Runs two programs on the same inputs -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Compare.h"

#include "runtime/Status.h"
#include "tools/tenon/RunInputs.h"
#include "tools/tenon/StepRunner.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace tenon {

/// Sizes that no tile divides, and the smallest.
static constexpr int64_t oddRows[] = {1, 3, 7, 17};

static int exitCode(rt::StatusCode code) { return static_cast<int>(code); }

namespace {
/// Two entries that are to compute the same.
struct Pair {
  Entry before, after;

  /// Most rows of a call; 0 for any number.
  int64_t rows() const {
    return before.rows && after.rows ? std::min(before.rows, after.rows)
                                     : std::max(before.rows, after.rows);
  }
  /// The longer name says which variant it is.
  StringRef name() const {
    return before.name.size() > after.name.size() ? before.name : after.name;
  }
  bool hasFunctionsOnly() const { return before.function && after.function; }
};

/// Compares one pair, in the way that fits it.
class Comparison {
public:
  Comparison(Program &first, Program &second, const Pair &pair, const CompareOptions &options)
      : first(first), second(second), pair(pair), options(options) {}

  /// \returns the exit code.
  int run() {
    return pair.hasFunctionsOnly() && options.tokens.empty() ? compareCalls() : compareSteps();
  }

private:
  int compareCalls();
  int compareCall(const RandomBatch &batch);
  int compareSteps();
  int64_t limit(int64_t rows) const { return pair.rows() ? std::min(rows, pair.rows()) : rows; }
  SmallVector<int64_t> sizes() const;
  std::vector<TaskRows> makeSteps(const StepFacts &facts) const;
  int tell(const Twine &what, const HostTensor &expected, const HostTensor &actual) const;

  Program &first, &second;
  const Pair &pair;
  const CompareOptions &options;
};
} // namespace

/// The numbers of rows that are tried.
SmallVector<int64_t> Comparison::sizes() const {
  if (options.shapes == ShapeSet::One || !options.inputs.empty())
    return {limit(options.batch.rows)};
  return llvm::map_to_vector(oddRows, [&](int64_t rows) { return limit(rows); });
}

/// Tells where and how much a tensor differs, if it does. \returns the exit code.
int Comparison::tell(const Twine &what, const HostTensor &expected,
                     const HostTensor &actual) const {
  TensorDifference difference = compareTensors(expected, actual, options.tolerance);
  if (!difference.isDifferent())
    return 0;
  llvm::errs() << "error: " << what << ": " << describeDifference(difference, expected, actual)
               << "\n";
  return exitCode(rt::StatusCode::VerificationFailed);
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

int Comparison::compareCall(const RandomBatch &batch) {
  func::FuncOp before = pair.before.function, after = pair.after.function;
  FailureOr<std::vector<HostTensor>> inputs = makeInputs(before, options.inputs, batch);
  if (failed(inputs))
    return exitCode(rt::StatusCode::Refused);
  FailureOr<std::vector<HostTensor>> expected = first.call(before, *inputs);
  FailureOr<std::vector<HostTensor>> actual = second.call(after, *inputs);
  if (failed(expected) || failed(actual))
    return exitCode(rt::StatusCode::Refused);
  for (size_t i = 0; i < expected->size(); ++i)
    if (int code = tell("result " + Twine(i) + " of @" + pair.name() + " differs with " +
                            Twine(batch.rows) + " rows, seed " + Twine(batch.seed),
                        (*expected)[i], (*actual)[i]))
      return code;
  return 0;
}

int Comparison::compareCalls() {
  func::FuncOp before = pair.before.function, after = pair.after.function;
  if (before.getFunctionType() != after.getFunctionType()) {
    after.emitError() << "function '" << pair.after.name << "' has type " << after.getFunctionType()
                      << ", and had " << before.getFunctionType() << " before";
    return exitCode(rt::StatusCode::Refused);
  }
  for (auto [index, rows] : llvm::enumerate(sizes()))
    if (int code = compareCall({rows, options.batch.sequences, options.batch.seed + index}))
      return code;
  return 0;
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

std::vector<TaskRows> Comparison::makeSteps(const StepFacts &facts) const {
  return options.tokens.empty()
             ? randomSteps(sizes(), options.batch.sequences, options.batch.seed, facts)
             : stepsOfTokens(options.tokens, limit(options.chunk));
}

int Comparison::compareSteps() {
  int refused = exitCode(rt::StatusCode::Refused);
  std::optional<StepFacts> facts = factsOf(first, pair.before);
  std::vector<TaskRows> steps = makeSteps(facts.value_or(StepFacts()));
  int64_t capacity = 1;
  for (const TaskRows &rows : steps)
    capacity += std::ssize(rows.tokens);
  for (int32_t token : options.tokens)
    if (facts && (token < 0 || token >= facts->vocabulary)) {
      llvm::errs() << "error: token " << token << " is outside of the vocabulary of "
                   << facts->vocabulary << "\n";
      return refused;
    }
  auto before = StepRunner::create(first, pair.before, options.batch.sequences, capacity);
  auto after = StepRunner::create(second, pair.after, options.batch.sequences, capacity);
  if (failed(before) || failed(after))
    return refused;
  for (auto [index, rows] : llvm::enumerate(steps)) {
    TaskSchedule schedule = options.schedule;
    schedule.seed += index;
    FailureOr<HostTensor> expected = before->run(rows, schedule);
    FailureOr<HostTensor> actual = after->run(rows, schedule);
    if (failed(expected) || failed(actual))
      return refused;
    if (int code =
            tell("the logits of @" + pair.name() + " differ in step " + Twine(index) + ", with " +
                     Twine(rows.tokens.size()) + " rows, seed " + Twine(options.batch.seed),
                 *expected, *actual))
      return code;
  }
  return 0;
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

/// Whether `variant` is `whole` for a number of rows, by the name that
/// make-row-variants gives it.
static bool isVariantOf(const Entry &variant, const Entry &whole) {
  return whole.rows == 0 && variant.rows > 0 &&
         variant.name == whole.name + "_" + std::to_string(variant.rows);
}

static SmallVector<Pair> pairsOf(Program &before, Program &after, StringRef wanted) {
  SmallVector<Pair> pairs;
  for (const Entry &first : before.entries())
    for (const Entry &second : after.entries()) {
      bool fits =
          first.name == second.name || isVariantOf(first, second) || isVariantOf(second, first);
      if (fits && (wanted.empty() || first.name == wanted || second.name == wanted))
        pairs.push_back({first, second});
    }
  return pairs;
}

/// The names of all entries, for a message.
static std::string namesOf(Program &program) {
  std::string names;
  for (const Entry &entry : program.entries())
    names += (names.empty() ? "@" : ", @") + entry.name;
  return names.empty() ? "none" : names;
}

int comparePrograms(Program &before, Program &after, const CompareOptions &options) {
  SmallVector<Pair> pairs = pairsOf(before, after, options.function);
  if (pairs.empty()) {
    llvm::errs() << "error: the programs have no public function or step of one name";
    if (!options.function.empty())
      llvm::errs() << ", '" << options.function << "'";
    llvm::errs() << "; the first has " << namesOf(before) << ", the second " << namesOf(after)
                 << "\n";
    return exitCode(rt::StatusCode::Usage);
  }
  for (const Pair &pair : pairs) {
    if (int code = Comparison(before, after, pair, options).run())
      return code;
    llvm::outs() << "@" << pair.name() << " is the same\n";
  }
  return 0;
}

} // namespace tenon
