//===- UnicodeProperties.h - Character properties of split patterns -------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_TOKENIZER_UNICODEPROPERTIES_H
#define TENON_IMPORTERS_TOKENIZER_UNICODEPROPERTIES_H

#include "CharacterSet.h"

#include "llvm/ADT/StringRef.h"

#include <optional>

namespace tenon::tokenizer {

/// The characters of the property that `\p{name}` names: a general category of
/// one or two letters, or `Han`. \returns nullopt for another name.
std::optional<CharacterSet> propertySet(llvm::StringRef name);

/// What `\s`, `\d`, `\w` and `\h` stand for in the patterns of Hugging Face
/// tokenizers, whose engine is Oniguruma with Unicode 16.
CharacterSet whiteSpaceSet();
CharacterSet digitSet();
CharacterSet wordSet();
CharacterSet hexDigitSet();

/// Letters, digits and marks as an added token with `single_word` sees them.
CharacterSet addedTokenWordSet();

/// `set` and every character that differs from one of it by case only.
CharacterSet withOtherCases(const CharacterSet &set);

/// Whether the case folding of `character` is more than one character.
bool foldsToSeveral(uint32_t character);

} // namespace tenon::tokenizer

#endif // TENON_IMPORTERS_TOKENIZER_UNICODEPROPERTIES_H
