//===- SplitMatcher.h - Runs the split programs of a tokenizer ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A split program finds the next match in a piece of text: the leftmost one,
// and of those the one that the program prefers. It backtracks, on a stack of
// its own. The text is turned into symbols first (TokenizerFormat.h), one per
// byte: the symbol of a character at its first byte, continuationSymbol at the
// others. A set of characters is then a bit mask over symbols, and a run such as
// \p{L}+ a loop over bytes, whatever the script.
//
// Backtracking can take exponential time. An attempt that had to give up more
// often than `patience` allows starts to note where it has given up: a program
// has no memory but its position and the character, so it will fail there
// again. That bounds an attempt by a polynomial: the instructions times the
// characters, for each of the two.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZER_SPLITMATCHER_H
#define TENON_RUNTIME_TOKENIZER_SPLITMATCHER_H

#include "TokenizerFormat.h"

#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace tenon::rt {

/// The tables that split programs share.
struct SplitTables {
  std::span<const SplitInstruction> instructions;
  std::span<const SymbolSet> sets;
  std::span<const uint16_t> pageIndex;
  std::span<const uint8_t> pages;

  /// The symbol of `character`, which must be at most U+10FFFF.
  uint8_t symbolOf(uint32_t character) const {
    return pages[256u * pageIndex[character >> 8] + (character & 255)];
  }
  /// Sets `symbols` to those of `text`, valid UTF-8, one per byte.
  void computeSymbols(std::string_view text, std::vector<uint8_t> &symbols) const;
  /// Whether no instruction can lead the matcher out of these tables.
  bool isSound() const;
};

/// A match, in bytes from the start of the text.
struct SplitMatch {
  size_t begin, end;
};

/// Finds matches. One object serves one thread; it keeps its stack.
class SplitMatcher {
public:
  explicit SplitMatcher(const SplitTables &tables) : tables(tables) {}

  /// The first match of the program at `start` of `symbols[from, end)`, of a
  /// piece that spans `[begin, end)`. \returns false when there is none.
  /// `startSet` is that of the program's SplitStep.
  bool find(uint32_t start, uint32_t startSet, const uint8_t *symbols, std::string_view text,
            size_t begin, size_t from, size_t end, SplitMatch &match);

private:
  /// A choice that can be taken up again: at `pc` with the text at `at`. One of
  /// Repeat can also be moved, as far as `limit` characters of `set`.
  struct Choice {
    uint32_t pc;
    uint16_t set;
    enum Kind : uint8_t { Plain, Shorter, Longer } kind;
    size_t at;
    size_t limit; ///< Shorter: the least end; Longer: characters that may come
  };
  struct Attempt;

  bool has(uint32_t set, uint8_t symbol) const {
    return (tables.sets[set].bits[symbol >> 6] >> (symbol & 63)) & 1;
  }
  size_t next(size_t at) const;
  size_t previous(size_t at) const;
  bool run(uint32_t pc, size_t at, unsigned depth, size_t &matchEnd);
  bool step(uint32_t &pc, size_t &at, unsigned depth);
  bool repeat(const SplitInstruction &instruction, uint32_t pc, size_t &at);
  bool look(const SplitInstruction &instruction, uint32_t pc, size_t at, unsigned depth);
  bool isAnchored(SplitOp op, size_t at) const;
  bool resume(size_t stackBase, Attempt &attempt, uint32_t &pc, size_t &at);

  const SplitTables &tables;
  const uint8_t *symbols = nullptr;
  std::string_view text;
  size_t begin = 0, end = 0;
  std::vector<Choice> stack;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_TOKENIZER_SPLITMATCHER_H
