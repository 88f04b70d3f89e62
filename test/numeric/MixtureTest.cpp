//===- MixtureTest.cpp - One step for many sequences ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One step of generated code computes prompts and single tokens of sequences
// whose pages lie in no order, and gives each the logits that it has alone.
//
//===----------------------------------------------------------------------===//

#include "GeneratedModel.h"

#include "runtime/Session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

using namespace tenon::rt;
using namespace tenon::test;

namespace {

/// What a sequence holds already, and the tokens of the step under test.
struct Part {
  int64_t before, rows;
};

using Mixture = std::vector<Part>;
using Logits = std::vector<std::vector<float>>; ///< of the rows of a part

struct Checkpoint {
  const char *name;
  bool asF32;
  bool roundsRows; ///< large steps of the tile unit round rows to bf16, small ones do not
};

/// As a part of the largest logit. Sums are made in f32, and their order may
/// depend on how many rows are computed at once: 9e-7 was measured.
constexpr float sumTolerance = 1e-5f;
/// A row of bf16 is off by 2^-9, and the errors of the products add up: 9e-3
/// was measured.
constexpr float rowTolerance = 2e-2f;

class MixtureTest : public testing::TestWithParam<Checkpoint> {
protected:
  void SetUp() override {
    kinds = runnableKinds();
    if (kinds.empty())
      GTEST_SKIP() << "this machine can run no kind of code";
    model = GeneratedModel::compile(GetParam().name, GetParam().asF32, kinds);
    ASSERT_TRUE(model);
  }

  std::unique_ptr<Session> start(std::span<const ProgramVariant> variants, int workers);
  std::vector<int32_t> tokens(size_t part, int64_t first, int64_t count) const;
  Logits runAlone(std::span<const ProgramVariant> variants, size_t part, Part shape);
  std::vector<Logits> runMixed(std::span<const ProgramVariant> variants, int workers,
                               const Mixture &mixture);
  float largestDifference(std::span<const ProgramVariant> alone,
                          std::span<const ProgramVariant> mixed, int workers,
                          const Mixture &mixture);

  std::vector<std::string> kinds;
  std::unique_ptr<GeneratedModel> model;
  Program program; ///< of the session that was started last
};

/// Prompts of 1, 7 and 33 rows and two single tokens, one of them the first of
/// a page or beyond.
const Mixture prompts = {{20, 1}, {0, 33}, {64, 1}, {0, 1}, {0, 7}};
/// The same in few rows.
const Mixture fewRows = {{3, 1}, {0, 2}, {70, 1}, {0, 1}, {5, 3}};

} // namespace

std::unique_ptr<Session> MixtureTest::start(std::span<const ProgramVariant> variants, int workers) {
  program = {"", 0, std::ssize(variants), variants.data()};
  SessionConfig config;
  config.model = &model->info();
  config.program = &program;
  config.weights = model->weights();
  config.weightOffsets = model->weightOffsets();
  config.workers.count = workers;
  config.context = std::min<int64_t>(256, model->info().maxContext);
  config.maxSequences = 8;
  auto session = Session::create(config);
  EXPECT_TRUE(session);
  return std::move(*session);
}

/// Tokens of a part from position `first` on.
std::vector<int32_t> MixtureTest::tokens(size_t part, int64_t first, int64_t count) const {
  std::vector<int32_t> result;
  for (int64_t position = first; position < first + count; ++position) {
    uint64_t mixed = (part * 1000 + position + 1) * 0x9e3779b97f4a7c15ull;
    result.push_back(static_cast<int32_t>((mixed >> 32) % model->info().vocabulary));
  }
  return result;
}

static Logits takeRows(const Session &session, int64_t first, int64_t count) {
  Logits rows;
  for (int64_t i = first; i < first + count; ++i)
    rows.emplace_back(session.logits(i).begin(), session.logits(i).end());
  return rows;
}

Logits MixtureTest::runAlone(std::span<const ProgramVariant> variants, size_t part, Part shape) {
  auto session = start(variants, /*workers=*/1);
  SequenceId id = *session->addSequence();
  if (shape.before > 0)
    EXPECT_TRUE(session->step(StepRequest{id, tokens(part, 0, shape.before)}));
  std::vector<int32_t> now = tokens(part, shape.before, shape.rows);
  EXPECT_TRUE(session->step(StepRequest{id, now, shape.rows}));
  return takeRows(*session, 0, shape.rows);
}

