//===- Golden.h - Logits that the file must reproduce -------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_GOLDEN_H
#define TENON_RUNTIME_GOLDEN_H

#include <cstdint>

namespace tenon::rt {

/// The start of the payload's `Golden` section; `verify` computes the tokens
/// and compares the logits of all of them. Little-endian, no padding.
struct GoldenHeader {
  int64_t tokens;     ///< how many
  int64_t vocabulary; ///< columns, as ModelInfo::vocabulary
  double tolerance;   ///< largest difference allowed, over the largest logit
  // followed by int32_t[tokens], zero bytes up to a multiple of 8, and
  // float[tokens, vocabulary]
};

static_assert(sizeof(GoldenHeader) == 24);

} // namespace tenon::rt

#endif // TENON_RUNTIME_GOLDEN_H
