//===- StepProgramTest.cpp - Ops without a fast form, compiled ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The programs of the folder steps remember what they saw in each of the ways
// that states have, or are made of ops that no family has yet. Over several steps, in which
// sequences begin, go on and share a step, where some rows are given and lie at
// places of their own on each axis, the phases of the task stage and the code of every kind
// give the logits that the meaning of the ops gives, with any number of workers.
//
//===----------------------------------------------------------------------===//

#include "GeneratedProgram.h"

#include "runtime/Session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

using namespace tenon;
using namespace tenon::rt;
using namespace tenon::test;

namespace {

/// The next rows of a sequence, and how many of them, the last, want logits.
struct Part {
  int32_t sequence;
  int64_t rows;
  int64_t wanted = rows;
};
using Step = std::vector<Part>;

/// A prompt longer than a page, then single rows of it while others begin and
/// go on, in changing order; the last steps cross the border of a page.
const std::vector<Step> pages = {{{0, 70}},
                                 {{0, 1}},
                                 {{1, 5, 2}, {0, 1}},
                                 {{0, 1}, {2, 58, 3}, {1, 1}},
                                 {{2, 3}, {1, 2, 1}},
                                 {{2, 1}},
                                 {{2, 1}},
                                 {{1, 60, 1}},
                                 {{2, 3, 1}, {0, 1}, {1, 1}},
                                 {{0, 1}, {1, 1}, {2, 1}}};
/// Contexts of several parts, by single rows and by few rows of several
/// sequences; the last steps cross the border of a part.
const std::vector<Step> parts = {{{0, 250, 1}},
                                 {{0, 250, 1}},
                                 {{0, 203, 1}},
                                 {{0, 1}},
                                 {{1, 253, 1}},
                                 {{0, 1}, {1, 2}, {2, 1}},
                                 {{1, 1}},
                                 {{1, 3}, {0, 1}},
                                 {{1, 1}},
                                 {{0, 111, 1}},
                                 {{0, 1}, {2, 3}, {1, 1}},
                                 {{0, 1}}};
constexpr int32_t sequenceCount = 3;

/// As a part of the largest logit: sums of f32 in another order. 8e-7 was
/// measured.
constexpr float sumTolerance = 1e-5f;

struct StepProgram {
  const char *name;
  /// Where a state is rounded, sums that differ in their last bit may round to
  /// neighbours: 3e-5 was measured for f16.
  float tolerance = sumTolerance;
  const std::vector<Step> &plan = pages;
};

class StepProgramTest : public testing::TestWithParam<StepProgram> {
protected:
  void SetUp() override {
    kinds = runnableKinds();
    if (kinds.empty())
      GTEST_SKIP() << "this machine can run no kind of code";
    program = GeneratedProgram::compile(GetParam().name, kinds);
    ASSERT_TRUE(program);
    makeSteps();
  }

  const std::vector<Step> &plan() const { return GetParam().plan; }
  void makeSteps();
  void addRow(TaskRows &rows, int64_t sequence, int64_t position) const;
  std::vector<StepRequest> requestsOf(size_t step, std::span<const SequenceId> ids,
                                      std::vector<std::vector<float>> &given) const;
  std::unique_ptr<Session> start(std::span<const ProgramVariant> variants, int workers);
  void useStates(Session &session);
  float difference(size_t step, std::span<const float> actual) const;
  void checkPhases();
  void checkCode(const std::string &kind, int workers);

  std::vector<std::string> kinds;
  std::unique_ptr<GeneratedProgram> program;
  int64_t context = 0;              ///< positions of the longest sequence
  std::vector<TaskRows> steps;      ///< of the plan
  std::vector<HostTensor> expected; ///< their logits
  Program session;                  ///< of the session that was started last
};

} // namespace

