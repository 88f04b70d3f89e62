//===- NearestName.cpp - The name a user may have meant -------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Optimal string alignment distance, by rows of the usual table.
//
//===----------------------------------------------------------------------===//

#include "NearestName.h"

#include <algorithm>

namespace tenon::rt {

int editDistance(std::string_view from, std::string_view to) {
  std::vector<int> beforeLast, last(to.size() + 1), row(to.size() + 1);
  for (size_t j = 0; j <= to.size(); ++j)
    last[j] = static_cast<int>(j);
  for (size_t i = 1; i <= from.size(); ++i) {
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= to.size(); ++j) {
      int replaced = last[j - 1] + (from[i - 1] != to[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
        row[j] = std::min(row[j], beforeLast[j - 2] + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[to.size()];
}

std::string_view nearestName(std::string_view written, std::span<const std::string_view> names) {
  std::string_view nearest;
  int best = 0;
  for (std::string_view name : names) {
    int distance = editDistance(written, name);
    if (nearest.empty() || distance < best) {
      nearest = name;
      best = distance;
    }
  }
  int letters = static_cast<int>(std::max(written.size(), nearest.size()));
  return best * 3 <= letters ? nearest : std::string_view();
}

std::string didYouMean(std::string_view written, std::span<const std::string_view> names) {
  std::string_view nearest = nearestName(written, names);
  if (nearest.empty())
    return {};
  return "; did you mean '" + std::string(nearest) + "'";
}

} // namespace tenon::rt
