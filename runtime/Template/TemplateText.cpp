//===- TemplateText.cpp - Text that knows where it came from --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TemplateText.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <utf8proc.h>

using namespace tenon::rt;
using namespace tenon::rt::templates;

//===----------------------------------------------------------------------===//
// Tags
//===----------------------------------------------------------------------===//

void Text::mark(size_t end, bool trusted) {
  if (!runs.empty() && runs.back().trusted == trusted)
    runs.back().end = end;
  else
    runs.push_back({end, trusted});
}

void Text::append(std::string_view more, bool trusted) {
  if (more.empty())
    return;
  bytes.append(more);
  mark(bytes.size(), trusted);
}

/// The first run of `runs` that ends behind `offset`.
static std::vector<Text::Run>::const_iterator runAt(const std::vector<Text::Run> &runs,
                                                    size_t offset) {
  return std::upper_bound(runs.begin(), runs.end(), offset,
                          [](size_t at, const Text::Run &run) { return at < run.end; });
}

bool Text::trustedAt(size_t offset) const {
  auto run = runAt(runs, offset);
  return run == runs.end() || run->trusted;
}

bool Text::allTrusted() const {
  return std::all_of(runs.begin(), runs.end(), [](const Run &run) { return run.trusted; });
}

void Text::append(const Text &more, size_t begin, size_t end) {
  end = std::min(end, more.sizeBytes());
  assert(&more != this && "a text cannot be appended to itself");
  for (auto run = runAt(more.runs, begin); begin < end; ++run) {
    size_t stop = std::min(run->end, end);
    append(more.view().substr(begin, stop - begin), run->trusted);
    begin = stop;
  }
}

Text Text::slice(size_t begin, size_t end) const {
  Text result;
  result.append(*this, begin, end);
  return result;
}

//===----------------------------------------------------------------------===//
// UTF-8
//===----------------------------------------------------------------------===//

size_t templates::characterBytes(char lead) {
  auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
}

size_t templates::countCharacters(std::string_view text) {
  return text.size() - std::count_if(text.begin(), text.end(), isUtf8Continuation);
}

size_t templates::characterOffset(std::string_view text, size_t index) {
  size_t offset = 0;
  for (; index > 0 && offset < text.size(); --index)
    offset += characterBytes(text[offset]);
  return std::min(offset, text.size());
}

void templates::appendUtf8(std::string &out, uint32_t character) {
  bool isScalar = character <= 0x10FFFF && (character < 0xD800 || character > 0xDFFF);
  appendCharacter(out, isScalar ? character : 0xFFFD);
}

//===----------------------------------------------------------------------===//
// Kinds of character
//===----------------------------------------------------------------------===//

