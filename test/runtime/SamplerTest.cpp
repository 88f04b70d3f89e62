//===- SamplerTest.cpp - Sampling against transformers --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// sampler-goldens.txt is made by tools/make_sampler_goldens.py with the
// classes of Hugging Face transformers.
//
//===----------------------------------------------------------------------===//

#include "runtime/Sampler.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

using namespace tenon::rt;

namespace {

struct GoldenCase {
  std::string name;
  SamplingRules rules;
  std::vector<int32_t> seen;
  std::vector<float> logits;
  std::vector<Candidate> kept;
};

std::vector<GoldenCase> goldenCases() {
  std::vector<GoldenCase> cases;
  std::ifstream file(TENON_SAMPLER_GOLDENS);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word == "case")
      words >> cases.emplace_back().name;
    GoldenCase &last = cases.back();
    SamplingRules &rules = last.rules;
    if (word == "rules")
      words >> rules.repetitionPenalty >> rules.greedy >> rules.temperature >> rules.topK >>
          rules.topP >> rules.minP;
    else if (word == "seen")
      for (int32_t id; words >> id;)
        last.seen.push_back(id);
    else if (word == "logits")
      while (words >> word)
        last.logits.push_back(std::strtof(word.c_str(), nullptr));
    else if (word == "kept")
      for (Candidate candidate; words >> candidate.token;) {
        words.ignore(); // the colon
        words >> candidate.probability;
        last.kept.push_back(candidate);
      }
  }
  return cases;
}

} // namespace

TEST(Sampler, KeepsWhatTransformersKeeps) {
  std::vector<GoldenCase> cases = goldenCases();
  ASSERT_EQ(cases.size(), 21u);
  for (GoldenCase &golden : cases) {
    SCOPED_TRACE(golden.name);
    Sampler sampler(golden.rules, std::ssize(golden.logits), /*seed=*/0);
    for (int32_t token : golden.seen)
      sampler.accept(token);
    auto kept = sampler.candidates(golden.logits);
    ASSERT_TRUE(kept);
    ASSERT_EQ(kept->size(), golden.kept.size());
    for (size_t i = 0; i < kept->size(); ++i) {
      EXPECT_EQ((*kept)[i].token, golden.kept[i].token);
      // Both round to f32 on the way, in another order.
      EXPECT_NEAR((*kept)[i].probability, golden.kept[i].probability, 2e-6);
    }
  }
}

TEST(Sampler, DrawsInProportion) {
  std::vector<float> logits = {std::log(1.f), std::log(2.f), std::log(5.f), -INFINITY};
  SamplingRules rules;
  rules.greedy = false;
  Sampler sampler(rules, 4, /*seed=*/1);
  std::map<int32_t, int> drawn;
  constexpr int draws = 20000;
  for (int i = 0; i < draws; ++i)
    ++drawn[*sampler.choose(logits)];
  // Five standard deviations of the rarest are 0.012.
  EXPECT_NEAR(drawn[0] / double(draws), 0.125, 0.02);
  EXPECT_NEAR(drawn[1] / double(draws), 0.25, 0.02);
  EXPECT_NEAR(drawn[2] / double(draws), 0.625, 0.02);
  EXPECT_EQ(drawn.count(3), 0u);
}

TEST(Sampler, SeedDecides) {
  std::vector<float> logits(100);
  SamplingRules rules;
  rules.greedy = false;
  auto draw = [&](uint64_t seed) {
    Sampler sampler(rules, 100, seed);
    std::vector<int32_t> tokens;
    for (int i = 0; i < 20; ++i)
      tokens.push_back(*sampler.choose(logits));
    return tokens;
  };
  EXPECT_EQ(draw(7), draw(7));
  EXPECT_NE(draw(7), draw(8));
}

TEST(Sampler, LargerIdsAreNeverChosen) {
  std::vector<float> logits = {0, 1, 2, 100, NAN};
  SamplingRules rules;
  EXPECT_EQ(*Sampler(rules, 3, 0).choose(logits), 2);
  rules.greedy = false;
  rules.temperature = 100;
  Sampler sampler(rules, 3, 0);
  for (int i = 0; i < 200; ++i)
    EXPECT_LT(*sampler.choose(logits), 3);
}

