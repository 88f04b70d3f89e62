//===- AddedTokenFinder.cpp - Finds added tokens in text ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AddedTokenFinder.h"
#include "WhiteSpace.h"
#include "runtime/Utf8.h"

#include <algorithm>

namespace tenon::rt {

static uint8_t edgeByte(uint32_t edge) { return uint8_t(edge >> 24); }
static uint32_t edgeTarget(uint32_t edge) { return edge & 0xffffff; }

bool AddedTokenTrie::isSound(size_t addedTokens) const {
  for (const TrieNode &node : nodes)
    if (node.firstEdge > edges.size() || node.edgeCount > edges.size() - node.firstEdge ||
        node.addedToken < -1 || (node.addedToken >= 0 && size_t(node.addedToken) >= addedTokens))
      return false;
  return std::all_of(edges.begin(), edges.end(),
                     [&](uint32_t edge) { return edgeTarget(edge) < nodes.size(); });
}

int32_t AddedTokenTrie::longest(std::string_view text, size_t &bytes) const {
  int32_t found = -1;
  uint32_t at = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto outgoing = edges.subspan(nodes[at].firstEdge, nodes[at].edgeCount);
    uint8_t byte = uint8_t(text[i]);
    auto edge = std::lower_bound(outgoing.begin(), outgoing.end(), byte,
                                 [](uint32_t e, uint8_t b) { return edgeByte(e) < b; });
    if (edge == outgoing.end() || edgeByte(*edge) != byte)
      break;
    at = edgeTarget(*edge);
    if (nodes[at].addedToken >= 0) {
      found = nodes[at].addedToken;
      bytes = i + 1;
    }
  }
  return found;
}

bool AddedTokenFinder::isWordCharacter(uint32_t character) const {
  uint8_t symbol = characters.symbolOf(character);
  return (characters.sets[wordSet].bits[symbol >> 6] >> (symbol & 63)) & 1;
}

bool AddedTokenFinder::standsAlone(std::string_view text, size_t begin, size_t end) const {
  if (begin > 0) {
    size_t before = previousCharacter(text, begin);
    if (isWordCharacter(nextCharacter(text, before)))
      return false;
  }
  size_t behind = end;
  return end == text.size() || !isWordCharacter(nextCharacter(text, behind));
}

void AddedTokenFinder::cut(const AddedTokenTrie &trie, std::string_view text, const Trust &trusted,
                           const Sink &sink) const {
  size_t plain = 0; // where the plain text that is not told yet begins
  bool mayBegin[256] = {};
  if (!trie.empty())
    for (uint32_t edge : trie.edges.subspan(trie.nodes[0].firstEdge, trie.nodes[0].edgeCount))
      mayBegin[edgeByte(edge)] = true;
  for (size_t at = 0; at < text.size();) {
    size_t bytes = 0;
    int32_t index = -1;
    if (mayBegin[uint8_t(text[at])])
      index = trie.longest(text.substr(at), bytes);
    if (index < 0) {
      ++at;
      continue;
    }
    const AddedToken &token = tokens[size_t(index)];
    size_t begin = at, end = at + bytes;
    at = end;
    size_t goOn = end;
    if ((token.flags & Special) && !trusted(begin, end, goOn)) {
      at = std::max(goOn, begin + 1);
      continue;
    }
    if ((token.flags & SingleWord) && !standsAlone(text, begin, end))
      continue;
    if (token.flags & StripLeft)
      begin = std::max(skipSpaceBack(text, begin, std::min(plain, begin)), plain);
    if (token.flags & StripRight)
      end = skipSpace(text, end);
    if (plain < begin)
      sink(text.substr(plain, begin - plain), -1);
    sink(text.substr(std::min(begin, end), end - std::min(begin, end)), token.id);
    plain = end;
  }
  if (plain < text.size())
    sink(text.substr(plain), -1);
}

} // namespace tenon::rt