/// Some number below `bound`, the same for the same place.
static int32_t numberAt(int64_t sequence, int64_t position, int64_t bound) {
  uint64_t mixed = (sequence * 1000 + position + 1) * 0x9e3779b97f4a7c15ull;
  return static_cast<int32_t>((mixed >> 32) % bound);
}

/// Adds a row to `rows`: some token or, where the program can be given rows, in
/// every third an embedding; on the further axes it lies anywhere.
void StepProgramTest::addRow(TaskRows &rows, int64_t sequence, int64_t position) const {
  const ModelInfo &info = program->info();
  bool isGiven = info.embeddingColumns > 0 && (position % 3 == 1 || info.tokenCount == 0);
  rows.tokens.push_back(isGiven ? -1 : numberAt(sequence, position, info.tokenCount));
  rows.positions.push_back(static_cast<int32_t>(position));
  rows.sequences.push_back(static_cast<int32_t>(sequence));
  constexpr int64_t embeddingSeed = 100, axisSeed = 50; // other numbers for each
  for (int64_t axis = 1; axis < info.positionAxes; ++axis)
    rows.coordinates.push_back(numberAt(sequence + axisSeed * axis, position, 40));
  for (int64_t i = 0; i < info.embeddingColumns; ++i)
    rows.embeddings.push_back(
        numberAt(sequence + embeddingSeed * (i + 1), position, 4096) / 1024.f - 2);
}

void StepProgramTest::makeSteps() {
  std::vector<int64_t> total(sequenceCount);
  for (const Step &step : plan())
    for (Part part : step)
      total[part.sequence] += part.rows;
  context = *std::ranges::max_element(total);
  std::vector<HostTensor> states = program->emptyStates(sequenceCount, context);
  std::vector<int64_t> lengths(sequenceCount);
  for (const Step &parts : plan()) {
    TaskRows &rows = steps.emplace_back();
    for (Part part : parts)
      for (int64_t i = 0; i < part.rows; ++i) {
        addRow(rows, part.sequence, lengths[part.sequence]++);
        if (i >= part.rows - part.wanted)
          rows.wanted.push_back(static_cast<int32_t>(rows.tokens.size() - 1));
      }
    expected.push_back(program->runReference(rows, states));
  }
}

/// As a part of the largest logit of the step; infinite when a logit is not a
/// number.
float StepProgramTest::difference(size_t step, std::span<const float> actual) const {
  llvm::ArrayRef<char> bytes = expected[step].bytes();
  std::span<const float> wanted(reinterpret_cast<const float *>(bytes.data()),
                                bytes.size() / sizeof(float));
  EXPECT_EQ(wanted.size(), actual.size());
  float largest = 0, difference = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    float distance = std::abs(wanted[i] - actual[i]);
    if (!std::isfinite(distance))
      return INFINITY;
    difference = std::max(difference, distance);
    largest = std::max(largest, std::abs(wanted[i]));
  }
  EXPECT_GT(largest, 0.1f);
  return difference / largest;
}

std::unique_ptr<Session> StepProgramTest::start(std::span<const ProgramVariant> variants,
                                                int workers) {
  session = {"", 0, std::ssize(variants), variants.data()};
  SessionConfig config;
  config.model = &program->info();
  config.program = &session;
  config.weights = program->weights();
  config.weightOffsets = program->weightOffsets();
  config.workers.count = workers;
  config.context = std::max<int64_t>(256, context);
  config.maxSequences = 4;
  auto result = Session::create(config);
  EXPECT_TRUE(result);
  return std::move(*result);
}

/// Leaves numbers in pages and slots, and the pages in no order.
void StepProgramTest::useStates(Session &session) {
  TaskRows rows;
  for (int64_t position = 0; position < 130; ++position)
    addRow(rows, 9, position);
  int64_t columns = program->info().embeddingColumns;
  size_t given = std::count(rows.tokens.begin(), rows.tokens.end(), -1) * columns;
  std::vector<SequenceId> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(*session.addSequence());
    EXPECT_TRUE(session.step(StepRequest{ids.back(), rows.tokens, 1,
                                         std::span<const float>(rows.embeddings).first(given)}));
  }
  for (int i : {1, 0, 2})
    session.removeSequence(ids[i]);
}

