//===- UnicodeNormalizer.cpp - Normalization forms and lower case ---------===//
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
// segment whose characters all lie below U+0300 is in NFC already; in the other
// forms only ASCII is known to stay.
//
//===----------------------------------------------------------------------===//

#include "UnicodeNormalizer.h"
#include "runtime/Utf8.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <utf8proc.h>
#include <vector>

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

/// Characters after Unicode 9 that are compatible with others.
static constexpr CharacterRange leftAloneIfCompatible[] = {
    {0x32ff, 0x32ff},   {0xa7f2, 0xa7f4},   {0xab69, 0xab69},   {0x10781, 0x107ba},
    {0x1e030, 0x1e06d}, {0x1f16c, 0x1f16c}, {0x1fbf0, 0x1fbf9},
};

static bool isOneOf(std::span<const CharacterRange> ranges, uint32_t character) {
  auto range = std::lower_bound(ranges.begin(), ranges.end(), character,
                                [](const CharacterRange &r, uint32_t c) { return r.last < c; });
  return range != ranges.end() && character >= range->first;
}

static bool isLeftAlone(uint32_t character, UnicodeForm form) {
  return isOneOf(leftAlone, character) ||
         (form.compatible && isOneOf(leftAloneIfCompatible, character));
}

static bool isAscii(char byte) { return uint8_t(byte) < 0x80; }

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

namespace {
/// Brings one text into a form, segment by segment.
class Normalization {
public:
  Normalization(UnicodeForm form, NormalizedText &out) : form(form), out(out) {}

  void run(std::string_view text);
  /// Whether the form cannot change `text`: it is ASCII, or for NFC below the
  /// first combining mark, U+0300 (whose UTF-8 begins with 0xcc).
  bool isPlain(std::string_view text) const {
    uint8_t end = form.composed && !form.compatible ? 0xcc : 0x80;
    return std::all_of(text.begin(), text.end(), [end](char c) { return uint8_t(c) < end; });
  }

private:
  void addSegment(std::string_view segment);
  void flush();

  UnicodeForm form;
  NormalizedText &out;
  std::vector<utf8proc_int32_t> characters; ///< decomposed, not in order yet
  std::string normal;                       ///< of the segment at hand
};
} // namespace

/// Appends what `characters` are in the form, and empties it.
void Normalization::flush() {
  orderMarks(characters);
  utf8proc_ssize_t count = utf8proc_ssize_t(characters.size());
  if (form.composed)
    count = utf8proc_normalize_utf32(characters.data(), count,
                                     utf8proc_option_t(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  for (utf8proc_ssize_t i = 0; i < count; ++i)
    appendCharacter(normal, uint32_t(characters[size_t(i)]));
  characters.clear();
}

void Normalization::addSegment(std::string_view segment) {
  int options = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | (form.compatible ? UTF8PROC_COMPAT : 0);
  normal.clear();
  for (size_t at = 0; at < segment.size();) {
    uint32_t character = nextCharacter(segment, at);
    if (isLeftAlone(character, form)) {
      flush();
      appendCharacter(normal, character);
      continue;
    }
    utf8proc_int32_t parts[20]; // U+FDFA has 18 compatible ones
    int boundary = 0;
    utf8proc_ssize_t count =
        utf8proc_decompose_char(utf8proc_int32_t(character), parts, std::size(parts),
                                utf8proc_option_t(options), &boundary);
    characters.insert(characters.end(), parts, parts + std::max<utf8proc_ssize_t>(count, 0));
  }
  flush();
  if (normal == segment)
    out.keep(segment);
  else
    out.change(segment.size(), normal);
}

void Normalization::run(std::string_view text) {
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin;
    while (end < text.size() && isAscii(text[end]))
      ++end;
    // The last ASCII character may carry marks: it begins the next segment.
    if (end > begin && end < text.size())
      --end;
    out.keep(text.substr(begin, end - begin));
    begin = end;
    if (begin == text.size())
      break;
    for (++end; end < text.size() && !isAscii(text[end]);)
      ++end;
    std::string_view segment = text.substr(begin, end - begin);
    if (isPlain(segment))
      out.keep(segment);
    else
      addSegment(segment);
    begin = end;
  }
}

bool normalizeUnicode(UnicodeForm form, std::string_view text, NormalizedText &out) {
  Normalization normalization(form, out);
  if (normalization.isPlain(text))
    return false;
  normalization.run(text);
  return out.isChanged();
}

//===----------------------------------------------------------------------===//
// Lower case
//===----------------------------------------------------------------------===//

namespace {
struct CaseRange {
  uint32_t first, last;
  uint32_t firstLower; ///< what `first` becomes; the others follow
};
} // namespace

/// Capital letters that Unicode gained after version 15, which is utf8proc's.
static constexpr CaseRange newCapitals[] = {
    {0x1c89, 0x1c89, 0x1c8a},    {0xa7cb, 0xa7cb, 0x264},  {0xa7cc, 0xa7cc, 0xa7cd},
    {0xa7ce, 0xa7ce, 0xa7cf},    {0xa7d2, 0xa7d2, 0xa7d3}, {0xa7d4, 0xa7d4, 0xa7d5},
    {0xa7da, 0xa7da, 0xa7db},    {0xa7dc, 0xa7dc, 0x19b},  {0x10d50, 0x10d65, 0x10d70},
    {0x16ea0, 0x16eb8, 0x16ebb},
};

static void appendLowerCase(std::string &out, uint32_t character) {
  if (character < 0x80) {
    out += char(character >= 'A' && character <= 'Z' ? character + ('a' - 'A') : character);
    return;
  }
  if (character == 0x130) { // I with a dot: the only one that becomes two
    out += "i\u0307";
    return;
  }
  for (const CaseRange &range : newCapitals)
    if (character >= range.first && character <= range.last)
      return appendCharacter(out, range.firstLower + (character - range.first));
  appendCharacter(out, uint32_t(utf8proc_tolower(utf8proc_int32_t(character))));
}

bool toLowerCase(std::string_view text, NormalizedText &out) {
  std::string lower;
  for (size_t at = 0; at < text.size();) {
    size_t begin = at;
    uint32_t character = nextCharacter(text, at);
    lower.clear();
    appendLowerCase(lower, character);
    std::string_view source = text.substr(begin, at - begin);
    if (lower == source)
      out.keep(source);
    else
      out.change(source.size(), lower);
  }
  return out.isChanged();
}

} // namespace tenon::rt
