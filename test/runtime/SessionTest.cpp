//===- SessionTest.cpp - Steps of the fake model --------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FakeModel.h"

#include "runtime/Session.h"

#include <limits>

#include <gtest/gtest.h>

using namespace tenon::rt;
using namespace tenon::test;

namespace {

class SessionTest : public testing::TestWithParam<bool> {
protected:
  std::unique_ptr<Session> start(int32_t maxSequences, int workers = 1, int64_t positions = 0) {
    model = fakeModelInfo(/*slots=*/GetParam());
    SessionConfig config;
    config.model = &model;
    config.program = &tenon_programs[1];
    config.workers.count = workers;
    config.context = fakeContext;
    config.maxSequences = maxSequences;
    config.totalPositions = positions;
    auto session = Session::create(config);
    EXPECT_TRUE(session);
    return std::move(*session);
  }

  ModelInfo model;
};

/// What the model answers by itself.
std::vector<float> expectedLogits(const std::vector<int32_t> &history) {
  std::vector<float> logits(fakeVocabulary);
  fakeLogits(history, logits);
  return logits;
}

std::vector<float> row(const Session &session, int64_t index) {
  std::span<float> logits = session.logits(index);
  return std::vector<float>(logits.begin(), logits.end());
}

std::vector<int32_t> someTokens(int count, int first) {
  std::vector<int32_t> tokens;
  for (int i = 0; i < count; ++i)
    tokens.push_back('a' + (first + i * 5) % 25);
  return tokens;
}

} // namespace

INSTANTIATE_TEST_SUITE_P(Slots, SessionTest, testing::Bool());

TEST_P(SessionTest, TokensInOneStepOrManyGiveTheSame) {
  auto session = start(2);
  std::vector<int32_t> tokens = someTokens(50, 0);
  SequenceId whole = *session->addSequence(), single = *session->addSequence();
  ASSERT_TRUE(session->step(StepRequest{whole, tokens}));
  EXPECT_EQ(row(*session, 0), expectedLogits(tokens));
  for (int32_t &token : tokens)
    ASSERT_TRUE(session->step(StepRequest{single, std::span(&token, 1)}));
  EXPECT_EQ(row(*session, 0), expectedLogits(tokens));
  EXPECT_EQ(session->length(whole), 50);
  EXPECT_EQ(session->length(single), 50);
  EXPECT_EQ(session->rowsComputed(), 100);
}

TEST_P(SessionTest, WantedRowsAreTheLastOnesInOrder) {
  auto session = start(1);
  std::vector<int32_t> tokens = someTokens(40, 3);
  SequenceId id = *session->addSequence();
  ASSERT_TRUE(session->step(StepRequest{id, tokens, /*wantedRows=*/30}));
  for (int64_t i = 0; i < 30; ++i)
    if (!GetParam()) // the slot of the fake model knows the last row only
      EXPECT_EQ(row(*session, i), expectedLogits({tokens.begin(), tokens.begin() + 11 + i})) << i;
  ASSERT_TRUE(session->step(StepRequest{id, tokens, /*wantedRows=*/0}));
}

TEST_P(SessionTest, MixtureOfPrefillAndDecodeEqualsSeparateRuns) {
  for (int workers : {1, 2, 5}) {
    auto session = start(5, workers);
    std::vector<std::vector<int32_t>> histories;
    std::vector<SequenceId> ids;
    for (int i = 0; i < 5; ++i) {
      ids.push_back(*session->addSequence());
      histories.push_back(someTokens(3 + i, i));
      ASSERT_TRUE(session->step(StepRequest{ids[i], histories[i]}));
    }
    // Pages are handed out in another order from here on.
    session->removeSequence(ids[1]);
    session->removeSequence(ids[3]);
    ids[3] = *session->addSequence();
    ids[1] = *session->addSequence();
    histories[1].clear();
    histories[3].clear();
    std::vector<std::vector<int32_t>> news = {someTokens(1, 9), someTokens(7, 2), someTokens(33, 1),
                                              someTokens(1, 4), someTokens(1, 8)};
    std::vector<StepRequest> requests;
    for (int i = 0; i < 5; ++i) {
      histories[i].insert(histories[i].end(), news[i].begin(), news[i].end());
      requests.push_back({ids[i], news[i]});
    }
    ASSERT_TRUE(session->step(requests));
    for (int i = 0; i < 5; ++i)
      EXPECT_EQ(row(*session, i), expectedLogits(histories[i])) << i << " of " << workers;
  }
}

