//===- TextNormalizer.h - Runs the normalizers of a tokenizer -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZER_TEXTNORMALIZER_H
#define TENON_RUNTIME_TOKENIZER_TEXTNORMALIZER_H

#include "NormalizedText.h"
#include "StepText.h"
#include "TokenizerFormat.h"

#include <span>
#include <string_view>
#include <vector>

namespace tenon::rt {

/// The steps of a normalizer and the texts that they name.
struct NormalizerTables {
  std::span<const NormalizerStep> steps;
  StepText text;

  /// Whether every step is of a known kind, with texts that it can work with.
  bool isSound() const;
};

/// Runs the steps one after the other. One object serves one thread; it keeps
/// its buffers.
class TextNormalizer {
public:
  /// `tables` must be sound and outlive it.
  explicit TextNormalizer(const NormalizerTables &tables)
      : tables(tables), layers(tables.steps.size()) {}

  /// Normalizes `text`, valid UTF-8. The result is `text` itself when no step
  /// changes it, else a text that the next call overwrites.
  std::string_view run(std::string_view text);

  /// Whether the last run changed its text.
  bool isChanged() const { return layerCount != 0; }
  /// Where in the text of the last run the position `at` of its result comes
  /// from; see NormalizedText::sourcePosition.
  size_t sourcePosition(size_t at, bool isEnd) const;

private:
  const NormalizerTables &tables;
  /// A text for each step that changed something: the first `layerCount`.
  std::vector<NormalizedText> layers;
  size_t layerCount = 0;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_TOKENIZER_TEXTNORMALIZER_H
