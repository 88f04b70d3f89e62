//===- Golden.h - Logits that the file must reproduce ---------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_GOLDEN_H
#define TENON_RUNTIME_GOLDEN_H

#include <cstdint>

namespace tenon::rt {

/// How far logits may be from those that are stored.
struct GoldenTolerance {
  double largest; ///< the largest difference, over the largest logit
  double rms;     ///< the root mean square of differences, over that of logits
};

/// The start of the payload's `Golden` section; `verify` computes the tokens,
/// as one sequence, and compares the logits of some of them. Little-endian, no
/// padding.
struct GoldenHeader {
  int64_t tokens;          ///< how many
  int64_t rows;            ///< how many of them have logits here
  int64_t vocabulary;      ///< columns, as ModelInfo::vocabulary
  GoldenTolerance exact;   ///< of steps that multiply rows as they are
  GoldenTolerance rounded; ///< of steps that round them before (ProgramVariant::roundsRows)
  // followed by int32_t[tokens], int32_t[rows] (numbers of tokens, ascending),
  // zero bytes up to a multiple of 8, and float[rows, vocabulary]
};

static_assert(sizeof(GoldenHeader) == 56);

} // namespace tenon::rt

#endif // TENON_RUNTIME_GOLDEN_H
