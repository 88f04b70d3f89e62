//===- ByteAlphabet.h - Bytes spelt as printable characters ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tokenizer files of byte-level models spell each byte as one character: the
// printable ones of Latin-1 as themselves, the 68 others, in order, as U+0100
// and on. So a space (0x20) is U+0120 and a line feed (0x0A) is U+010A.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_TOKENIZER_BYTEALPHABET_H
#define TENON_IMPORTERS_TOKENIZER_BYTEALPHABET_H

#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace tenon::tokenizer {

/// The character that spells `byte`.
uint32_t alphabetCharacter(uint8_t byte);

/// The bytes that `text`, valid UTF-8, spells, or nullopt when one of its
/// characters spells no byte.
std::optional<std::string> bytesOfAlphabet(llvm::StringRef text);

} // namespace tenon::tokenizer

#endif // TENON_IMPORTERS_TOKENIZER_BYTEALPHABET_H
