//===- AddedTokenFinder.h - Finds added tokens in text --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZER_ADDEDTOKENFINDER_H
#define TENON_RUNTIME_TOKENIZER_ADDEDTOKENFINDER_H

#include "SplitMatcher.h"
#include "TokenizerFormat.h"

#include <functional>
#include <span>
#include <string_view>

namespace tenon::rt {

/// The added tokens that are searched for in one pass, as a trie over bytes.
struct AddedTokenTrie {
  std::span<const TrieNode> nodes;
  std::span<const uint32_t> edges;

  bool empty() const { return nodes.empty(); }
  /// Whether every node and edge leads into the trie and to one of
  /// `addedTokens` tokens.
  bool isSound(size_t addedTokens) const;
  /// The longest token that `text` begins with, and its bytes. \returns -1 for none.
  int32_t longest(std::string_view text, size_t &bytes) const;
};

/// Cuts text at added tokens: the leftmost first, of those the longest.
class AddedTokenFinder {
public:
  /// Whether what looks like a special token at `[begin, end)` is one. If not,
  /// it sets `goOn`, behind `begin`, to where the search goes on.
  using Trust = std::function<bool(size_t begin, size_t end, size_t &goOn)>;
  /// A stretch of text and the id of the token it is, or -1 for plain text.
  using Sink = std::function<void(std::string_view, int32_t)>;

  AddedTokenFinder(std::span<const AddedToken> tokens, const SplitTables &characters,
                   uint32_t wordSet)
      : tokens(tokens), characters(characters), wordSet(wordSet) {}

  /// Tells `sink` all of `text`, valid UTF-8, in order. Empty plain text is left out.
  void cut(const AddedTokenTrie &trie, std::string_view text, const Trust &trusted,
           const Sink &sink) const;

private:
  bool standsAlone(std::string_view text, size_t begin, size_t end) const;
  bool isWordCharacter(uint32_t character) const;

  std::span<const AddedToken> tokens;
  const SplitTables &characters;
  uint32_t wordSet;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_TOKENIZER_ADDEDTOKENFINDER_H
