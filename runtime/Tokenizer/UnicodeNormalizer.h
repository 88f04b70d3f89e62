//===- UnicodeNormalizer.h - Canonical composition of text ----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZER_UNICODENORMALIZER_H
#define TENON_RUNTIME_TOKENIZER_UNICODENORMALIZER_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::rt {

/// A stretch that normalization changed: where it lay and where it lies.
struct ChangedStretch {
  size_t sourceBegin, sourceEnd;
  size_t begin, end;
};

/// Normalized text, and how its bytes map to those it came from.
struct NormalizedText {
  std::string text;
  std::vector<ChangedStretch> changes; ///< in order

  /// The position in the source of `at`; inside a changed stretch its begin,
  /// or its end when `roundUp`.
  size_t sourcePosition(size_t at, bool roundUp) const;
};

/// Appends the canonical composition (NFC) of `text`, valid UTF-8, to `out`.
/// \returns false, and leaves `out` alone, when `text` is composed already.
/// Time grows as n log n, for long runs of combining marks too.
///
/// Characters that came after Unicode 9 are left as they stand, because the
/// Hugging Face tokenizers, by which vocabularies are made, leave them so.
bool composeCanonically(std::string_view text, NormalizedText &out);

} // namespace tenon::rt

#endif // TENON_RUNTIME_TOKENIZER_UNICODENORMALIZER_H