INSTANTIATE_TEST_SUITE_P(
    States, StepProgramTest,
    testing::Values(StepProgram{"latent-expanded"}, StepProgram{"latent-absorbed", 2e-3f},
                    StepProgram{"cross"}, StepProgram{"relative", 2e-4f},
                    StepProgram{"causal-conv"}, StepProgram{"gated-delta"},
                    StepProgram{"lightning"}, StepProgram{"rows"}, StepProgram{"epilogues"},
                    StepProgram{"long-context", 2e-4f, parts}, StepProgram{"experts"},
                    StepProgram{"parallel"}, StepProgram{"given-rows"}, StepProgram{"embeddings"},
                    StepProgram{"upstream"}),
    [](auto &info) {
      std::string name = info.param.name;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

/// The phases, by the executor of the task stage.
void StepProgramTest::checkPhases() {
  TaskProgram tasks = program->tasks();
  for (size_t i = 0; i < steps.size(); ++i) {
    SCOPED_TRACE("phases of step " + std::to_string(i));
    TaskSchedule schedule{/*seed=*/i + 1, /*workers=*/1 + static_cast<int64_t>(i % 4), "", ""};
    auto logits = tasks.run(steps[i], schedule);
    ASSERT_TRUE(llvm::succeeded(logits));
    std::span<const float> actual(reinterpret_cast<const float *>(logits->bytes().data()),
                                  logits->bytes().size() / sizeof(float));
    EXPECT_LE(difference(i, actual), GetParam().tolerance);
  }
}

/// The requests of a step of the plan. `given` keeps the embeddings of each.
std::vector<StepRequest> StepProgramTest::requestsOf(size_t step, std::span<const SequenceId> ids,
                                                     std::vector<std::vector<float>> &given) const {
  const TaskRows &rows = steps[step];
  int64_t columns = program->info().embeddingColumns, axes = program->info().positionAxes - 1;
  std::vector<StepRequest> requests;
  given.resize(plan()[step].size());
  size_t row = 0, part = 0;
  for (const Part &each : plan()[step]) {
    size_t count = each.rows;
    std::vector<float> &embeddings = given[part++];
    for (size_t i = row; i < row + count; ++i)
      if (rows.tokens[i] < 0)
        embeddings.insert(embeddings.end(), rows.embeddings.begin() + i * columns,
                          rows.embeddings.begin() + (i + 1) * columns);
    requests.push_back({ids[each.sequence], std::span(rows.tokens).subspan(row, count), each.wanted,
                        embeddings, std::span(rows.coordinates).subspan(row * axes, count * axes)});
    row += count;
  }
  return requests;
}

void StepProgramTest::checkCode(const std::string &kind, int workers) {
  auto session = start(program->variants(kind), workers);
  useStates(*session);
  std::vector<SequenceId> ids;
  for (int32_t i = 0; i < sequenceCount; ++i)
    ids.push_back(*session->addSequence());
  for (size_t i = 0; i < steps.size(); ++i) {
    SCOPED_TRACE(kind + ", step " + std::to_string(i) + ", " + std::to_string(workers) +
                 " workers");
    std::vector<std::vector<float>> given;
    ASSERT_TRUE(session->step(requestsOf(i, ids, given)));
    std::span<const float> logits(session->logits(0).data(),
                                  steps[i].wanted.size() * session->vocabulary());
    EXPECT_LE(difference(i, logits), GetParam().tolerance);
  }
}

TEST_P(StepProgramTest, AgreesWithTheMeaningOfItsOps) {
  checkPhases();
  for (const std::string &kind : kinds)
    for (int workers = 1; workers <= 3; ++workers)
      checkCode(kind, workers);
}
