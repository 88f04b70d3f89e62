//===- Sampler.h - From logits to the next token --------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_SAMPLER_H
#define TENON_RUNTIME_SAMPLER_H

#include "Status.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tenon::rt {

/// Random numbers by counting: the n-th number of a seed is the SplitMix64
/// mix of `mix(seed) + n * 0x9e3779b97f4a7c15` (Steele, Lea, Flood: Fast
/// splittable pseudorandom number generators, OOPSLA 2014). Its whole state is
/// (seed, n), so a continued sequence draws what it would have drawn.
class CountedRandom {
public:
  explicit CountedRandom(uint64_t seed);
  uint64_t next();
  /// A multiple of 2^-53 in [0, 1).
  double nextUnit();

private:
  uint64_t key;
  uint64_t counter = 0;
};

/// How a token is chosen. Rules apply in the order of the members, which is
/// that of Hugging Face transformers; a rule at its neutral value is skipped.
struct SamplingRules {
  double repetitionPenalty = 1; ///< logits of seen tokens: l > 0 ? l / p : l * p
  bool greedy = true;           ///< take the largest logit; ends the list
  double temperature = 1;       ///< logits are divided by it; 0 is greedy
  int64_t topK = 0; ///< keep the k largest and their equals (of 1, the first alone); 0: all
  double topP = 1;  ///< keep the likeliest until their sum reaches p
  double minP = 0;  ///< keep what is at least p times the likeliest
};

/// A token that the rules left, and its probability among those.
struct Candidate {
  int32_t token;
  float probability;
};

/// Chooses tokens of one sequence. Logits beyond `sampledVocabulary` are never
/// looked at.
class Sampler {
public:
  Sampler(const SamplingRules &rules, int64_t sampledVocabulary, uint64_t seed);

  /// Tells of a token of the sequence, for the repetition penalty.
  void accept(int32_t token);
  /// Forgets the tokens, not the random numbers that were drawn.
  void forgetTokens();

  /// Chooses the next token; changes `logits` (one row) where the repetition
  /// penalty applies. The caller accepts the token if it uses it.
  /// \returns Internal when a logit is not a number or none is finite.
  Expected<int32_t> choose(std::span<float> logits);

  /// What `choose` would draw from, likeliest first; one candidate if greedy.
  Expected<std::span<const Candidate>> candidates(std::span<float> logits);

private:
  Status select(std::span<float> logits);
  void penalize(std::span<float> logits) const;
  float topKThreshold(std::span<const float> logits);
  void selectTopK(std::span<const float> logits);
  void takeProbabilities(float largestLogit);
  void keepTopP();
  void keepMinP();

  SamplingRules rules;
  int64_t sampledVocabulary;
  CountedRandom random;
  std::vector<uint64_t> seen;      ///< a bit per token
  std::vector<int32_t> seenTokens; ///< each once
  std::vector<Candidate> kept;
  std::vector<float> largest; ///< heap of the top k logits
};

/// The index of the largest logit, the first of equals.
/// \returns Internal when a logit is not a number or none is finite.
Expected<int32_t> largestLogit(std::span<const float> logits);

/// The natural logarithm of the probability of `token`, over all of `logits`.
double logProbability(std::span<const float> logits, int32_t token);

} // namespace tenon::rt

#endif // TENON_RUNTIME_SAMPLER_H
