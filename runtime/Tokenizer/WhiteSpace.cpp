//===- WhiteSpace.cpp - White space at the sides of text ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WhiteSpace.h"
#include "runtime/Utf8.h"

#include <algorithm>

namespace tenon::rt {

/// Unicode's White_Space.
static bool isWhiteSpace(uint32_t c) {
  return (c >= 0x9 && c <= 0xd) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

size_t previousCharacter(std::string_view text, size_t at) {
  do
    --at;
  while (isUtf8Continuation(text[at]));
  return at;
}

size_t skipSpaceBack(std::string_view text, size_t at, size_t least) {
  while (at > least) {
    size_t before = previousCharacter(text, at), next = before;
    if (!isWhiteSpace(nextCharacter(text, next)))
      break;
    at = before;
  }
  return std::max(at, least);
}

size_t skipSpace(std::string_view text, size_t at) {
  while (at < text.size()) {
    size_t next = at;
    if (!isWhiteSpace(nextCharacter(text, next)))
      break;
    at = next;
  }
  return at;
}

} // namespace tenon::rt
