//===- FakeModel.h - A model whose answers can be foreseen ----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tokens are bytes and a few special ones. A step writes each token into the
// state of its position, by the page table, and makes the logits of a row from
// all tokens that the state of its sequence holds, read back by the page
// table: a wrong page, position, slot or sequence changes the answer.
//
//   conversation  the last user message in capitals, then the system message
//   ends in 0-9   the next digit, for ever
//   ends in a-y   the next letter; z ends the text
//   ends in ~     a ~, after 20 ms
//   else          the end of the text
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_RUNTIME_FAKEMODEL_H
#define TENON_TEST_RUNTIME_FAKEMODEL_H

#include "runtime/ModelInfo.h"
#include "runtime/StepAbi.h"

#include <span>
#include <string>

namespace tenon::test {

enum FakeToken : int32_t {
  Bos = 256,
  TurnStart = 257,
  TurnEnd = 258,
  NotANumber = 310, ///< makes logits that are no numbers; never sampled
};

inline constexpr int64_t fakeVocabulary = 320;
inline constexpr int64_t fakeSampledVocabulary = 300; ///< larger ids have the largest logits
inline constexpr int64_t fakePagePositions = 4;
inline constexpr int64_t fakeEmbeddingColumns = 3; ///< the first and the last add up to a token
inline constexpr int64_t fakeContext = 200;

/// The numbers of the model; with a slot if `slots`.
tenon::rt::ModelInfo fakeModelInfo(bool slots);

/// The token that follows `history`.
int32_t fakeNextToken(std::span<const int32_t> history);

/// The logits of a row behind `history`: [fakeVocabulary].
void fakeLogits(std::span<const int32_t> history, std::span<float> logits);

} // namespace tenon::test

#endif // TENON_TEST_RUNTIME_FAKEMODEL_H
