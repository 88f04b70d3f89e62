//===- TemplateText.h - Text that knows where it came from ----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A string of a template carries, for each of its bytes, whether the template
// wrote it (trusted) or a user did. Everything a template can do with a
// string keeps that knowledge, so that the rendered prompt can say which of
// its parts may name special tokens.
//
// The bytes are always valid UTF-8: what comes in is repaired first, so that
// a place between two characters is a place between two runs of bytes.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TEMPLATE_TEMPLATETEXT_H
#define TENON_RUNTIME_TEMPLATE_TEMPLATETEXT_H

#include "runtime/Utf8.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::rt::templates {

/// Bytes of UTF-8 in runs of equal origin.
class Text {
public:
  struct Run {
    size_t end; ///< one behind the last byte
    bool trusted;
  };

  Text() = default;
  Text(std::string_view bytes, bool trusted) { append(bytes, trusted); }

  std::string_view view() const { return bytes; }
  size_t sizeBytes() const { return bytes.size(); }
  bool empty() const { return bytes.empty(); }
  const std::vector<Run> &tags() const { return runs; }
  /// Whether byte `offset` was written by the template; true at the end.
  bool trustedAt(size_t offset) const;
  bool allTrusted() const;

  void append(std::string_view more, bool trusted);
  void append(const Text &more) { append(more, 0, more.sizeBytes()); }
  /// Appends the bytes [begin, end) of `more` with their tags.
  void append(const Text &more, size_t begin, size_t end);
  /// The bytes [begin, end) with their tags.
  Text slice(size_t begin, size_t end) const;

private:
  void mark(size_t end, bool trusted);

  std::string bytes;
  std::vector<Run> runs;
};

/// Length in bytes of the character that begins with `lead`.
size_t characterBytes(char lead);
/// Number of characters.
size_t countCharacters(std::string_view text);
/// Byte offset of character `index`; the size when there are fewer.
size_t characterOffset(std::string_view text, size_t index);
/// Appends `character` to `out` as UTF-8; what is none becomes U+FFFD.
void appendUtf8(std::string &out, uint32_t character);

/// Python's str.isspace for one character.
bool isSpace(uint32_t character);
/// Whether repr() shows the character as itself.
bool isPrintable(uint32_t character);
bool isLower(uint32_t character);
bool isUpper(uint32_t character);
bool isAlphabetic(uint32_t character);
bool isDigit(uint32_t character);

/// A letter, a digit or `_`: what `\w` of Python's `re` stands for.
bool isInWord(uint32_t character);

/// Upper and lower case by Unicode's simple mappings, `ß` as `SS`, `İ` as two
/// characters, and `Σ` as `ς` at the end of a word.
Text toUpper(const Text &text);
Text toLower(const Text &text);
Text capitalize(const Text &text);
/// Python's str.swapcase and str.casefold.
Text swapCase(const Text &text);
Text foldCase(const Text &text);
/// Python's str.title: each run of letters begins with a capital.
Text titleWords(const Text &text);

enum class Ends { Left = 1, Right = 2, Both = 3 };
/// Takes characters of `set` (white space when null) off the ends.
Text strip(const Text &text, Ends ends, const Text *set);
/// At most `limit` replacements; all when negative.
Text replaceAll(const Text &text, const Text &from, const Text &to, int64_t limit);
/// Splits at `separator`, which is not empty, at most `limit` times.
std::vector<Text> splitAt(const Text &text, std::string_view separator, int64_t limit,
                          bool fromRight);
/// Splits at runs of white space, at most `limit` times.
std::vector<Text> splitAtSpace(const Text &text, int64_t limit, bool fromRight);
std::vector<Text> splitLines(const Text &text, bool keepEnds);

} // namespace tenon::rt::templates

#endif // TENON_RUNTIME_TEMPLATE_TEMPLATETEXT_H
