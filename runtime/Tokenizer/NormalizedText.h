//===- NormalizedText.h - A changed text and where it came from -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZER_NORMALIZEDTEXT_H
#define TENON_RUNTIME_TOKENIZER_NORMALIZEDTEXT_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::rt {

/// What one normalizer made of a text, its source, and how the bytes of the
/// two map to each other. It is written from front to back.
class NormalizedText {
public:
  /// Appends the next stretch of the source as it is.
  void keep(std::string_view stretch);
  /// Appends `by` in place of the next `sourceBytes` of the source; either may
  /// be empty.
  void change(size_t sourceBytes, std::string_view by);
  void clear();

  const std::string &text() const { return result; }
  bool isChanged() const { return !changes.empty(); }

  /// The position in the source of `at` as the end of a stretch, or as its
  /// begin. Inside a change these are the change's end and begin. What was taken
  /// away beside the stretch is no part of it.
  size_t sourcePosition(size_t at, bool isEnd) const;

private:
  /// A stretch that was changed: where it lay and where it lies.
  struct Change {
    size_t sourceBegin, sourceEnd;
    size_t begin, end;
  };
  std::string result;
  std::vector<Change> changes; ///< in order
  size_t source = 0;           ///< how much of the source is in `result`
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_TOKENIZER_NORMALIZEDTEXT_H