TEST_P(SessionTest, GivenRowsTakeThePlacesOfTokens) {
  // A call has 16 rows: sequences share calls, and both begin in the middle of one.
  for (int workers : {1, 3}) {
    auto session = start(2, workers);
    std::vector<std::vector<int32_t>> histories = {someTokens(37, 1), someTokens(21, 8)};
    std::vector<std::vector<int32_t>> tokens = histories;
    std::vector<std::vector<float>> given(2);
    std::vector<StepRequest> requests;
    for (int i = 0; i < 2; ++i) {
      for (size_t row = i; row < tokens[i].size(); row += 3) {
        given[i].insert(given[i].end(), {float(tokens[i][row] - 20), 7.0f, 20.0f});
        tokens[i][row] = i == 0 ? -1 : -5;
      }
      requests.push_back({*session->addSequence(), tokens[i], /*wantedRows=*/1, given[i]});
    }
    ASSERT_TRUE(session->step(requests));
    for (int i = 0; i < 2; ++i)
      EXPECT_EQ(row(*session, i), expectedLogits(histories[i])) << i << " of " << workers;
    // What was given before is not taken for a token's row.
    ASSERT_TRUE(session->step(StepRequest{requests[1].sequence, histories[0]}));
    histories[1].insert(histories[1].end(), histories[0].begin(), histories[0].end());
    EXPECT_EQ(row(*session, 0), expectedLogits(histories[1]));
  }
}

TEST_P(SessionTest, RowsThatAreGivenOrPlacedWrongAreRefused) {
  auto session = start(1);
  SequenceId id = *session->addSequence();
  std::vector<int32_t> tokens = {'a', -1, 'c'};
  std::vector<float> numbers(7);
  auto refusal = [&](const StepRequest &request) {
    Status status = session->step(request);
    EXPECT_EQ(status.code(), StatusCode::Refused);
    EXPECT_EQ(session->length(id), 0);
    return std::string(status.message());
  };
  EXPECT_EQ(refusal({id, tokens}), "0 numbers were given for 1 embeddings of 3 columns; give a row "
                                   "for each negative token");
  EXPECT_EQ(
      refusal({id, tokens, 1, numbers}),
      "7 numbers were given for 1 embeddings of 3 columns; give a row for each negative token");
  std::span<const float> embedding = std::span<const float>(numbers).first(3);
  std::vector<int32_t> coordinates(3);
  EXPECT_EQ(
      refusal({id, tokens, 1, embedding, coordinates}),
      "3 coordinates were given for 3 rows of a model with 1 position axes; give one for each "
      "row and each axis but the first, or none");
  EXPECT_TRUE(session->step(StepRequest{id, tokens, 1, embedding}));
  model.embeddingColumns = 0;
  session->rewind(id, 0);
  EXPECT_EQ(refusal({id, tokens}), "token id -1 is not in the vocabulary, which ends at 319");
  model.tokenCount = 0;
  model.embeddingColumns = 3;
  EXPECT_EQ(refusal({id, tokens, 1, embedding}),
            "token id 97 was given to a model that takes embeddings only");
}

/// The positions that a step had.
static std::vector<int32_t> seenPositions;

