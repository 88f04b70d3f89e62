//===- NormalizedText.cpp - A changed text and where it came from ---------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NormalizedText.h"

#include <algorithm>

namespace tenon::rt {

void NormalizedText::keep(std::string_view stretch) {
  result += stretch;
  source += stretch.size();
}

void NormalizedText::change(size_t sourceBytes, std::string_view by) {
  size_t begin = result.size();
  result += by;
  changes.push_back({source, source + sourceBytes, begin, result.size()});
  source += sourceBytes;
}

void NormalizedText::clear() {
  result.clear();
  changes.clear();
  source = 0;
}

size_t NormalizedText::sourcePosition(size_t at, bool isEnd) const {
  // The last change that begins before `at`. A change of no bytes at `at` lies
  // behind a stretch that ends there, and before one that begins there.
  auto next = std::partition_point(changes.begin(), changes.end(), [&](const Change &c) {
    return isEnd ? c.begin < at : c.begin <= at;
  });
  if (next == changes.begin())
    return at;
  const Change &change = *std::prev(next);
  if (at >= change.end)
    return change.sourceEnd + (at - change.end);
  return isEnd ? change.sourceEnd : change.sourceBegin;
}

} // namespace tenon::rt
