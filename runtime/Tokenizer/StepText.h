//===- StepText.h - The texts that steps of a tokenizer name --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZER_STEPTEXT_H
#define TENON_RUNTIME_TOKENIZER_STEPTEXT_H

#include "TokenizerFormat.h"
#include "runtime/Utf8.h"

#include <algorithm>
#include <span>
#include <string_view>

namespace tenon::rt {

/// The array stepText of the tables.
struct StepText {
  std::span<const char> bytes;

  std::string_view at(TextRange range) const { return {bytes.data() + range.offset, range.bytes}; }

  /// Whether `range` lies inside, is short enough and UTF-8.
  bool isSound(TextRange range) const {
    return range.offset <= bytes.size() && range.bytes <= bytes.size() - range.offset &&
           range.bytes <= mostStepTextBytes && isValidUtf8(at(range));
  }
};

/// Follows how much longer the Replace steps of a list can make a text.
class ReplaceGrowth {
public:
  /// Counts a step. \returns whether all of them stay below the limit.
  bool add(size_t textBytes, size_t contentBytes) {
    if (textBytes == 0)
      return false;
    growth *= std::max<uint64_t>(1, (contentBytes + textBytes - 1) / textBytes);
    return growth <= mostReplaceGrowth;
  }

private:
  uint64_t growth = 1;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_TOKENIZER_STEPTEXT_H
