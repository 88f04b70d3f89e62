//===- FakeModel.cpp - A model whose answers can be foreseen --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FakeModel.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <unistd.h>
#include <vector>

using namespace tenon::rt;

namespace tenon::test {

ModelInfo fakeModelInfo(bool slots) {
  ModelInfo model = {};
  model.vocabulary = fakeVocabulary;
  model.sampledVocabulary = fakeSampledVocabulary;
  model.maxContext = fakeContext;
  model.positionAxes = 1;
  model.tokenCount = fakeVocabulary;
  model.embeddingColumns = fakeEmbeddingColumns;
  model.pagePositions = fakePagePositions;
  model.pageBytes = fakePagePositions * static_cast<int64_t>(sizeof(int32_t));
  model.slotBytes = slots ? sizeof(int64_t) : 0;
  model.parameterCount = 42;
  model.generation.temperature = model.generation.topP = model.generation.repetitionPenalty = 1;
  model.generation.topK = 0;
  model.generation.bosToken = Bos;
  model.generation.stopTokenCount = 1;
  model.generation.stopTokens[0] = TurnEnd;
  return model;
}

/// The content of the last turn of `role`, if there is one.
static std::string turnOf(std::span<const int32_t> history, const std::string &role) {
  std::string found;
  for (size_t i = 0; i < history.size(); ++i) {
    if (history[i] != TurnStart)
      continue;
    std::string turn;
    for (size_t j = i + 1; j < history.size() && history[j] < 256; ++j)
      turn += static_cast<char>(history[j]);
    if (turn.compare(0, role.size() + 1, role + '\n') == 0)
      found = turn.substr(role.size() + 1);
  }
  return found;
}

static int32_t nextInConversation(std::span<const int32_t> history) {
  std::string reply = turnOf(history, "user");
  for (char &c : reply)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  reply += turnOf(history, "system");
  size_t said = turnOf(history, "assistant").size();
  if (std::find(history.rbegin(), history.rend(), TurnEnd) <
      std::find(history.rbegin(), history.rend(), TurnStart))
    return TurnEnd; // no turn is open
  return said < reply.size() ? static_cast<unsigned char>(reply[said]) : int32_t(TurnEnd);
}

int32_t fakeNextToken(std::span<const int32_t> history) {
  if (std::find(history.begin(), history.end(), TurnStart) != history.end())
    return nextInConversation(history);
  int32_t last = history.back();
  if (last >= '0' && last <= '9')
    return last == '9' ? '0' : last + 1;
  if (last >= 'a' && last < 'z')
    return last + 1;
  return last == '~' ? last : int32_t(TurnEnd);
}

void fakeLogits(std::span<const int32_t> history, std::span<float> logits) {
  for (size_t id = 0; id < logits.size(); ++id)
    logits[id] = static_cast<float>((id * 2654435761u >> 8) % 256) / 256;
  logits[fakeNextToken(history)] = 10;
  for (size_t id = fakeSampledVocabulary; id < logits.size(); ++id)
    logits[id] = 100;
  if (history.back() == NotANumber)
    logits[7] = NAN;
}

namespace {

/// One sequence of a step.
struct View {
  const StepArguments &step;
  int64_t sequence;

  int32_t &at(int64_t position) const {
    int64_t page = step.pageTable[sequence * step.pagesPerSequence + position / fakePagePositions];
    return reinterpret_cast<int32_t *>(
        step.pages)[page * fakePagePositions + position % fakePagePositions];
  }
};

} // namespace

/// States of fixed size count the rows of their sequence.
static void countRows(const StepArguments &step) {
  for (int64_t row = 0; row < step.rows; ++row)
    ++reinterpret_cast<int64_t *>(step.slots)[step.sequenceSlot[step.rowSequence[row]]];
}

static void wantedLogits(const StepArguments &step, int64_t index) {
  int64_t row = step.wanted[index];
  View view{step, step.rowSequence[row]};
  std::vector<int32_t> history;
  for (int64_t position = 0; position <= step.positions[row]; ++position)
    history.push_back(view.at(position));
  std::span logits(step.logits + index * fakeVocabulary, size_t(fakeVocabulary));
  fakeLogits(history, logits);
  bool lastOfSequence = row + 1 == step.rows || step.rowSequence[row + 1] != step.rowSequence[row];
  if (step.slots && lastOfSequence) {
    int64_t slot = step.sequenceSlot[view.sequence];
    if (reinterpret_cast<int64_t *>(step.slots)[slot] != step.positions[row] + 1)
      logits['#'] = 50; // the slot is not that of this sequence
  }
  if (std::find(history.begin(), history.end(), '~') != history.end())
    usleep(20'000);
}

/// That of the row, or the one that an embedding stands for.
static int32_t tokenOf(const StepArguments &step, int64_t row) {
  if (step.tokens[row] >= 0)
    return step.tokens[row];
  const float *embedding = step.embeddings + row * fakeEmbeddingColumns;
  return static_cast<int32_t>(embedding[0]) + static_cast<int32_t>(embedding[2]);
}

static void runStep(const StepArguments *step, int64_t worker, int64_t workers) {
  int32_t *shared = reinterpret_cast<int32_t *>(step->scratch);
  for (int64_t row = worker; row < step->rows; row += workers)
    shared[row] = tokenOf(*step, row);
  tenon_barrier(step->barrier);
  // Each row is written by another worker than the one that brought it.
  for (int64_t row = worker + 1; row <= step->rows; row += workers)
    View{*step, step->rowSequence[row - 1]}.at(step->positions[row - 1]) = shared[row - 1];
  if (worker == 0 && step->slots)
    countRows(*step);
  tenon_barrier(step->barrier);
  for (int64_t index = worker; index < step->wantedRows; index += workers)
    wantedLogits(*step, index);
}

} // namespace tenon::test

static const ProgramVariant variants[] = {
    {1, 64, 64, tenon::test::runStep, 0},
    {4, 256, 64, tenon::test::runStep, 0},
    {16, 1024, 64, tenon::test::runStep, 0},
};

const Program tenon_programs[] = {
    {"impossible", uint64_t(1) << 63, 3, variants},
    {"plain", 0, 3, variants},
    {"small", 0, 1, variants},
};
const int64_t tenon_program_count = 3;