std::vector<Logits> MixtureTest::runMixed(std::span<const ProgramVariant> variants, int workers,
                                          const Mixture &mixture) {
  auto session = start(variants, workers);
  std::vector<SequenceId> ids(mixture.size()), passing;
  // Sequences that come and go leave pages with stale contents in all places,
  // and slots in another order than the parts.
  auto pass = [&] {
    passing.push_back(*session->addSequence());
    EXPECT_TRUE(session->step(StepRequest{passing.back(), tokens(99, 0, 130)}));
  };
  pass();
  for (size_t i = mixture.size(); i-- > 0;)
    if (mixture[i].before > 0) {
      ids[i] = *session->addSequence();
      if (passing.size() < 3)
        pass();
    }
  int64_t longest = 0;
  for (Part part : mixture)
    longest = std::max(longest, part.before);
  for (SequenceId id : passing)
    session->removeSequence(id);
  // By turns, so that the pages of the parts alternate.
  for (int64_t done = 0; done < longest; done += 16)
    for (size_t i = 0; i < mixture.size(); ++i)
      if (int64_t count = std::min<int64_t>(16, mixture[i].before - done); count > 0)
        EXPECT_TRUE(session->step(StepRequest{ids[i], tokens(i, done, count)}));
  std::vector<std::vector<int32_t>> now;
  std::vector<StepRequest> requests;
  for (size_t i = 0; i < mixture.size(); ++i) {
    if (mixture[i].before == 0)
      ids[i] = *session->addSequence();
    now.push_back(tokens(i, mixture[i].before, mixture[i].rows));
  }
  for (size_t i = 0; i < mixture.size(); ++i)
    requests.push_back({ids[i], now[i], mixture[i].rows});
  EXPECT_TRUE(session->step(requests));
  std::vector<Logits> result;
  for (int64_t first = 0; Part part : mixture) {
    result.push_back(takeRows(*session, first, part.rows));
    first += part.rows;
  }
  return result;
}

/// As a part of the largest logit; infinite when a logit is not a number.
float MixtureTest::largestDifference(std::span<const ProgramVariant> alone,
                                     std::span<const ProgramVariant> mixed, int workers,
                                     const Mixture &mixture) {
  std::vector<Logits> actual = runMixed(mixed, workers, mixture);
  float difference = 0, largest = 0;
  for (size_t part = 0; part < mixture.size(); ++part) {
    Logits expected = runAlone(alone, part, mixture[part]);
    for (size_t row = 0; row < expected.size(); ++row)
      for (size_t i = 0; i < expected[row].size(); ++i) {
        float distance = std::abs(expected[row][i] - actual[part][row][i]);
        if (!std::isfinite(distance))
          return INFINITY;
        difference = std::max(difference, distance);
        largest = std::max(largest, std::abs(expected[row][i]));
      }
  }
  EXPECT_GT(largest, 0);
  return difference / largest;
}

INSTANTIATE_TEST_SUITE_P(Models, MixtureTest,
                         testing::Values(Checkpoint{"suanpan", false, true},
                                         Checkpoint{"suanpan", true, false},
                                         Checkpoint{"qwen3-tiny", false, true},
                                         Checkpoint{"qwen3-tiny", true, false},
                                         Checkpoint{"mistral-tiny", false, false},
                                         Checkpoint{"mistral-tiny", true, false}),
                         [](auto &info) {
                           std::string name = info.param.name;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name + (info.param.asF32 ? "_f32" : "");
                         });

TEST_P(MixtureTest, EqualsSeparateRuns) {
  for (const std::string &kind : kinds) {
    std::span<const ProgramVariant> variants = model->variants(kind);
    ASSERT_GE(variants.size(), 2u);
    auto large = variants.last(1), small = variants.subspan(variants.size() - 2, 1);
    bool rounds = kind == "amx" && GetParam().roundsRows;
    float tolerance = rounds ? rowTolerance : sumTolerance;
    for (int workers = 1; workers <= 3; ++workers) {
      SCOPED_TRACE(kind + ", " + std::to_string(workers) + " workers");
      // The same step for both: its rows are computed in blocks, which pad.
      EXPECT_EQ(largestDifference(large, large, workers, prompts), 0);
      EXPECT_LE(largestDifference(small, small, workers, fewRows), sumTolerance);
      // The step that suits each number of rows.
      EXPECT_LE(largestDifference(variants, variants, workers, prompts), tolerance);
      EXPECT_LE(largestDifference(variants, variants, workers, fewRows), tolerance);
    }
  }
}
