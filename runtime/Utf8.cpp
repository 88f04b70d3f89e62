//===- Utf8.cpp - Reading, writing and repairing UTF-8 --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Utf8.h"

#include <cassert>
#include <cstring>

namespace tenon::rt {

static constexpr std::string_view replacement = "\xef\xbf\xbd"; // U+FFFD

void appendCharacter(std::string &text, uint32_t character) {
  assert(character <= 0x10ffff && (character < 0xd800 || character > 0xdfff) &&
         "not a Unicode scalar value");
  if (character < 0x80) {
    text += char(character);
    return;
  }
  if (character < 0x800) {
    text += char(0xc0 | (character >> 6));
  } else {
    if (character < 0x10000) {
      text += char(0xe0 | (character >> 12));
    } else {
      text += char(0xf0 | (character >> 18));
      text += char(0x80 | ((character >> 12) & 0x3f));
    }
    text += char(0x80 | ((character >> 6) & 0x3f));
  }
  text += char(0x80 | (character & 0x3f));
}

/// The length of the character that begins with `lead`, or 0 when none does.
static unsigned lengthOf(uint8_t lead) {
  if (lead < 0x80)
    return 1;
  if (lead >= 0xc2 && lead <= 0xdf)
    return 2;
  if (lead >= 0xe0 && lead <= 0xef)
    return 3;
  if (lead >= 0xf0 && lead <= 0xf4)
    return 4;
  return 0;
}

/// Whether `second` may follow `lead`: no overlong form, no surrogate, nothing
/// above U+10FFFF (Unicode, table 3-7).
static bool mayFollow(uint8_t lead, uint8_t second) {
  switch (lead) {
  case 0xe0:
    return second >= 0xa0 && second <= 0xbf;
  case 0xed:
    return second >= 0x80 && second <= 0x9f;
  case 0xf0:
    return second >= 0x90 && second <= 0xbf;
  case 0xf4:
    return second >= 0x80 && second <= 0x8f;
  default:
    return second >= 0x80 && second <= 0xbf;
  }
}

namespace {
/// What stands at the beginning of some bytes.
struct Sequence {
  unsigned bytes; ///< of the character, of the broken part, or of all there is
  bool valid;
  bool unfinished; ///< it may become a character with more bytes
};
} // namespace

static Sequence firstSequence(std::string_view bytes) {
  uint8_t lead = uint8_t(bytes[0]);
  unsigned length = lengthOf(lead);
  if (length <= 1)
    return {1, length == 1, false};
  for (unsigned i = 1; i < length; ++i) {
    if (i == bytes.size())
      return {i, false, true};
    uint8_t next = uint8_t(bytes[i]);
    if (!(i == 1 ? mayFollow(lead, next) : (next & 0xc0) == 0x80))
      return {i, false, false};
  }
  return {length, true, false};
}

/// The bytes at the beginning of `bytes` that are ASCII.
static size_t asciiPrefix(std::string_view bytes) {
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + at, 8);
    if (word & 0x8080808080808080ull)
      break;
  }
  while (at < bytes.size() && uint8_t(bytes[at]) < 0x80)
    ++at;
  return at;
}

size_t validPrefix(std::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size()) {
    if (uint8_t(bytes[at]) < 0x80) {
      at += asciiPrefix(bytes.substr(at));
      continue;
    }
    Sequence sequence = firstSequence(bytes.substr(at));
    if (!sequence.valid)
      break;
    at += sequence.bytes;
  }
  return at;
}

bool isValidUtf8(std::string_view text) { return validPrefix(text) == text.size(); }

void Utf8Repair::push(std::string_view bytes, std::string &text) {
  // A held start of a character meets its next bytes one by one.
  while (heldBytes && !bytes.empty()) {
    held[heldBytes] = bytes[0];
    Sequence sequence = firstSequence({held, heldBytes + 1});
    if (sequence.unfinished) {
      ++heldBytes;
      bytes.remove_prefix(1);
    } else if (sequence.valid) {
      text.append(held, heldBytes + 1);
      heldBytes = 0;
      bytes.remove_prefix(1);
    } else {
      // The new byte is no part of what was held: it is read again.
      text += replacement;
      heldBytes = 0;
    }
  }
  while (!bytes.empty()) {
    size_t good = validPrefix(bytes);
    text.append(bytes.substr(0, good));
    bytes.remove_prefix(good);
    if (bytes.empty())
      return;
    Sequence sequence = firstSequence(bytes);
    if (sequence.unfinished) {
      heldBytes = unsigned(bytes.size());
      std::memcpy(held, bytes.data(), heldBytes);
      return;
    }
    text += replacement;
    bytes.remove_prefix(sequence.bytes);
  }
}

void Utf8Repair::finish(std::string &text) {
  if (heldBytes)
    text += replacement;
  heldBytes = 0;
}

std::string repairUtf8(std::string_view text) {
  std::string repaired;
  repaired.reserve(text.size());
  Utf8Repair repair;
  repair.push(text, repaired);
  repair.finish(repaired);
  return repaired;
}

} // namespace tenon::rt