TEST(Sampler, TemperatureZeroAndTopOneAreGreedy) {
  std::vector<float> logits = {0, 2, 1.99f};
  SamplingRules rules;
  rules.greedy = false;
  rules.temperature = 0;
  EXPECT_EQ(Sampler(rules, 3, 0).candidates(logits)->size(), 1u);
  rules.temperature = 1;
  rules.topK = 1;
  EXPECT_EQ(*Sampler(rules, 3, 0).choose(logits), 1);
}

TEST(Sampler, SmallestTemperaturesLeaveTheLikeliest) {
  float logits[] = {1, 3, 2, 3, -INFINITY};
  SamplingRules rules;
  rules.greedy = false;
  for (double temperature : {1e-300, 1e-310, std::numeric_limits<double>::denorm_min()}) {
    rules.temperature = temperature;
    Sampler sampler(rules, 5, /*seed=*/1);
    auto candidates = sampler.candidates(logits);
    ASSERT_TRUE(candidates);
    ASSERT_EQ(candidates->size(), 5u);
    EXPECT_EQ((*candidates)[0].token, 1);
    EXPECT_EQ((*candidates)[0].probability, 0.5f);
    EXPECT_EQ((*candidates)[1].token, 3);
    EXPECT_EQ((*candidates)[1].probability, 0.5f);
    EXPECT_EQ((*candidates)[2].probability, 0);
  }
}

TEST(Sampler, FirstOfEqualLogitsIsGreedy) {
  std::vector<float> logits = {1, 3, 3, 3};
  EXPECT_EQ(*largestLogit(logits), 1);
}

TEST(Sampler, LogitsThatAreNoNumbersAreErrors) {
  for (SamplingRules rules; bool greedy : {true, false}) {
    rules.greedy = greedy;
    std::vector<float> logits = {1, NAN, 2};
    auto token = Sampler(rules, 3, 0).choose(logits);
    ASSERT_FALSE(token);
    EXPECT_EQ(token.status().code(), StatusCode::Internal);
    EXPECT_EQ(token.status().message(),
              "a logit is not a number; run 'verify', and report this if it passes");
    logits = {1, INFINITY};
    EXPECT_EQ(Sampler(rules, 2, 0).choose(logits).status().message(),
              "the largest logit is infinity; run 'verify', and report this if it passes");
    logits = {-INFINITY, -INFINITY};
    EXPECT_EQ(Sampler(rules, 2, 0).choose(logits).status().message(),
              "the largest logit is minus infinity; run 'verify', and report this if it passes");
  }
}

TEST(Sampler, PenaltyForgetsWithTheTokens) {
  SamplingRules rules;
  rules.repetitionPenalty = 10;
  Sampler sampler(rules, 2, 0);
  sampler.accept(1);
  sampler.accept(1);
  std::vector<float> logits = {1, 2};
  EXPECT_EQ(*sampler.choose(logits), 0);
  sampler.forgetTokens();
  logits = {1, 2};
  EXPECT_EQ(*sampler.choose(logits), 1);
}

TEST(Sampler, LogProbabilityIsThatOfTheSoftmax) {
  std::vector<float> logits = {std::log(1.f), std::log(3.f), -1000, std::log(4.f)};
  EXPECT_NEAR(logProbability(logits, 1), std::log(3.0 / 8), 1e-6);
  logits = {1000, 1000};
  EXPECT_NEAR(logProbability(logits, 0), std::log(0.5), 1e-9);
}

TEST(CountedRandom, IsFixedForAllTime) {
  CountedRandom random(0);
  std::vector<uint64_t> first = {random.next(), random.next()};
  EXPECT_EQ(first, (std::vector<uint64_t>{0x18a33082d6b0d44fu, 0x675d3d57f92e2d0cu}));
  double sum = 0;
  for (int i = 0; i < 10000; ++i) {
    double unit = random.nextUnit();
    EXPECT_GE(unit, 0);
    EXPECT_LT(unit, 1);
    sum += unit;
  }
  EXPECT_NEAR(sum / 10000, 0.5, 0.02);
}
