//===- ByteAlphabet.cpp - Bytes spelt as printable characters -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ByteAlphabet.h"

#include "runtime/Utf8.h"

#include <array>

namespace tenon::tokenizer {

static bool spellsItself(uint32_t byte) {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

static constexpr uint32_t firstOther = 0x100;
static constexpr uint32_t alphabetEnd = firstOther + 68;

static std::array<uint32_t, 256> makeAlphabet() {
  std::array<uint32_t, 256> alphabet;
  uint32_t other = firstOther;
  for (uint32_t byte = 0; byte < 256; ++byte)
    alphabet[byte] = spellsItself(byte) ? byte : other++;
  return alphabet;
}

static const std::array<uint32_t, 256> &alphabet() {
  static const std::array<uint32_t, 256> table = makeAlphabet();
  return table;
}

uint32_t alphabetCharacter(uint8_t byte) { return alphabet()[byte]; }

/// The byte that `character` spells, or -1.
static int byteOf(uint32_t character) {
  static const std::array<int16_t, alphabetEnd> bytes = [] {
    std::array<int16_t, alphabetEnd> table;
    table.fill(-1);
    for (int byte = 0; byte < 256; ++byte)
      table[alphabet()[size_t(byte)]] = int16_t(byte);
    return table;
  }();
  return character < alphabetEnd ? bytes[character] : -1;
}

std::optional<std::string> bytesOfAlphabet(llvm::StringRef text) {
  std::string bytes;
  std::string_view view(text.data(), text.size());
  for (size_t at = 0; at < view.size();) {
    int byte = byteOf(rt::nextCharacter(view, at));
    if (byte < 0)
      return std::nullopt;
    bytes += char(byte);
  }
  return bytes;
}

} // namespace tenon::tokenizer
