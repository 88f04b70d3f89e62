//===- SplitMatcher.cpp - Runs the split programs of a tokenizer ----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SplitMatcher.h"
#include "runtime/Utf8.h"

#include <algorithm>

namespace tenon::rt {

/// Backtracking steps of one attempt before it notes where it failed. Ordinary
/// text needs one or two for each run of white space.
static constexpr size_t patience = 256;

/// Lookaheads and atomic groups inside one another; the importer refuses more.
static constexpr unsigned deepest = 16;

/// What one attempt knows: its failures, once it keeps them.
struct SplitMatcher::Attempt {
  size_t failures = 0;
  std::unordered_set<uint64_t> failed;

  /// Notes that the text at `at` was tried at `pc`.
  /// \returns whether that is new.
  bool isNew(uint32_t pc, size_t at) {
    if (++failures <= patience)
      return true;
    return failed.insert((uint64_t(at) << 24) ^ pc).second;
  }
};

void SplitTables::computeSymbols(std::string_view bytes, std::vector<uint8_t> &out) const {
  const uint8_t *ascii = pages.data() + 256u * pageIndex[0];
  out.resize(bytes.size());
  for (size_t at = 0; at < bytes.size();) {
    size_t first = at;
    if (uint8_t(bytes[at]) < 0x80) {
      out[first] = ascii[uint8_t(bytes[at++])];
      continue;
    }
    out[first] = symbolOf(nextCharacter(bytes, at));
    while (++first < at)
      out[first] = continuationSymbol;
  }
}

static bool isSoundInstruction(const SplitInstruction &instruction, size_t at, size_t count,
                               size_t sets) {
  bool setIsSound = instruction.set < sets;
  switch (instruction.op) {
  case SplitOp::Set:
  case SplitOp::Repeat:
  case SplitOp::LookSet:
    return setIsSound && at + 1 < count;
  case SplitOp::Fork:
    return instruction.a < count && instruction.b < count &&
           (setIsSound || instruction.set == noSet);
  case SplitOp::Jump:
    return instruction.a < count;
  case SplitOp::Look:
  case SplitOp::Atomic:
    return at + 1 < count && instruction.a > at && instruction.a < count;
  case SplitOp::LineStart:
  case SplitOp::LineEnd:
  case SplitOp::TextStart:
  case SplitOp::TextEnd:
  case SplitOp::LastLineEnd:
    return at + 1 < count;
  case SplitOp::Accept:
    return true;
  }
  return false;
}

bool SplitTables::isSound() const {
  // Without a pattern there may be a map of characters, for added tokens.
  if (instructions.empty() && pageIndex.empty())
    return true;
  // Attempt::isNew packs an instruction into 24 bits.
  if (instructions.size() >= (1u << 24) || sets.size() >= noSet ||
      pageIndex.size() != characterPageCount || pages.size() % 256 != 0)
    return false;
  for (uint16_t page : pageIndex)
    if (256u * page + 256u > pages.size())
      return false;
  for (size_t i = 0; i < instructions.size(); ++i)
    if (!isSoundInstruction(instructions[i], i, instructions.size(), sets.size()))
      return false;
  return true;
}

size_t SplitMatcher::next(size_t at) const {
  ++at;
  while (at < end && symbols[at] == continuationSymbol)
    ++at;
  return at;
}

size_t SplitMatcher::previous(size_t at) const {
  --at;
  while (symbols[at] == continuationSymbol)
    --at;
  return at;
}

bool SplitMatcher::find(uint32_t start, uint32_t startSet, const uint8_t *pieceSymbols,
                        std::string_view pieceText, size_t pieceBegin, size_t from, size_t pieceEnd,
                        SplitMatch &match) {
  symbols = pieceSymbols;
  text = pieceText;
  begin = pieceBegin;
  end = pieceEnd;
  for (size_t at = from; at <= end; at = next(at)) {
    if (startSet != noSet) {
      while (at < end && !has(startSet, symbols[at]))
        at = next(at);
      if (at >= end)
        return false;
    }
    size_t matchEnd = 0;
    if (run(start, at, /*depth=*/0, matchEnd)) {
      match = {at, matchEnd};
      return true;
    }
  }
  return false;
}

bool SplitMatcher::run(uint32_t pc, size_t at, unsigned depth, size_t &matchEnd) {
  if (depth > deepest)
    return false;
  size_t stackBase = stack.size();
  Attempt attempt;
  while (true) {
    if (tables.instructions[pc].op == SplitOp::Accept) {
      stack.resize(stackBase);
      matchEnd = at;
      return true;
    }
    if (!step(pc, at, depth) && !resume(stackBase, attempt, pc, at))
      return false;
  }
}

/// Does one instruction. \returns false when it fails.
bool SplitMatcher::step(uint32_t &pc, size_t &at, unsigned depth) {
  const SplitInstruction &instruction = tables.instructions[pc];
  switch (instruction.op) {
  case SplitOp::Set:
    if (at >= end || !has(instruction.set, symbols[at]))
      return false;
    at = next(at);
    break;
  case SplitOp::Repeat:
    if (!repeat(instruction, pc, at))
      return false;
    break;
  case SplitOp::Fork:
    if (instruction.set != noSet && (at >= end || !has(instruction.set, symbols[at]))) {
      pc = instruction.b;
      return true;
    }
    stack.push_back({instruction.b, 0, Choice::Plain, at, 0});
    pc = instruction.a;
    return true;
  case SplitOp::Jump:
    pc = instruction.a;
    return true;
  case SplitOp::LookSet: {
    bool there = at < end && has(instruction.set, symbols[at]);
    if (there == (instruction.mode == SplitMode::Negative))
      return false;
    break;
  }
  case SplitOp::Look:
    if (!look(instruction, pc, at, depth))
      return false;
    pc = instruction.a;
    return true;
  case SplitOp::Atomic:
    if (!run(pc + 1, at, depth + 1, at))
      return false;
    pc = instruction.a;
    return true;
  default:
    if (!isAnchored(instruction.op, at))
      return false;
    break;
  }
  ++pc;
  return true;
}

bool SplitMatcher::repeat(const SplitInstruction &instruction, uint32_t pc, size_t &at) {
  uint32_t taken = 0;
  for (; taken < instruction.a; ++taken) {
    if (at >= end || !has(instruction.set, symbols[at]))
      return false;
    at = next(at);
  }
  if (instruction.mode == SplitMode::Lazy) {
    if (instruction.b > taken)
      stack.push_back({pc + 1, instruction.set, Choice::Longer, at, instruction.b - taken});
    return true;
  }
  size_t least = at;
  for (; taken < instruction.b && at < end && has(instruction.set, symbols[at]); ++taken)
    at = next(at);
  if (instruction.mode == SplitMode::Greedy && at > least)
    stack.push_back({pc + 1, instruction.set, Choice::Shorter, at, least});
  return true;
}

bool SplitMatcher::look(const SplitInstruction &instruction, uint32_t pc, size_t at,
                        unsigned depth) {
  size_t ignored = 0;
  bool there = run(pc + 1, at, depth + 1, ignored);
  return there != (instruction.mode == SplitMode::Negative);
}

bool SplitMatcher::isAnchored(SplitOp op, size_t at) const {
  switch (op) {
  case SplitOp::LineStart:
    return at == begin || (text[at - 1] == '\n' && at < end);
  case SplitOp::LineEnd:
    return at == end || text[at] == '\n';
  case SplitOp::TextStart:
    return at == begin;
  case SplitOp::TextEnd:
    return at == end;
  case SplitOp::LastLineEnd:
    return at == end || (at + 1 == end && text[at] == '\n');
  default:
    return false;
  }
}

/// Goes back to the latest choice that has something left to try.
bool SplitMatcher::resume(size_t stackBase, Attempt &attempt, uint32_t &pc, size_t &at) {
  while (stack.size() > stackBase) {
    Choice &choice = stack.back();
    switch (choice.kind) {
    case Choice::Plain:
      at = choice.at;
      pc = choice.pc;
      stack.pop_back();
      break;
    case Choice::Shorter:
      at = choice.at = previous(choice.at);
      pc = choice.pc;
      if (choice.at == choice.limit)
        stack.pop_back();
      break;
    case Choice::Longer:
      if (choice.at >= end || !has(choice.set, symbols[choice.at])) {
        stack.pop_back();
        continue;
      }
      at = choice.at = next(choice.at);
      pc = choice.pc;
      if (choice.limit != unlimited && --choice.limit == 0)
        stack.pop_back();
      break;
    }
    if (attempt.isNew(pc, at))
      return true;
  }
  return false;
}

} // namespace tenon::rt
