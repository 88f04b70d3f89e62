//===- WhiteSpace.h - White space at the sides of text --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZER_WHITESPACE_H
#define TENON_RUNTIME_TOKENIZER_WHITESPACE_H

#include <cstddef>
#include <string_view>

namespace tenon::rt {

/// Where the character before `at`, which is not 0, begins in valid UTF-8.
size_t previousCharacter(std::string_view text, size_t at);

/// The first position from `at` on where no white space of Unicode stands.
size_t skipSpace(std::string_view text, size_t at);

/// The last position down from `at`, not below `least`, behind which no white
/// space of Unicode ends.
size_t skipSpaceBack(std::string_view text, size_t at, size_t least);

} // namespace tenon::rt

#endif // TENON_RUNTIME_TOKENIZER_WHITESPACE_H