bool templates::isSpace(uint32_t c) {
  return (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

static utf8proc_category_t categoryOf(uint32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}

bool templates::isPrintable(uint32_t c) {
  utf8proc_category_t category = categoryOf(c);
  bool separates = category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP;
  bool controls = category >= UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CN;
  return c == ' ' || (!separates && !controls);
}

bool templates::isLower(uint32_t c) { return categoryOf(c) == UTF8PROC_CATEGORY_LL; }
bool templates::isUpper(uint32_t c) { return categoryOf(c) == UTF8PROC_CATEGORY_LU; }

bool templates::isAlphabetic(uint32_t c) {
  utf8proc_category_t category = categoryOf(c);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

bool templates::isInWord(uint32_t c) {
  utf8proc_category_t category = categoryOf(c);
  return isAlphabetic(c) || c == '_' ||
         (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

bool templates::isDigit(uint32_t c) { return categoryOf(c) == UTF8PROC_CATEGORY_ND; }

/// The one letter in use whose capital is two, and the one whose small letter is.
static constexpr uint32_t sharpS = 0xDF, dottedI = 0x130;
/// The letter whose small one depends on where it stands.
static constexpr uint32_t capitalSigma = 0x3A3, finalSigma = 0x3C2;

static uint32_t inCase(uint32_t c, utf8proc_int32_t (*map)(utf8proc_int32_t)) {
  return static_cast<uint32_t>(map(static_cast<utf8proc_int32_t>(c)));
}

//===----------------------------------------------------------------------===//
// Case
//===----------------------------------------------------------------------===//

namespace {
enum class Case { Upper, Lower, Title };
} // namespace

/// Start of the character that ends before `end`.
static size_t previousCharacter(std::string_view text, size_t end) {
  do
    --end;
  while (end > 0 && isUtf8Continuation(text[end]));
  return end;
}

/// A letter that has a case.
static bool isCased(uint32_t c) {
  utf8proc_category_t category = categoryOf(c);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LT;
}

/// What stands inside of words without being a letter of them, as Unicode's
/// Case_Ignorable: marks, modifiers, formats, and some punctuation.
static bool isCaseIgnorable(uint32_t c) {
  static constexpr uint32_t punctuation[] = {0x27,   0x2E,   0x3A,   0xB7,   0x387,  0x55F,
                                             0x5F4,  0x2018, 0x2019, 0x2024, 0x2027, 0xFE13,
                                             0xFE52, 0xFE55, 0xFF07, 0xFF0E, 0xFF1A};
  utf8proc_category_t category = categoryOf(c);
  return category == UTF8PROC_CATEGORY_LM || category == UTF8PROC_CATEGORY_MN ||
         category == UTF8PROC_CATEGORY_ME || category == UTF8PROC_CATEGORY_CF ||
         category == UTF8PROC_CATEGORY_SK || std::ranges::count(punctuation, c) != 0;
}

/// Whether the capital sigma in [begin, end) ends a word, where its lower case
/// is another letter.
static bool isFinalSigma(std::string_view text, size_t begin, size_t end) {
  uint32_t neighbour = ' ';
  for (size_t at = end; at < text.size();)
    if (neighbour = nextCharacter(text, at); !isCaseIgnorable(neighbour))
      break;
  if (isCased(neighbour) && !isCaseIgnorable(neighbour))
    return false;
  neighbour = ' ';
  while (begin > 0) {
    begin = previousCharacter(text, begin);
    size_t at = begin;
    if (neighbour = nextCharacter(text, at); !isCaseIgnorable(neighbour))
      break;
  }
  return isCased(neighbour) && !isCaseIgnorable(neighbour);
}

/// Appends `c` in the wanted case.
static void appendInCase(Text &out, uint32_t c, Case wanted, bool trusted) {
  std::string bytes;
  if (c == sharpS && wanted != Case::Lower)
    bytes = wanted == Case::Upper ? "SS" : "Ss";
  else if (c == dottedI && wanted == Case::Lower)
    bytes = "i\u0307";
  else
    appendUtf8(bytes, inCase(c, wanted == Case::Lower   ? utf8proc_tolower
                                : wanted == Case::Upper ? utf8proc_toupper
                                                        : utf8proc_totitle));
  out.append(bytes, trusted);
}

/// Maps each character; `choose` is told the character and gives its case.
template <typename Choose> static Text mapCase(const Text &text, Choose choose) {
  Text result;
  for (size_t at = 0; at < text.sizeBytes();) {
    size_t begin = at;
    uint32_t c = nextCharacter(text.view(), at);
    Case wanted = choose(c);
    bool isFinal =
        c == capitalSigma && wanted == Case::Lower && isFinalSigma(text.view(), begin, at);
    appendInCase(result, isFinal ? finalSigma : c, wanted, text.trustedAt(begin));
  }
  return result;
}

Text templates::toUpper(const Text &text) {
  return mapCase(text, [](uint32_t) { return Case::Upper; });
}

Text templates::toLower(const Text &text) {
  return mapCase(text, [](uint32_t) { return Case::Lower; });
}

Text templates::capitalize(const Text &text) {
  return mapCase(text, [first = true](uint32_t) mutable {
    return std::exchange(first, false) ? Case::Title : Case::Lower;
  });
}

Text templates::swapCase(const Text &text) {
  return mapCase(text, [](uint32_t c) { return isLower(c) ? Case::Upper : Case::Lower; });
}

Text templates::foldCase(const Text &text) {
  Text result;
  for (size_t at = 0; at < text.sizeBytes();) {
    bool trusted = text.trustedAt(at);
    utf8proc_int32_t folded[4], c = static_cast<utf8proc_int32_t>(nextCharacter(text.view(), at));
    utf8proc_ssize_t count =
        utf8proc_decompose_char(c, folded, std::size(folded), UTF8PROC_CASEFOLD, nullptr);
    std::string bytes;
    for (utf8proc_ssize_t i = 0; i < std::min<utf8proc_ssize_t>(count, std::size(folded)); ++i)
      appendUtf8(bytes, static_cast<uint32_t>(folded[i]));
    result.append(bytes, trusted);
  }
  return result;
}

Text templates::titleWords(const Text &text) {
  return mapCase(text, [inWord = false](uint32_t c) mutable {
    return std::exchange(inWord, isLower(c) || isUpper(c)) ? Case::Lower : Case::Title;
  });
}

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

static bool inSet(uint32_t c, const Text *set) {
  if (!set)
    return isSpace(c);
  for (size_t at = 0; at < set->sizeBytes();)
    if (nextCharacter(set->view(), at) == c)
      return true;
  return false;
}

Text templates::strip(const Text &text, Ends ends, const Text *set) {
  size_t begin = 0, end = text.sizeBytes();
  if (static_cast<int>(ends) & static_cast<int>(Ends::Left))
    for (size_t next = begin; begin < end; begin = next)
      if (!inSet(nextCharacter(text.view(), next), set))
        break;
  if (static_cast<int>(ends) & static_cast<int>(Ends::Right))
    while (end > begin) {
      size_t previous = previousCharacter(text.view(), end), at = previous;
      if (!inSet(nextCharacter(text.view(), at), set))
        break;
      end = previous;
    }
  return text.slice(begin, end);
}

Text templates::replaceAll(const Text &text, const Text &from, const Text &to, int64_t limit) {
  Text result;
  size_t at = 0;
  if (from.empty()) { // between all characters, and at both ends
    for (; limit != 0; --limit) {
      result.append(to);
      if (at == text.sizeBytes())
        return result;
      size_t next = at + characterBytes(text.view()[at]);
      result.append(text, at, next);
      at = next;
    }
    result.append(text, at, text.sizeBytes());
    return result;
  }
  for (; limit != 0; --limit) {
    size_t found = text.view().find(from.view(), at);
    if (found == std::string_view::npos)
      break;
    result.append(text, at, found);
    result.append(to);
    at = found + from.sizeBytes();
  }
  result.append(text, at, text.sizeBytes());
  return result;
}

std::vector<Text> templates::splitAt(const Text &text, std::string_view separator, int64_t limit,
                                     bool fromRight) {
  assert(!separator.empty() && "an empty separator splits nowhere");
  std::vector<Text> parts;
  if (!fromRight) {
    size_t at = 0;
    for (; limit != 0; --limit) {
      size_t found = text.view().find(separator, at);
      if (found == std::string_view::npos)
        break;
      parts.push_back(text.slice(at, found));
      at = found + separator.size();
    }
    parts.push_back(text.slice(at, text.sizeBytes()));
    return parts;
  }
  size_t end = text.sizeBytes();
  for (; limit != 0; --limit) {
    size_t found = text.view().substr(0, end).rfind(separator);
    if (found == std::string_view::npos)
      break;
    parts.push_back(text.slice(found + separator.size(), end));
    end = found;
  }
  parts.push_back(text.slice(0, end));
  std::reverse(parts.begin(), parts.end());
  return parts;
}

/// The runs of non-space bytes of `text` as pairs of begin and end.
static std::vector<std::pair<size_t, size_t>> wordsOf(std::string_view text) {
  std::vector<std::pair<size_t, size_t>> words;
  bool inWord = false;
  for (size_t at = 0; at < text.size();) {
    size_t begin = at;
    bool space = isSpace(nextCharacter(text, at));
    if (!space && !inWord)
      words.push_back({begin, at});
    else if (!space)
      words.back().second = at;
    inWord = !space;
  }
  return words;
}

std::vector<Text> templates::splitAtSpace(const Text &text, int64_t limit, bool fromRight) {
  std::vector<std::pair<size_t, size_t>> words = wordsOf(text.view());
  if (limit >= 0 && words.size() > static_cast<size_t>(limit) + 1) {
    size_t kept = static_cast<size_t>(limit);
    if (fromRight) { // the first words stay together
      words.erase(words.begin() + 1, words.end() - kept);
      words.front() = {0, 0};
      size_t end = kept ? words[1].first : text.sizeBytes();
      Text head = strip(text.slice(0, end), Ends::Right, nullptr);
      words.front().second = head.sizeBytes();
    } else {
      words.resize(kept + 1);
      words.back().second = text.sizeBytes();
    }
  }
  std::vector<Text> parts;
  for (auto [begin, end] : words)
    parts.push_back(text.slice(begin, end));
  return parts;
}

static bool endsLine(uint32_t c) {
  return (c >= 10 && c <= 13) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 ||
         c == 0x2029;
}

std::vector<Text> templates::splitLines(const Text &text, bool keepEnds) {
  std::vector<Text> lines;
  size_t begin = 0;
  std::string_view bytes = text.view();
  for (size_t at = 0; at < bytes.size();) {
    size_t end = at;
    uint32_t c = nextCharacter(bytes, at);
    if (!endsLine(c))
      continue;
    if (c == '\r' && at < bytes.size() && bytes[at] == '\n')
      ++at;
    lines.push_back(text.slice(begin, keepEnds ? at : end));
    begin = at;
  }
  if (begin < bytes.size())
    lines.push_back(text.slice(begin, bytes.size()));
  return lines;
}
