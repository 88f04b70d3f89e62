//===- Utf8.h - Reading, writing and repairing UTF-8 ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_UTF8_H
#define TENON_RUNTIME_UTF8_H

#include <cstdint>
#include <string>
#include <string_view>

namespace tenon::rt {

/// Whether `byte` is the second or a later byte of a character.
inline bool isUtf8Continuation(char byte) { return (uint8_t(byte) & 0xc0) == 0x80; }

/// Reads the character at `at` of valid UTF-8 and moves `at` behind it.
inline uint32_t nextCharacter(std::string_view text, size_t &at) {
  uint8_t lead = uint8_t(text[at++]);
  if (lead < 0x80)
    return lead;
  auto tail = [&] { return uint32_t(uint8_t(text[at++]) & 0x3f); };
  if (lead < 0xe0) {
    uint32_t high = uint32_t(lead & 0x1f) << 6;
    return high | tail();
  }
  if (lead < 0xf0) {
    uint32_t high = uint32_t(lead & 0x0f) << 12;
    high |= tail() << 6;
    return high | tail();
  }
  uint32_t high = uint32_t(lead & 0x07) << 18;
  high |= tail() << 12;
  high |= tail() << 6;
  return high | tail();
}

/// Appends the UTF-8 of `character`, which must be a Unicode scalar value.
void appendCharacter(std::string &text, uint32_t character);

/// How many bytes at the front of `text` are valid UTF-8: all, or the place of
/// the first that is not.
size_t validPrefix(std::string_view text);

/// Whether all of `text` is valid UTF-8.
bool isValidUtf8(std::string_view text);

/// Turns bytes that come in pieces into valid UTF-8. Every longest run of bytes
/// that could begin a character but does not go on as one becomes one U+FFFD,
/// as Unicode (chapter 3.9, "substitution of maximal subparts") recommends.
class Utf8Repair {
public:
  /// Appends to `text` what is certain once `bytes` have come. At most three
  /// bytes, the start of a character, are held back.
  void push(std::string_view bytes, std::string &text);
  /// Appends a U+FFFD when bytes are held back.
  void finish(std::string &text);

private:
  char held[4] = {};
  unsigned heldBytes = 0;
};

/// `text` with every invalid sequence replaced by U+FFFD.
std::string repairUtf8(std::string_view text);

} // namespace tenon::rt

#endif // TENON_RUNTIME_UTF8_H
