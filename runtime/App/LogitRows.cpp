//===- LogitRows.cpp - Logits of many rows, some at a time ----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LogitRows.h"

#include <algorithm>

namespace tenon::rt {

/// A quarter of what a run may use beside weights and state.
static constexpr int64_t logitBytesAtOnce = 16 << 20;

static Status useRows(Session &session, SequenceId sequence, SequenceRows rest,
                      const std::function<Status(int64_t, std::span<const float>)> &use,
                      int64_t maxRows) {
  int64_t rowBytes = session.vocabulary() * static_cast<int64_t>(sizeof(float));
  int64_t rowsAtOnce =
      std::clamp<int64_t>(logitBytesAtOnce / rowBytes, 1, std::min(maxRows, session.largestStep()));
  for (int64_t begin = 0; !rest.tokens.empty();) {
    size_t rows = std::min(rest.tokens.size(), static_cast<size_t>(rowsAtOnce));
    std::span<const int32_t> tokens = rest.tokens.first(rows);
    size_t given = std::ranges::count_if(tokens, [](int32_t token) { return token < 0; });
    size_t numbers = given * static_cast<size_t>(session.embeddingColumns());
    StepRequest request{sequence, tokens, /*wantedRows=*/std::ssize(tokens),
                        rest.embeddings.first(numbers)};
    if (Status status = session.step(request); !status)
      return status;
    for (size_t row = 0; row < rows; ++row)
      if (Status status = use(begin++, session.logits(row)); !status)
        return status;
    rest.tokens = rest.tokens.subspan(rows);
    rest.embeddings = rest.embeddings.subspan(numbers);
  }
  return Status::ok();
}

Status forEachLogitRow(Session &session, const SequenceRows &rows,
                       const std::function<Status(int64_t, std::span<const float>)> &use,
                       int64_t maxRows) {
  auto sequence = session.addSequence();
  if (!sequence)
    return sequence.status();
  Status status = useRows(session, *sequence, rows, use, maxRows);
  session.removeSequence(*sequence);
  return status;
}

} // namespace tenon::rt
