//===- Sampler.cpp - From logits to the next token ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The order of the rules is that of `_get_logits_processor` in
// transformers/generation/utils.py: repetition penalty, then, when sampling,
// temperature, top-k, top-p, min-p. There top-p drops, from the least likely
// on, while the sum of what was dropped is at most 1 - p; counted from the
// other end a token stays while the sum of those before it is below p. Each
// rule keeps at least one token and the next one sees probabilities of what
// the last one left.
//
// A vocabulary may have 150,000 tokens and a step takes milliseconds, so the
// logits are not sorted: top-k selects, and top-p takes the likeliest from a
// heap until it has enough, which is seldom more than a few hundred.
//
//===----------------------------------------------------------------------===//

#include "Sampler.h"

#include <algorithm>
#include <cmath>

namespace tenon::rt {

static uint64_t mix(uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ull;
  value = (value ^ value >> 27) * 0x94d049bb133111ebull;
  return value ^ value >> 31;
}

// Seeds are small and near each other; their sequences must not be.
CountedRandom::CountedRandom(uint64_t seed) : key(mix(seed ^ 0x5851f42d4c957f2dull)) {}

uint64_t CountedRandom::next() { return mix(key + ++counter * 0x9e3779b97f4a7c15ull); }

double CountedRandom::nextUnit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

/// Likelier first; of equals the smaller id, so that results do not depend on
/// the order in which an algorithm looks at them.
static bool likelier(const Candidate &a, const Candidate &b) {
  return a.probability > b.probability || (a.probability == b.probability && a.token < b.token);
}

static bool lessLikely(const Candidate &a, const Candidate &b) { return likelier(b, a); }

Expected<int32_t> largestLogit(std::span<const float> logits) {
  float largest = -INFINITY;
  int32_t index = -1;
  bool allNumbers = true;
  for (size_t i = 0; i < logits.size(); ++i) {
    allNumbers &= logits[i] == logits[i];
    if (logits[i] > largest) {
      largest = logits[i];
      index = static_cast<int32_t>(i);
    }
  }
  if (!allNumbers)
    return Status::failure(StatusCode::Internal,
                           "a logit is not a number; run 'verify', and report this if it passes");
  if (index < 0 || !std::isfinite(largest))
    return Status::failure(StatusCode::Internal,
                           "the largest logit is {}; run 'verify', and report "
                           "this if it passes",
                           index < 0 ? "minus infinity" : "infinity");
  return index;
}

double logProbability(std::span<const float> logits, int32_t token) {
  double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float logit : logits)
    sum += std::exp(logit - largest);
  return logits[token] - largest - std::log(sum);
}

Sampler::Sampler(const SamplingRules &rules, int64_t sampledVocabulary, uint64_t seed)
    : rules(rules), sampledVocabulary(sampledVocabulary), random(seed) {
  if (rules.temperature == 0 || rules.topK == 1)
    this->rules.greedy = true;
  if (rules.repetitionPenalty != 1)
    seen.resize((sampledVocabulary + 63) / 64);
}

void Sampler::accept(int32_t token) {
  if (seen.empty() || token < 0 || token >= sampledVocabulary)
    return;
  uint64_t &word = seen[token / 64];
  uint64_t bit = uint64_t(1) << token % 64;
  if (word & bit)
    return;
  word |= bit;
  seenTokens.push_back(token);
}

void Sampler::forgetTokens() {
  std::fill(seen.begin(), seen.end(), 0);
  seenTokens.clear();
}

void Sampler::penalize(std::span<float> logits) const {
  float penalty = static_cast<float>(rules.repetitionPenalty);
  for (int32_t token : seenTokens)
    logits[token] = logits[token] < 0 ? logits[token] * penalty : logits[token] / penalty;
}

/// Leaves logits, not yet probabilities, in `kept`.
void Sampler::selectTopK(std::span<const float> logits) {
  kept.resize(logits.size());
  for (size_t i = 0; i < logits.size(); ++i)
    kept[i] = {static_cast<int32_t>(i), logits[i]};
  if (rules.topK <= 0 || rules.topK >= std::ssize(kept))
    return;
  std::nth_element(kept.begin(), kept.begin() + (rules.topK - 1), kept.end(), likelier);
  float threshold = kept[rules.topK - 1].probability;
  auto end = std::partition(kept.begin() + rules.topK, kept.end(), [&](const Candidate &candidate) {
    return candidate.probability == threshold;
  });
  kept.erase(end, kept.end());
}

/// Turns the logits in `kept` into probabilities.
void Sampler::takeProbabilities(float largest) {
  double inverse = 1 / rules.temperature;
  double sum = 0;
  for (Candidate &candidate : kept) {
    candidate.probability =
        std::exp(static_cast<float>((candidate.probability - largest) * inverse));
    sum += candidate.probability;
  }
  float scale = static_cast<float>(1 / sum);
  for (Candidate &candidate : kept)
    candidate.probability *= scale;
}

static void renormalize(std::vector<Candidate> &candidates) {
  double sum = 0;
  for (const Candidate &candidate : candidates)
    sum += candidate.probability;
  float scale = static_cast<float>(1 / sum);
  for (Candidate &candidate : candidates)
    candidate.probability *= scale;
}

void Sampler::keepTopP() {
  std::make_heap(kept.begin(), kept.end(), lessLikely);
  double sum = 0;
  auto heapEnd = kept.end();
  do {
    std::pop_heap(kept.begin(), heapEnd, lessLikely);
    --heapEnd;
    sum += heapEnd->probability;
  } while (sum < rules.topP && heapEnd != kept.begin());
  kept.erase(kept.begin(), heapEnd);
  renormalize(kept);
}

void Sampler::keepMinP() {
  float largest = 0;
  for (const Candidate &candidate : kept)
    largest = std::max(largest, candidate.probability);
  double threshold = rules.minP * largest;
  std::erase_if(kept,
                [&](const Candidate &candidate) { return candidate.probability < threshold; });
  renormalize(kept);
}

Expected<std::span<const Candidate>> Sampler::candidates(std::span<float> logits) {
  logits = logits.first(std::min<size_t>(logits.size(), sampledVocabulary));
  if (!seenTokens.empty())
    penalize(logits);
  Expected<int32_t> largest = largestLogit(logits);
  if (!largest)
    return largest.status();
  if (rules.greedy) {
    kept.assign(1, {*largest, 1});
    return std::span<const Candidate>(kept);
  }
  selectTopK(logits);
  takeProbabilities(logits[*largest]);
  if (rules.topP < 1)
    keepTopP();
  if (rules.minP > 0)
    keepMinP();
  std::sort(kept.begin(), kept.end(), likelier);
  return std::span<const Candidate>(kept);
}

Expected<int32_t> Sampler::choose(std::span<float> logits) {
  auto left = candidates(logits);
  if (!left)
    return left.status();
  if (left->size() == 1)
    return left->front().token;
  double drawn = random.nextUnit();
  for (const Candidate &candidate : *left) {
    drawn -= candidate.probability;
    if (drawn < 0)
      return candidate.token;
  }
  return left->front().token; // probabilities summed to a little less than 1
}

} // namespace tenon::rt
