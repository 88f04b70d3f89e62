//===- UnicodeNormalizer.h - Normalization forms and lower case -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZER_UNICODENORMALIZER_H
#define TENON_RUNTIME_TOKENIZER_UNICODENORMALIZER_H

#include "NormalizedText.h"

#include <string_view>

namespace tenon::rt {

/// A normalization form of Unicode (annex 15).
struct UnicodeForm {
  bool compatible; ///< NFKC, NFKD: compatible characters become one
  bool composed;   ///< NFC, NFKC
};

/// Writes the form of `text`, valid UTF-8, to `out`, which is empty.
/// \returns false when `text` has it already; what `out` holds then means nothing.
/// Time grows as n log n, for long runs of combining marks too.
///
/// Characters that came after Unicode 9 are left as they stand, because the
/// Hugging Face tokenizers, by which vocabularies are made, leave them so.
bool normalizeUnicode(UnicodeForm form, std::string_view text, NormalizedText &out);

/// Writes `text` with every character in lower case, in the same way. No
/// character's form depends on its neighbours. Follows Unicode 17, as the
/// Hugging Face tokenizers do.
bool toLowerCase(std::string_view text, NormalizedText &out);

} // namespace tenon::rt

#endif // TENON_RUNTIME_TOKENIZER_UNICODENORMALIZER_H
