//===- CharacterSet.cpp - Sets of Unicode characters ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CharacterSet.h"

#include <algorithm>
#include <cassert>

namespace tenon::tokenizer {

void CharacterSet::tidy() {
  std::sort(parts.begin(), parts.end(),
            [](const Range &a, const Range &b) { return a.first < b.first; });
  std::vector<Range> joined;
  for (const Range &range : parts) {
    if (!joined.empty() && range.first <= joined.back().last + 1)
      joined.back().last = std::max(joined.back().last, range.last);
    else
      joined.push_back(range);
  }
  parts = std::move(joined);
}

CharacterSet CharacterSet::fromRanges(std::vector<Range> ranges) {
  CharacterSet set;
  set.parts = std::move(ranges);
  set.tidy();
  return set;
}

void CharacterSet::add(uint32_t first, uint32_t last) {
  assert(first <= last && last <= lastCharacter && "not a range of characters");
  parts.push_back({first, last});
  tidy();
}

void CharacterSet::add(const CharacterSet &other) {
  parts.insert(parts.end(), other.parts.begin(), other.parts.end());
  tidy();
}

CharacterSet CharacterSet::complement() const {
  CharacterSet result;
  uint32_t next = 0;
  for (const Range &range : parts) {
    if (next < range.first)
      result.parts.push_back({next, range.first - 1});
    next = range.last + 1;
  }
  if (next <= lastCharacter)
    result.parts.push_back({next, lastCharacter});
  return result;
}

CharacterSet CharacterSet::intersection(const CharacterSet &other) const {
  CharacterSet outside = complement();
  outside.add(other.complement());
  return outside.complement();
}

bool CharacterSet::contains(uint32_t character) const {
  auto range = std::lower_bound(parts.begin(), parts.end(), character,
                                [](const Range &r, uint32_t c) { return r.last < c; });
  return range != parts.end() && range->first <= character;
}

} // namespace tenon::tokenizer
