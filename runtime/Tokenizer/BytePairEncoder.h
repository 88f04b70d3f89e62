//===- BytePairEncoder.h - Words to tokens by merging pairs ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A word begins as the symbols of its bytes. The neighbours whose merge has the
// lowest rank (of equal ones, the leftmost) become one symbol, until no
// neighbours have a merge. A heap holds the candidates, a linked list the
// symbols: n log n for a word of n bytes, so that a long run without a break is
// no attack. A candidate whose symbols changed meanwhile is dropped when it
// comes up, unless they still merge to the same token.
//
// Most words of most texts are one token. The compiler of the tables has run
// this very encoder over every token; those that come out whole carry
// wholeWordBit, and one look into the vocabulary replaces the merging.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZER_BYTEPAIRENCODER_H
#define TENON_RUNTIME_TOKENIZER_BYTEPAIRENCODER_H

#include "TokenizerFormat.h"

#include <span>
#include <string_view>
#include <vector>

namespace tenon::rt {

/// The tokens of a vocabulary by id, and the ids by token.
struct Vocabulary {
  std::span<const uint32_t> offsets;
  std::span<const char> bytes;
  std::span<const VocabularySlot> slots;

  /// The bytes of token `id`; empty when there is no such token.
  std::string_view token(uint32_t id) const;
  /// The id of the token of these bytes, with its wholeWordBit, or emptySlot.
  uint32_t find(std::string_view token) const;
};

/// The tables of byte pair encoding.
struct BytePairTables {
  Vocabulary vocabulary;
  std::span<const MergeSlot> merges;
  std::span<const int32_t> byteIds; ///< 256 of them
  int32_t unknownId = -1;
  bool fuseUnknown = false;
  uint32_t longestToken = 0;

  /// The merge of two tokens, or null.
  const MergeSlot *findMerge(uint32_t left, uint32_t right) const;
};

/// Encodes words. One object serves one thread; it keeps its buffers.
class BytePairEncoder {
public:
  explicit BytePairEncoder(const BytePairTables &tables) : tables(tables) {}

  /// Appends the tokens of `word`, at most 2^31 bytes.
  void encode(std::string_view word, std::vector<int32_t> &ids);
  /// The same, without the short cut for words that are one token.
  void encodeByMerging(std::string_view word, std::vector<int32_t> &ids);

private:
  struct Symbol {
    int32_t id; ///< -1: gone into its left neighbour
    int32_t previous, next;
  };
  struct Candidate {
    uint64_t order; ///< rank, then position: the least comes first
    uint32_t result;
  };
  static bool comesLater(const Candidate &a, const Candidate &b) { return a.order > b.order; }

  void placeSymbols(std::string_view word);
  bool consider(int32_t position, Candidate &candidate) const;
  void push(int32_t position);
  void merge(const Candidate &candidate);

  const BytePairTables &tables;
  std::vector<Symbol> symbols;
  std::vector<Candidate> heap;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_TOKENIZER_BYTEPAIRENCODER_H
