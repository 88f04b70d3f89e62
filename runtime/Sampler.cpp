//===- Sampler.cpp - From logits to the next token ------------------------===//
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
// logits are not sorted: top-k finds its threshold in one pass, and top-p takes
// the likeliest from a heap until it has enough, which is seldom more than a
// few hundred.
//
//===----------------------------------------------------------------------===//

#include "Sampler.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

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

namespace {

/// Logits of which the largest is looked for at once.
constexpr size_t blockLogits = 2048;
/// Comparisons that do not wait for each other; four fill a register.
constexpr size_t lanes = 16;

/// The largest of a block; tells when one of it is not a number.
float largestOfBlock(std::span<const float> block, bool &allNumbers) {
  float best[lanes];
  bool isNumber[lanes];
  std::fill(best, best + lanes, -INFINITY);
  std::fill(isNumber, isNumber + lanes, true);
  for (; block.size() >= lanes; block = block.subspan(lanes))
    for (size_t lane = 0; lane < lanes; ++lane) {
      best[lane] = block[lane] > best[lane] ? block[lane] : best[lane];
      isNumber[lane] &= block[lane] == block[lane];
    }
  float largest = -INFINITY;
  for (float logit : block) {
    largest = logit > largest ? logit : largest;
    allNumbers &= logit == logit;
  }
  for (size_t lane = 0; lane < lanes; ++lane) {
    largest = std::max(largest, best[lane]);
    allNumbers &= isNumber[lane];
  }
  return largest;
}

} // namespace

Expected<int32_t> largestLogit(std::span<const float> logits) {
  float largest = -INFINITY;
  size_t begin = 0;
  bool allNumbers = true;
  for (size_t at = 0; at < logits.size(); at += blockLogits) {
    size_t size = std::min(blockLogits, logits.size() - at);
    float best = largestOfBlock(logits.subspan(at, size), allNumbers);
    if (best > largest) {
      largest = best;
      begin = at;
    }
  }
  if (!allNumbers)
    return Status::failure(StatusCode::Internal,
                           "a logit is not a number; run 'verify', and report this if it passes");
  if (!std::isfinite(largest))
    return Status::failure(StatusCode::Internal,
                           "the largest logit is {}; run 'verify', and report this if it passes",
                           largest < 0 ? "minus infinity" : "infinity");
  return static_cast<int32_t>(std::find(logits.begin() + begin, logits.end(), largest) -
                              logits.begin());
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

float Sampler::topKThreshold(std::span<const float> logits) {
  // A heap of the k largest so far, the least of them in front.
  largest.assign(logits.begin(), logits.begin() + rules.topK);
  std::make_heap(largest.begin(), largest.end(), std::greater<>());
  for (float logit : logits.subspan(rules.topK))
    if (logit > largest.front()) {
      std::pop_heap(largest.begin(), largest.end(), std::greater<>());
      largest.back() = logit;
      std::push_heap(largest.begin(), largest.end(), std::greater<>());
    }
  return largest.front();
}

/// Leaves logits, not yet probabilities, in `kept`.
void Sampler::selectTopK(std::span<const float> logits) {
  bool all = rules.topK <= 0 || rules.topK >= std::ssize(logits);
  float threshold = all ? -INFINITY : topKThreshold(logits);
  kept.clear();
  for (size_t i = 0; i < logits.size(); ++i)
    if (logits[i] >= threshold)
      kept.push_back({static_cast<int32_t>(i), logits[i]});
}

/// Turns the logits in `kept` into probabilities.
void Sampler::takeProbabilities(float largestLogit) {
  // The smallest temperatures have no finite inverse, and infinity times the
  // zero of the likeliest logit would be no number.
  double inverse = std::min(1 / rules.temperature, std::numeric_limits<double>::max());
  double sum = 0;
  for (Candidate &candidate : kept) {
    candidate.probability =
        std::exp(static_cast<float>((candidate.probability - largestLogit) * inverse));
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

Status Sampler::select(std::span<float> logits) {
  logits = logits.first(std::min<size_t>(logits.size(), sampledVocabulary));
  if (!seenTokens.empty())
    penalize(logits);
  Expected<int32_t> likeliest = largestLogit(logits);
  if (!likeliest)
    return likeliest.status();
  if (rules.greedy) {
    kept.assign(1, {*likeliest, 1});
    return Status::ok();
  }
  selectTopK(logits);
  takeProbabilities(logits[*likeliest]);
  if (rules.topP < 1)
    keepTopP();
  if (rules.minP > 0)
    keepMinP();
  return Status::ok();
}

Expected<std::span<const Candidate>> Sampler::candidates(std::span<float> logits) {
  if (Status status = select(logits); !status)
    return status;
  std::sort(kept.begin(), kept.end(), likelier);
  return std::span<const Candidate>(kept);
}

Expected<int32_t> Sampler::choose(std::span<float> logits) {
  if (Status status = select(logits); !status)
    return status;
  if (kept.size() == 1)
    return kept.front().token;
  double drawn = random.nextUnit();
  for (const Candidate &candidate : kept) {
    drawn -= candidate.probability;
    if (drawn < 0)
      return candidate.token;
  }
  // The probabilities sum to a little less than 1.
  return std::min_element(kept.begin(), kept.end(), likelier)->token;
}

} // namespace tenon::rt
