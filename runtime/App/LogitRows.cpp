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

static Status useRows(Session &session, SequenceId sequence, std::span<const int32_t> tokens,
                      const std::function<Status(int64_t, std::span<const float>)> &use,
                      int64_t maxRows) {
  int64_t rowBytes = session.vocabulary() * static_cast<int64_t>(sizeof(float));
  int64_t rowsAtOnce =
      std::clamp<int64_t>(logitBytesAtOnce / rowBytes, 1, std::min(maxRows, session.largestStep()));
  for (int64_t begin = 0; begin < std::ssize(tokens); begin += rowsAtOnce) {
    int64_t rows = std::min(rowsAtOnce, std::ssize(tokens) - begin);
    StepRequest request{sequence, tokens.subspan(begin, rows), /*wantedRows=*/rows};
    if (Status status = session.step(request); !status)
      return status;
    for (int64_t row = 0; row < rows; ++row)
      if (Status status = use(begin + row, session.logits(row)); !status)
        return status;
  }
  return Status::ok();
}

Status forEachLogitRow(Session &session, std::span<const int32_t> tokens,
                       const std::function<Status(int64_t, std::span<const float>)> &use,
                       int64_t maxRows) {
  auto sequence = session.addSequence();
  if (!sequence)
    return sequence.status();
  Status status = useRows(session, *sequence, tokens, use, maxRows);
  session.removeSequence(*sequence);
  return status;
}

} // namespace tenon::rt
