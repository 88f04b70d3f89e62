//===- UnicodeNormalizer.cpp - Canonical composition of text --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// utf8proc knows decompositions, combining classes and compositions; its own
// loop sorts combining marks by exchanging neighbours, which is quadratic for
// a long run of them. So the marks are sorted here, and utf8proc composes.
//
// An ASCII character never joins what stands before it. Text is therefore
// worked on in segments: an ASCII character and the others that follow it. A
// segment whose characters all lie below U+0300 is composed already.
//
//===----------------------------------------------------------------------===//

#include "UnicodeNormalizer.h"
#include "runtime/Utf8.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utf8proc.h>

namespace tenon::rt {

namespace {
struct CharacterRange {
  uint32_t first, last;
};
} // namespace

/// Combining marks, and parts of compositions, that Unicode gained after
/// version 9, and U+11A7, which utf8proc takes for a Hangul final consonant.
/// test/importers/Tokenizer compares it with Hugging Face tokenizers.
static constexpr CharacterRange leftAlone[] = {
    {0x7fd, 0x7fd},     {0x897, 0x8d3},     {0x9fe, 0x9fe},     {0xc3c, 0xc3c},
    {0xd3b, 0xd3c},     {0xeba, 0xeba},     {0x11a7, 0x11a7},   {0x1715, 0x1715},
    {0x1abf, 0x1aff},   {0x1df6, 0x1dfa},   {0xa82c, 0xa82c},   {0x105c0, 0x105ff},
    {0x10d24, 0x10d8f}, {0x10eab, 0x10eac}, {0x10efa, 0x10eff}, {0x10f46, 0x10f50},
    {0x10f82, 0x10f85}, {0x11070, 0x11070}, {0x1133b, 0x1133b}, {0x11380, 0x113ff},
    {0x1145e, 0x1145e}, {0x11839, 0x1183a}, {0x11930, 0x11930}, {0x11935, 0x11935},
    {0x11938, 0x11943}, {0x119e0, 0x119e0}, {0x11a34, 0x11a34}, {0x11a47, 0x11a47},
    {0x11a99, 0x11a99}, {0x11d42, 0x11d45}, {0x11d97, 0x11d97}, {0x11f41, 0x11f42},
    {0x16100, 0x1613f}, {0x16d40, 0x16d7f}, {0x16ff0, 0x16ff1}, {0x1e08f, 0x1e08f},
    {0x1e130, 0x1e136}, {0x1e2ae, 0x1e2ae}, {0x1e2ec, 0x1e2ef}, {0x1e4ec, 0x1e4ef},
    {0x1e5ee, 0x1e5ef},
};

static bool isLeftAlone(uint32_t character) {
  const CharacterRange *range =
      std::lower_bound(std::begin(leftAlone), std::end(leftAlone), character,
                       [](const CharacterRange &r, uint32_t c) { return r.last < c; });
  return range != std::end(leftAlone) && character >= range->first;
}

static bool isAscii(char byte) { return uint8_t(byte) < 0x80; }

size_t NormalizedText::sourcePosition(size_t at, bool roundUp) const {
  auto change = std::upper_bound(changes.begin(), changes.end(), at,
                                 [](size_t p, const ChangedStretch &c) { return p < c.begin; });
  if (change == changes.begin())
    return at;
  --change;
  if (at >= change->end)
    return change->sourceEnd + (at - change->end);
  if (at == change->begin)
    return change->sourceBegin;
  return roundUp ? change->sourceEnd : change->sourceBegin;
}

static uint64_t combiningClass(utf8proc_int32_t character) {
  return uint64_t(utf8proc_get_property(character)->combining_class);
}

/// Sorts the marks in `[begin, end)` by combining class; marks of one class
/// keep their order.
static void orderRun(std::vector<utf8proc_int32_t> &characters, size_t begin, size_t end) {
  std::vector<uint64_t> keys; // class, then place, then character
  for (size_t i = begin; i < end; ++i)
    keys.push_back((combiningClass(characters[i]) << 56) | ((i - begin) << 24) |
                   uint64_t(characters[i]));
  std::sort(keys.begin(), keys.end());
  for (size_t i = begin; i < end; ++i)
    characters[i] = utf8proc_int32_t(keys[i - begin] & 0xffffff);
}

/// Sorts every run of combining marks.
static void orderMarks(std::vector<utf8proc_int32_t> &characters) {
  for (size_t at = 0; at < characters.size();) {
    size_t end = at;
    while (end < characters.size() && combiningClass(characters[end]) != 0)
      ++end;
    if (end - at > 1)
      orderRun(characters, at, end);
    at = end + 1;
  }
}

/// Appends the composition of `characters`, decomposed ones, and empties it.
static void flush(std::vector<utf8proc_int32_t> &characters, std::string &out) {
  orderMarks(characters);
  utf8proc_ssize_t count =
      utf8proc_normalize_utf32(characters.data(), utf8proc_ssize_t(characters.size()),
                               utf8proc_option_t(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  for (utf8proc_ssize_t i = 0; i < count; ++i)
    appendCharacter(out, uint32_t(characters[size_t(i)]));
  characters.clear();
}

/// Appends the composition of one segment.
static void composeSegment(std::string_view segment, std::vector<utf8proc_int32_t> &characters,
                           std::string &out) {
  for (size_t at = 0; at < segment.size();) {
    uint32_t character = nextCharacter(segment, at);
    if (isLeftAlone(character)) {
      flush(characters, out);
      appendCharacter(out, character);
      continue;
    }
    utf8proc_int32_t parts[8]; // no character has more than four
    int boundary = 0;
    utf8proc_ssize_t count =
        utf8proc_decompose_char(utf8proc_int32_t(character), parts, std::size(parts),
                                utf8proc_option_t(UTF8PROC_STABLE | UTF8PROC_COMPOSE), &boundary);
    characters.insert(characters.end(), parts, parts + std::max<utf8proc_ssize_t>(count, 0));
  }
  flush(characters, out);
}

/// Whether composition cannot change `segment`: every character is below the
/// first combining mark, U+0300 (whose UTF-8 begins with 0xcc).
static bool isPlain(std::string_view segment) {
  return std::all_of(segment.begin(), segment.end(), [](char c) { return uint8_t(c) < 0xcc; });
}

bool composeCanonically(std::string_view text, NormalizedText &out) {
  if (isPlain(text))
    return false;
  out.text.reserve(text.size());
  std::vector<utf8proc_int32_t> characters;
  std::string composed;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin;
    while (end < text.size() && isAscii(text[end]))
      ++end;
    // The last ASCII character may carry marks: it begins the next segment.
    if (end > begin && end < text.size())
      --end;
    out.text.append(text.substr(begin, end - begin));
    begin = end;
    if (begin == text.size())
      break;
    for (++end; end < text.size() && !isAscii(text[end]);)
      ++end;
    std::string_view segment = text.substr(begin, end - begin);
    composed.clear();
    if (!isPlain(segment))
      composeSegment(segment, characters, composed);
    if (isPlain(segment) || composed == segment) {
      out.text.append(segment);
    } else {
      size_t at = out.text.size();
      out.text += composed;
      out.changes.push_back({begin, end, at, out.text.size()});
    }
    begin = end;
  }
  if (!out.changes.empty())
    return true;
  out.text.clear();
  return false;
}

} // namespace tenon::rt
