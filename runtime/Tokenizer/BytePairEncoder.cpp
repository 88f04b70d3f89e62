//===- BytePairEncoder.cpp - Words to tokens by merging pairs -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BytePairEncoder.h"

#include <algorithm>
#include <cassert>

namespace tenon::rt {

std::string_view Vocabulary::token(uint32_t id) const {
  if (id + size_t(1) >= offsets.size())
    return {};
  uint32_t from = offsets[id], to = offsets[id + 1];
  if (from > to || to > bytes.size())
    return {};
  return {bytes.data() + from, to - from};
}

uint32_t Vocabulary::find(std::string_view wanted) const {
  uint64_t hash = hashTokenBytes(wanted.data(), wanted.size());
  uint32_t tag = uint32_t(hash >> 32);
  size_t mask = slots.size() - 1;
  // A table without a free slot would be damaged; the count ends the search.
  size_t at = hash & mask;
  for (size_t tried = 0; tried < slots.size(); ++tried, at = (at + 1) & mask) {
    const VocabularySlot &slot = slots[at];
    if (slot.id == emptySlot)
      return emptySlot;
    if (slot.tag == tag && token(slot.id & ~wholeWordBit) == wanted)
      return slot.id;
  }
  return emptySlot;
}

const MergeSlot *BytePairTables::findMerge(uint32_t left, uint32_t right) const {
  size_t mask = merges.size() - 1;
  size_t at = hashMerge(left, right) & mask;
  for (size_t tried = 0; tried < merges.size(); ++tried, at = (at + 1) & mask) {
    const MergeSlot &slot = merges[at];
    if (slot.left == left && slot.right == right)
      return &slot;
    if (slot.left == emptySlot)
      return nullptr;
  }
  return nullptr;
}

void BytePairEncoder::encode(std::string_view word, std::vector<int32_t> &ids) {
  if (word.size() <= tables.longestToken) {
    uint32_t found = tables.vocabulary.find(word);
    if (found != emptySlot && (found & wholeWordBit)) {
      ids.push_back(int32_t(found & ~wholeWordBit));
      return;
    }
  }
  encodeByMerging(word, ids);
}

void BytePairEncoder::encodeByMerging(std::string_view word, std::vector<int32_t> &ids) {
  assert(word.size() <= INT32_MAX && "a word too long for its positions");
  placeSymbols(word);
  heap.clear();
  Candidate candidate;
  for (int32_t i = 0, count = int32_t(symbols.size()); i < count; ++i)
    if (consider(i, candidate))
      heap.push_back(candidate);
  std::make_heap(heap.begin(), heap.end(), comesLater);
  while (!heap.empty()) {
    Candidate best = heap.front();
    std::pop_heap(heap.begin(), heap.end(), comesLater);
    heap.pop_back();
    merge(best);
  }
  for (const Symbol &symbol : symbols)
    if (symbol.id >= 0)
      ids.push_back(symbol.id);
}

/// Makes the list of the symbols of single bytes.
void BytePairEncoder::placeSymbols(std::string_view word) {
  symbols.clear();
  bool afterUnknown = false;
  for (char byte : word) {
    int32_t id = tables.byteIds[uint8_t(byte)];
    bool unknown = id < 0;
    if (unknown) {
      if (tables.unknownId < 0 || (afterUnknown && tables.fuseUnknown))
        continue;
      id = tables.unknownId;
    }
    afterUnknown = unknown;
    int32_t at = int32_t(symbols.size());
    symbols.push_back({id, at - 1, at + 1});
  }
  if (!symbols.empty())
    symbols.back().next = -1;
}

/// Looks up the merge of the symbol at `position` with the one behind it.
bool BytePairEncoder::consider(int32_t position, Candidate &candidate) const {
  const Symbol &left = symbols[size_t(position)];
  if (left.next < 0)
    return false;
  const MergeSlot *slot =
      tables.findMerge(uint32_t(left.id), uint32_t(symbols[size_t(left.next)].id));
  if (!slot)
    return false;
  candidate = {(uint64_t(slot->rank) << 32) | uint32_t(position), slot->result};
  return true;
}

void BytePairEncoder::push(int32_t position) {
  Candidate candidate;
  if (position < 0 || !consider(position, candidate))
    return;
  heap.push_back(candidate);
  std::push_heap(heap.begin(), heap.end(), comesLater);
}

void BytePairEncoder::merge(const Candidate &candidate) {
  int32_t position = int32_t(candidate.order & 0xffffffff);
  Symbol &left = symbols[size_t(position)];
  Candidate now;
  if (left.id < 0 || !consider(position, now) || now.result != candidate.result)
    return;
  Symbol &right = symbols[size_t(left.next)];
  left.id = int32_t(candidate.result);
  left.next = right.next;
  right.id = -1;
  if (left.next >= 0)
    symbols[size_t(left.next)].previous = position;
  push(left.previous);
  push(position);
}

} // namespace tenon::rt
