//===- Compare.cpp - Runs two programs on the same inputs ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Compare.h"

#include "runtime/Status.h"
#include "tools/tenon/Program.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace tenon {

/// Sizes that no tile divides, and the smallest.
static constexpr int64_t oddRows[] = {1, 3, 7, 17};

/// The batches that a function is tried with: one to three sequences.
static SmallVector<RandomBatch> batchesOf(const CompareOptions &options) {
  if (options.shapes == ShapeSet::One)
    return {options.batch};
  SmallVector<RandomBatch> result;
  for (auto [index, rows] : llvm::enumerate(oddRows)) {
    RandomBatch batch = options.batch;
    batch.rows = rows;
    batch.seed += index;
    result.push_back(batch);
  }
  return result;
}

static int exitCode(rt::StatusCode code) { return static_cast<int>(code); }

/// Runs `before` and `after` on the same inputs for every batch.
static int compareFunctions(Program &first, func::FuncOp before, Program &second,
                            func::FuncOp after, const CompareOptions &options) {
  StringRef name = before.getSymName();
  if (before.getFunctionType() != after.getFunctionType()) {
    after.emitError() << "function '" << name << "' has type " << after.getFunctionType()
                      << ", and had " << before.getFunctionType() << " before";
    return exitCode(rt::StatusCode::Refused);
  }
  for (const RandomBatch &batch : batchesOf(options)) {
    FailureOr<std::vector<HostTensor>> inputs = makeRandomInputs(before, batch);
    if (failed(inputs))
      return exitCode(rt::StatusCode::Refused);
    FailureOr<std::vector<HostTensor>> expected = first.call(before, *inputs);
    FailureOr<std::vector<HostTensor>> actual = second.call(after, *inputs);
    if (failed(expected) || failed(actual))
      return exitCode(rt::StatusCode::Refused);
    for (size_t i = 0; i < expected->size(); ++i) {
      TensorDifference difference = compareTensors((*expected)[i], (*actual)[i], options.tolerance);
      if (!difference.isDifferent())
        continue;
      llvm::errs() << "error: result " << i << " of @" << name << " differs with " << batch.rows
                   << " rows, seed " << batch.seed << ": "
                   << describeDifference(difference, (*expected)[i], (*actual)[i]) << "\n";
      return exitCode(rt::StatusCode::VerificationFailed);
    }
  }
  llvm::outs() << "@" << name << " is the same\n";
  return 0;
}

int comparePrograms(MLIRContext &context, StringRef before, StringRef after,
                    const CompareOptions &options) {
  Program first(context), second(context);
  if (failed(first.load(before)) || failed(second.load(after)) ||
      failed(first.compile(options.weights, options.batch.seed)) ||
      failed(second.compile(options.weights, options.batch.seed)))
    return exitCode(rt::StatusCode::Refused);
  int compared = 0;
  for (func::FuncOp function : first.functions()) {
    if (!options.function.empty() && function.getSymName() != options.function)
      continue;
    for (func::FuncOp other : second.functions()) {
      if (other.getSymName() != function.getSymName())
        continue;
      ++compared;
      if (int code = compareFunctions(first, function, second, other, options))
        return code;
    }
  }
  if (compared > 0)
    return 0;
  llvm::errs() << "error: '" << before << "' and '" << after
               << "' have no public function of one name";
  if (!options.function.empty())
    llvm::errs() << ", '" << options.function << "'";
  llvm::errs() << "\n";
  return exitCode(rt::StatusCode::Usage);
}

} // namespace tenon
