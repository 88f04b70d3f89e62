//===- RopeFrequencies.cpp - Rotary frequencies of every scaling ----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/RopeFrequencies.h"

#include <algorithm>
#include <cmath>

namespace tenon::hf {

/// theta^(-2k / dim), k = 0 to dim / 2 - 1.
static std::vector<float> baseFrequencies(float theta, int64_t dim) {
  std::vector<float> frequencies;
  for (int64_t k = 0; k < dim / 2; ++k)
    frequencies.push_back(1.0f /
                          std::pow(theta, static_cast<float>(2 * k) / static_cast<float>(dim)));
  return frequencies;
}

/// Long waves are divided by the factor, short ones kept, those between mixed.
static void scaleLlama3(const RopeConfig &rope, std::vector<float> &frequencies) {
  double original = rope.originalMaxPositions;
  double longest = original / rope.lowFreqFactor, shortest = original / rope.highFreqFactor;
  for (float &frequency : frequencies) {
    double wave = 2 * M_PI / frequency;
    if (wave < shortest)
      continue;
    if (wave > longest) {
      frequency = static_cast<float>(frequency / rope.factor);
      continue;
    }
    double smooth =
        (original / wave - rope.lowFreqFactor) / (rope.highFreqFactor - rope.lowFreqFactor);
    frequency = static_cast<float>((1 - smooth) * frequency / rope.factor + smooth * frequency);
  }
}

/// Components that turn often keep their frequency, those that turn seldom are
/// divided by the factor, with a ramp between (Peng et al., YaRN, 2023).
static void scaleYarn(const RopeConfig &rope, int64_t dim, std::vector<float> &frequencies) {
  auto component = [&](double turns) {
    return dim * std::log(rope.originalMaxPositions / (turns * 2 * M_PI)) /
           (2 * std::log(rope.theta));
  };
  double low = component(rope.betaFast), high = component(rope.betaSlow);
  if (rope.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, static_cast<double>(dim - 1));
  if (low == high)
    high += 0.001; // a ramp of no width would divide by zero
  for (size_t k = 0; k < frequencies.size(); ++k) {
    double ramp = std::clamp((k - low) / (high - low), 0.0, 1.0);
    frequencies[k] =
        static_cast<float>(ramp * frequencies[k] / rope.factor + (1 - ramp) * frequencies[k]);
  }
}

RopeFrequencies ropeFrequencies(const DecoderConfig &decoder) {
  const RopeConfig &rope = decoder.rope;
  int64_t dim = decoder.headDim;
  RopeFrequencies result{baseFrequencies(static_cast<float>(rope.theta), dim),
                         static_cast<float>(rope.attentionFactor)};
  switch (rope.kind) {
  case RopeKind::Default:
  // It changes the frequencies when a text outgrows max_position_embeddings,
  // which no context of ours does.
  case RopeKind::Dynamic:
    break;
  case RopeKind::Linear:
    for (float &frequency : result.frequencies)
      frequency = static_cast<float>(frequency / rope.factor);
    break;
  case RopeKind::Llama3:
    scaleLlama3(rope, result.frequencies);
    break;
  case RopeKind::Yarn:
    scaleYarn(rope, dim, result.frequencies);
    break;
  case RopeKind::LongRope: {
    const std::vector<double> &divisors =
        decoder.maxPositions > rope.originalMaxPositions ? rope.longFactor : rope.shortFactor;
    for (size_t k = 0; k < result.frequencies.size(); ++k)
      result.frequencies[k] = static_cast<float>(result.frequencies[k] / divisors[k]);
    break;
  }
  }
  return result;
}

} // namespace tenon::hf
