//===- QuotedText.cpp - Text from untrusted files, in messages ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/Diagnostics/QuotedText.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace tenon {

/// Longer than any tensor or key name in use, and still readable in a terminal.
static constexpr size_t maxQuotedBytes = 160;

std::string quoted(StringRef text) {
  return "'" + printable(text.take_front(maxQuotedBytes)) +
         (text.size() > maxQuotedBytes ? "...'" : "'");
}

std::string printable(StringRef text, StringRef kept) {
  std::string fixed = json::isUTF8(text) ? text.str() : json::fixUTF8(text);
  std::string result;
  for (size_t i = 0; i < fixed.size(); ++i) {
    auto byte = static_cast<unsigned char>(fixed[i]);
    auto next = static_cast<unsigned char>(fixed.c_str()[i + 1]);
    bool isLate = byte == 0xc2 && next < 0xa0; // U+0080 to U+009F, of two bytes
    if ((byte >= 0x20 && byte != 0x7f && !isLate) || kept.contains(fixed[i])) {
      result += fixed[i];
      continue;
    }
    byte = isLate ? next : byte;
    i += isLate;
    result += "\\x";
    result += hexdigit(byte >> 4, /*LowerCase=*/true);
    result += hexdigit(byte & 15, /*LowerCase=*/true);
  }
  return result;
}

std::string shapeText(ArrayRef<int64_t> shape) {
  std::string result;
  raw_string_ostream stream(result);
  stream << '[';
  interleaveComma(shape, stream);
  stream << ']';
  return result;
}

std::string didYouMean(StringRef name, ArrayRef<StringRef> candidates) {
  // A quarter of the letters may be wrong: `rope_thetta` is near, `foo` is not.
  unsigned best = std::max<size_t>(1, name.size() / 4) + 1;
  StringRef nearest;
  for (StringRef candidate : candidates) {
    unsigned distance = name.edit_distance_insensitive(candidate, /*AllowReplacements=*/true, best);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest.empty() ? "" : "; did you mean '" + nearest.str() + "'";
}

std::string listOf(ArrayRef<StringRef> candidates) {
  std::string result;
  for (auto [index, candidate] : enumerate(candidates)) {
    if (index)
      result += index + 1 == candidates.size() ? " or " : ", ";
    result += "'" + candidate.str() + "'";
  }
  return result;
}

} // namespace tenon