TEST(SessionAxes, RowsAreWhereTheirCoordinatesSay) {
  ModelInfo model = fakeModelInfo(/*slots=*/false);
  model.positionAxes = 3;
  auto record = [](const StepArguments *step, int64_t, int64_t) {
    seenPositions.insert(seenPositions.end(), step->positions, step->positions + 3 * step->rows);
  };
  const ProgramVariant variants[] = {{2, 64, 64, record, 0}};
  const Program program = {"recorder", 0, 1, variants};
  SessionConfig config;
  config.model = &model;
  config.program = &program;
  config.workers.count = 1;
  config.context = 20;
  config.maxSequences = 2;
  auto session = Session::create(config);
  ASSERT_TRUE(session);
  SequenceId text = *(*session)->addSequence(), picture = *(*session)->addSequence();
  std::vector<int32_t> tokens = {1, 2, 3}, coordinates = {7, 8, 0, 9, 5, 4};
  ASSERT_TRUE((*session)->step(StepRequest{picture, tokens}));
  seenPositions.clear();
  const StepRequest requests[] = {{text, std::span(tokens).first(2)},
                                  {picture, tokens, 0, {}, coordinates}};
  ASSERT_TRUE((*session)->step(requests));
  EXPECT_EQ(seenPositions, (std::vector<int32_t>{0, 0, 0, 1, 1, 1,             // of the text
                                                 3, 7, 8, 4, 0, 9, 5, 5, 4})); // of the picture
}

TEST_P(SessionTest, RequestsMayWantDifferentNumbersOfRows) {
  auto session = start(3);
  std::vector<int32_t> tokens = someTokens(20, 3);
  std::vector<SequenceId> ids = {*session->addSequence(), *session->addSequence(),
                                 *session->addSequence()};
  std::vector<StepRequest> requests = {{ids[0], tokens, 1},
                                       {ids[1], std::span(tokens).first(5), 0},
                                       {ids[2], std::span(tokens).first(9), 1}};
  ASSERT_TRUE(session->step(requests));
  EXPECT_EQ(row(*session, 0), expectedLogits(tokens));
  EXPECT_EQ(row(*session, 1), expectedLogits(someTokens(9, 3)));
}

TEST_P(SessionTest, RewoundSequenceGoesOnFromThere) {
  auto session = start(1);
  SequenceId id = *session->addSequence();
  std::vector<int32_t> tokens = someTokens(20, 3);
  ASSERT_TRUE(session->step(StepRequest{id, tokens}));
  EXPECT_EQ(session->rewind(id, 20), 20);
  int64_t kept = session->rewind(id, 11);
  EXPECT_EQ(kept, GetParam() ? 0 : 11) << "a state of fixed size cannot go back";
  std::vector<int32_t> other(tokens.begin(), tokens.begin() + 11);
  other.push_back('q');
  ASSERT_TRUE(session->step(StepRequest{id, std::span(other).subspan(kept)}));
  EXPECT_EQ(row(*session, 0), expectedLogits(other));
}

TEST_P(SessionTest, StepWithoutRoomChangesNothing) {
  auto session = start(2, 1, /*positions=*/40);
  SequenceId first = *session->addSequence(), second = *session->addSequence();
  std::vector<int32_t> tokens = someTokens(30, 3);
  std::vector<StepRequest> requests = {{first, std::span(tokens).first(20)}, {second, tokens}};
  Status status = session->step(requests);
  EXPECT_EQ(status.code(), StatusCode::ContextFull);
  EXPECT_EQ(session->length(first), 0);
  EXPECT_EQ(session->length(second), 0);
  EXPECT_EQ(session->rowsComputed(), 0);
  ASSERT_TRUE(session->step(requests[1]));
  EXPECT_EQ(row(*session, 0), expectedLogits(tokens));
}

TEST_P(SessionTest, UnknownTokenIsRefusedBeforeTheStep) {
  auto session = start(1);
  SequenceId id = *session->addSequence();
  for (int32_t token : {320, 2147483647}) {
    Status status = session->step(StepRequest{id, std::span(&token, 1)});
    EXPECT_EQ(status.code(), StatusCode::Refused);
    EXPECT_EQ(status.message(),
              "token id " + std::to_string(token) + " is not in the vocabulary, which ends at 319");
  }
  EXPECT_EQ(session->length(id), 0);
}

