//===- StatePages.cpp - What sequences remember between steps -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StatePages.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace tenon::rt {

/// Pages become usable in strides of this size: few system calls, and still
/// less than a page of state of most models.
static constexpr uint64_t commitStrideBytes = 1u << 20;

Expected<StatePages> StatePages::reserve(const StateLayout &layout) {
  assert(layout.maxSequences > 0 && layout.context > 0 && "a state without room");
  uint64_t pageBytes, slotBytes;
  if (__builtin_mul_overflow(uint64_t(layout.pages), uint64_t(layout.pageBytes), &pageBytes) ||
      __builtin_mul_overflow(uint64_t(layout.maxSequences), uint64_t(layout.slotBytes), &slotBytes))
    return Status::failure(
        StatusCode::MachineUnsupported,
        "a context of {} positions has no address space; use a smaller --context", layout.context);
  auto pages = MappedMemory::reserve(pageBytes, "the state of the context");
  if (!pages)
    return pages.status();
  auto slots = MappedMemory::allocate(slotBytes, "the states of the sequences");
  if (!slots)
    return slots.status();
  return StatePages(layout, std::move(*pages), std::move(*slots));
}

StatePages::StatePages(const StateLayout &layout, MappedMemory pageMemory, MappedMemory slotMemory)
    : layout(layout), pageMemory(std::move(pageMemory)), slotMemory(std::move(slotMemory)),
      sequences(layout.maxSequences) {}

int64_t StatePages::pagesFor(int64_t positions) const {
  if (layout.pageBytes == 0)
    return 0;
  return (positions + layout.pagePositions - 1) / layout.pagePositions;
}

Expected<SequenceId> StatePages::add() {
  for (SequenceId id = 0; id < layout.maxSequences; ++id) {
    if (sequences[id].exists)
      continue;
    sequences[id].exists = true;
    clear(id);
    return id;
  }
  return Status::failure(StatusCode::Refused,
                         "{} sequences exist, and no more are allowed; wait until one ends",
                         layout.maxSequences);
}

void StatePages::remove(SequenceId sequence) {
  shrink(sequence, 0);
  sequences[sequence].exists = false;
}

void StatePages::clear(SequenceId sequence) {
  shrink(sequence, 0);
  if (layout.slotBytes)
    std::memset(slots() + sequence * layout.slotBytes, 0, layout.slotBytes);
}

bool StatePages::takePage(std::vector<int32_t> &table) {
  if (!returned.empty()) {
    table.push_back(returned.back());
    returned.pop_back();
    ++usedPages;
    return true;
  }
  uint64_t wanted = uint64_t(freshPages + 1) * layout.pageBytes;
  if (wanted > committedBytes) {
    uint64_t upTo = (wanted + commitStrideBytes - 1) / commitStrideBytes * commitStrideBytes;
    if (!pageMemory.commit(upTo))
      return false;
    committedBytes = upTo;
  }
  table.push_back(static_cast<int32_t>(freshPages++));
  ++usedPages;
  return true;
}

Status StatePages::extend(SequenceId sequence, int64_t rows) {
  assert(rows > 0 && "a step without rows");
  Sequence &its = sequences[sequence];
  int64_t length = its.length;
  if (length + rows > layout.context)
    return Status::failure(StatusCode::ContextFull,
                           "the context is full: {} of its {} positions are used and {} more are "
                           "needed; use a larger --context",
                           length, layout.context, rows);
  int64_t wanted = pagesFor(length + rows) - static_cast<int64_t>(its.pages.size());
  if (wanted > freePages())
    return Status::failure(StatusCode::ContextFull,
                           "the next {} positions need {} pages of state, {} are free; wait until "
                           "another sequence ends",
                           rows, wanted, freePages());
  for (int64_t i = 0; i < wanted; ++i) {
    if (takePage(its.pages))
      continue;
    shrink(sequence, length);
    return Status::failure(StatusCode::MachineUnsupported,
                           "the system gives no memory for position {} of the context; use a "
                           "smaller --context",
                           length + rows);
  }
  its.length = length + rows;
  return Status::ok();
}

void StatePages::shrink(SequenceId sequence, int64_t length) {
  Sequence &its = sequences[sequence];
  assert(length <= its.length && "a sequence shrinks by shrink only");
  its.length = length;
  size_t kept = static_cast<size_t>(pagesFor(length));
  for (; its.pages.size() > kept; its.pages.pop_back()) {
    int32_t page = its.pages.back();
    pageMemory.discard(uint64_t(page) * layout.pageBytes, layout.pageBytes);
    returned.push_back(page);
    --usedPages;
  }
}

} // namespace tenon::rt
