//===- CharacterSet.h - Sets of Unicode characters ------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_TOKENIZER_CHARACTERSET_H
#define TENON_IMPORTERS_TOKENIZER_CHARACTERSET_H

#include <cstdint>
#include <vector>

namespace tenon::tokenizer {

/// A set of code points from 0 to 0x10FFFF, as ranges in order that neither
/// overlap nor touch: equal sets compare equal.
class CharacterSet {
public:
  struct Range {
    uint32_t first, last;
    bool operator==(const Range &other) const = default;
  };
  static constexpr uint32_t lastCharacter = 0x10ffff;

  CharacterSet() = default;
  CharacterSet(uint32_t first, uint32_t last) : parts{{first, last}} {}

  /// The set of all characters of `ranges`, which may overlap.
  static CharacterSet fromRanges(std::vector<Range> ranges);

  /// Adds the characters from `first` to `last`, both included.
  void add(uint32_t first, uint32_t last);
  /// Adds all characters of `other`.
  void add(const CharacterSet &other);
  /// The code points that are not in the set.
  CharacterSet complement() const;
  /// The characters that are in both.
  CharacterSet intersection(const CharacterSet &other) const;
  /// By binary search.
  bool contains(uint32_t character) const;
  /// In order; they neither overlap nor touch.
  const std::vector<Range> &ranges() const { return parts; }
  bool operator==(const CharacterSet &other) const = default;

private:
  void tidy();
  std::vector<Range> parts;
};

} // namespace tenon::tokenizer

#endif // TENON_IMPORTERS_TOKENIZER_CHARACTERSET_H
