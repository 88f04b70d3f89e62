//===- LogitRows.h - Logits of many rows, some at a time ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_APP_LOGITROWS_H
#define TENON_RUNTIME_APP_LOGITROWS_H

#include "runtime/Session.h"

#include <functional>
#include <limits>

namespace tenon::rt {

/// The rows of a sequence.
struct SequenceRows {
  SequenceRows(std::span<const int32_t> tokens) : tokens(tokens) {}

  std::span<const int32_t> tokens;   ///< negative: the next row of `embeddings`
  std::span<const float> embeddings; ///< [negative tokens, columns]
};

/// Computes `rows` as a fresh sequence of `session` and hands the logits of
/// every row to `use`, in order. Not more than some MiB of logits exist at
/// once, whatever the vocabulary, and a step has at most `maxRows` rows.
Status forEachLogitRow(Session &session, const SequenceRows &rows,
                       const std::function<Status(int64_t, std::span<const float>)> &use,
                       int64_t maxRows = std::numeric_limits<int64_t>::max());

} // namespace tenon::rt

#endif // TENON_RUNTIME_APP_LOGITROWS_H