TEST_P(SessionTest, CancelledStepKeepsWhatWasComputed) {
  auto session = start(2);
  SequenceId id = *session->addSequence();
  std::atomic<bool> cancel{true};
  session->stopWhen(&cancel);
  std::vector<int32_t> tokens = someTokens(50, 0);
  EXPECT_EQ(session->step(StepRequest{id, tokens}).code(), StatusCode::Interrupted);
  EXPECT_EQ(session->length(id), 0);
  cancel = false;
  ASSERT_TRUE(session->step(StepRequest{id, tokens}));
  EXPECT_EQ(row(*session, 0), expectedLogits(tokens));
}

static MachineLimits memory(int64_t bytes) {
  MachineLimits limits;
  limits.availableBytes = bytes;
  return limits;
}

static MachineLimits addresses(int64_t bytes) {
  MachineLimits limits;
  limits.addressBytes = bytes;
  return limits;
}

TEST(Context, PagesThatCannotBeNumberedAreRefused) {
  ModelInfo model = fakeModelInfo(/*slots=*/false);
  SessionConfig config;
  config.model = &model;
  config.program = &tenon_programs[1];
  config.workers.count = 1;
  config.context = std::numeric_limits<int32_t>::max();
  config.maxSequences = fakePagePositions; // so many numbers as positions
  auto session = Session::create(config);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.status().code(), StatusCode::MachineUnsupported);
  EXPECT_EQ(session.status().message(),
            "a context of 2147483647 positions needs more pages than can be numbered; use a "
            "smaller --context");
}

TEST(Context, LargestIsWhatMemoryAndModelAllow) {
  ModelInfo model = fakeModelInfo(false);
  model.pageBytes = 1 << 20;
  model.maxContext = 4096;
  EXPECT_EQ(largestContext(model, 1 << 30, MachineLimits()), 4096);
  int64_t available = (int64_t(1) << 30) + (64 << 20) + 10 * (1 << 20) + 5;
  // A quarter of the memory is more here than what weights leave.
  EXPECT_EQ(largestContext(model, 1 << 30, memory(available)), available / 4 / (1 << 20) * 4);
  EXPECT_EQ(largestContext(model, 1 << 20, memory((64 << 20) + (301 << 20))), 300 * 4);
  EXPECT_EQ(largestContext(model, 0, memory(0)), 4);
  // Weights have their addresses already; half is left for what is not state.
  EXPECT_EQ(largestContext(model, 1 << 30, addresses((64 << 20) + (300 << 20))), 300 * 4);
  EXPECT_EQ(largestContext(model, 1 << 30, addresses(100 << 20)), 50 * 4);
}

TEST(Context, AskedForTooMuchSaysWhatWouldDo) {
  ModelInfo model = fakeModelInfo(false);
  model.pageBytes = 1 << 20;
  model.maxContext = 4096;
  int64_t available = (64 << 20) + (300 << 20);
  EXPECT_EQ(*chooseContext(model, 0, memory(available), 0), 1200);
  EXPECT_EQ(*chooseContext(model, 0, memory(available), 1200), 1200);
  auto tooMuch = chooseContext(model, 0, memory(available), 1201);
  ASSERT_FALSE(tooMuch);
  EXPECT_EQ(tooMuch.status().code(), StatusCode::MachineUnsupported);
  EXPECT_EQ(tooMuch.status().message(),
            "the state of 1201 positions does not fit into the memory of this machine; the largest "
            "context that does is --context=1200");
  auto limited = chooseContext(model, 0, addresses(available), 1201);
  ASSERT_FALSE(limited);
  EXPECT_EQ(limited.status().message(),
            "the state of 1201 positions does not fit into the memory that this process may take "
            "(ulimit -v, ulimit -d); the largest context that does is --context=1200");
  auto beyond = chooseContext(model, 0, MachineLimits(), 5000);
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.status().code(), StatusCode::Usage);
  EXPECT_EQ(beyond.status().message(),
            "--context=5000 is more than the 4096 positions that this model was made for");
}
