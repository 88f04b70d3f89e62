//===- SplitProgramBuilder.cpp - From patterns to split programs ----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SplitProgramBuilder.h"

#include "llvm/ADT/STLExtras.h"

#include <array>
#include <map>

using namespace llvm;

namespace tenon::tokenizer {

using Node = PatternNode;
using rt::SplitMode;
using rt::SplitOp;

/// The longest pattern known, that of Kimi, needs about a hundred.
static constexpr size_t mostInstructions = 4000;
/// As many as the runtime follows.
static constexpr unsigned deepestNesting = 16;

uint32_t SplitProgramBuilder::addSet(const CharacterSet &set) {
  auto found = llvm::find(sets, set);
  if (found != sets.end())
    return uint32_t(found - sets.begin());
  sets.push_back(set);
  return uint32_t(sets.size() - 1);
}

SplitProgramBuilder::Beginning SplitProgramBuilder::beginningOf(const Node &node) {
  Beginning result;
  switch (node.kind) {
  case Node::Kind::Set:
    return {node.set, false};
  case Node::Kind::Look:
  case Node::Kind::Anchor:
    return {{}, true};
  case Node::Kind::Sequence:
    result.mayBeEmpty = true;
    for (const Node::Pointer &child : node.children) {
      Beginning part = beginningOf(*child);
      result.set.add(part.set);
      if (!part.mayBeEmpty) {
        result.mayBeEmpty = false;
        break;
      }
    }
    return result;
  case Node::Kind::Choice:
    for (const Node::Pointer &child : node.children) {
      Beginning part = beginningOf(*child);
      result.set.add(part.set);
      result.mayBeEmpty |= part.mayBeEmpty;
    }
    return result;
  case Node::Kind::Repeat:
  case Node::Kind::Atomic:
    result = beginningOf(*node.children.front());
    result.mayBeEmpty |= node.kind == Node::Kind::Repeat && node.least == 0;
    return result;
  }
  llvm_unreachable("a kind of node without a case");
}

uint32_t SplitProgramBuilder::emit(SplitOp op, uint32_t set, uint32_t a, uint32_t b,
                                   SplitMode mode) {
  // Too many instructions are told once; the rest is compiled into nothing.
  if (instructions.size() >= mostInstructions) {
    problem = "the pattern needs more than " + std::to_string(mostInstructions) + " instructions";
    return 0;
  }
  instructions.push_back({op, mode, uint16_t(set), a, b});
  return here() - 1;
}

/// Emits a Fork whose preferred branch begins right behind it, unless
/// `preferExit`. The caller sets the other one.
uint32_t SplitProgramBuilder::emitFork(const Node &node, bool preferExit) {
  Beginning beginning = beginningOf(node);
  bool known = !beginning.mayBeEmpty && !preferExit;
  uint32_t fork = emit(SplitOp::Fork, known ? addSet(beginning.set) : rt::noSet);
  uint32_t body = here();
  if (fork < instructions.size())
    (preferExit ? instructions[fork].b : instructions[fork].a) = body;
  return fork;
}

void SplitProgramBuilder::compile(const Node &node) {
  if (!problem.empty())
    return;
  switch (node.kind) {
  case Node::Kind::Set:
    emit(SplitOp::Set, addSet(node.set));
    return;
  case Node::Kind::Sequence:
    for (const Node::Pointer &child : node.children)
      compile(*child);
    return;
  case Node::Kind::Choice:
    return compileChoice(node);
  case Node::Kind::Repeat:
    return compileRepeat(node);
  case Node::Kind::Look:
    return compileLook(node);
  case Node::Kind::Atomic:
    return compileAtomic(node);
  case Node::Kind::Anchor:
    emit(node.anchor);
    return;
  }
}

void SplitProgramBuilder::compileChoice(const Node &node) {
  std::vector<uint32_t> exits;
  for (const Node::Pointer &child : node.children) {
    bool last = &child == &node.children.back();
    uint32_t fork = last ? 0 : emitFork(*child, /*preferExit=*/false);
    compile(*child);
    if (last)
      break;
    exits.push_back(emit(SplitOp::Jump));
    if (problem.empty())
      instructions[fork].b = here();
  }
  if (problem.empty())
    for (uint32_t jump : exits)
      instructions[jump].a = here();
}

void SplitProgramBuilder::compileRepeat(const Node &node) {
  const Node &child = *node.children.front();
  if (child.kind == Node::Kind::Set) {
    emit(SplitOp::Repeat, addSet(child.set), node.least, node.most, node.mode);
    return;
  }
  if (node.most == rt::unlimited && beginningOf(child).mayBeEmpty) {
    problem = "an endless repetition of what may be empty is not supported";
    return;
  }
  if (node.mode != SplitMode::Possessive)
    return compileCopies(node);
  if (++nesting > deepestNesting)
    problem = "possessive groups this deep inside one another are not supported";
  uint32_t atomic = emit(SplitOp::Atomic);
  compileCopies(node);
  emit(SplitOp::Accept);
  --nesting;
  if (problem.empty())
    instructions[atomic].a = here();
}

/// Compiles a repetition as copies of its child, and a loop if it is endless.
void SplitProgramBuilder::compileCopies(const Node &node) {
  const Node &child = *node.children.front();
  bool lazy = node.mode == SplitMode::Lazy;
  for (uint32_t i = 0; i < node.least && problem.empty(); ++i)
    compile(child);
  std::vector<uint32_t> forks;
  if (node.most == rt::unlimited) {
    uint32_t fork = emitFork(child, lazy);
    forks.push_back(fork);
    compile(child);
    emit(SplitOp::Jump, rt::noSet, fork);
  } else {
    for (uint32_t i = node.least; i < node.most && problem.empty(); ++i) {
      forks.push_back(emitFork(child, lazy));
      compile(child);
    }
  }
  if (problem.empty())
    for (uint32_t fork : forks)
      (lazy ? instructions[fork].a : instructions[fork].b) = here();
}

void SplitProgramBuilder::compileLook(const Node &node) {
  const Node &child = *node.children.front();
  SplitMode mode = node.negative ? SplitMode::Negative : SplitMode::Greedy;
  if (child.kind == Node::Kind::Set) {
    emit(SplitOp::LookSet, addSet(child.set), 0, 0, mode);
    return;
  }
  if (++nesting > deepestNesting)
    problem = "lookaheads this deep inside one another are not supported";
  uint32_t look = emit(SplitOp::Look, rt::noSet, 0, 0, mode);
  compile(child);
  emit(SplitOp::Accept);
  --nesting;
  if (problem.empty())
    instructions[look].a = here();
}

void SplitProgramBuilder::compileAtomic(const Node &node) {
  if (++nesting > deepestNesting)
    problem = "atomic groups this deep inside one another are not supported";
  uint32_t atomic = emit(SplitOp::Atomic);
  compile(*node.children.front());
  emit(SplitOp::Accept);
  --nesting;
  if (problem.empty())
    instructions[atomic].a = here();
}

Error SplitProgramBuilder::addProgram(const Node &pattern, rt::SplitStep &step) {
  problem.clear();
  nesting = 0;
  Beginning beginning = beginningOf(pattern);
  step.startSet = beginning.mayBeEmpty ? rt::noSet : addSet(beginning.set);
  step.firstInstruction = here();
  compile(pattern);
  emit(SplitOp::Accept);
  if (problem.empty() && sets.size() >= rt::noSet)
    problem = "the pattern has too many character classes";
  step.instructionCount = here() - step.firstInstruction;
  if (!problem.empty())
    return make_error<PatternError>(problem, 0);
  return Error::success();
}

namespace {
/// From `first` to the next run all characters have this symbol.
struct SymbolRun {
  uint32_t first;
  uint8_t symbol;
};
} // namespace

/// Where any set begins or ends, the symbol may change.
static std::vector<uint32_t> bordersOf(ArrayRef<CharacterSet> sets) {
  std::vector<uint32_t> borders = {0};
  for (const CharacterSet &set : sets)
    for (const CharacterSet::Range &range : set.ranges()) {
      borders.push_back(range.first);
      if (range.last < CharacterSet::lastCharacter)
        borders.push_back(range.last + 1);
    }
  llvm::sort(borders);
  borders.erase(llvm::unique(borders), borders.end());
  return borders;
}

/// Writes the symbols of all characters in pages; equal pages are one.
static void layOutPages(ArrayRef<SymbolRun> runs, SplitProgramTables &tables) {
  std::map<std::array<uint8_t, 256>, uint16_t> pages;
  size_t run = 0;
  for (uint32_t page = 0; page < rt::characterPageCount; ++page) {
    auto startsBy = [&](uint32_t character) {
      return run + 1 < runs.size() && runs[run + 1].first <= character;
    };
    // Most pages lie in one run, as the page before does.
    bool uniform = page > 0 && !startsBy(256 * page + 255) && runs[run].first <= 256 * (page - 1);
    if (uniform) {
      tables.pageIndex.push_back(tables.pageIndex.back());
      continue;
    }
    std::array<uint8_t, 256> content;
    for (uint32_t i = 0; i < 256; ++i) {
      while (startsBy(256 * page + i))
        ++run;
      content[i] = runs[run].symbol;
    }
    auto [entry, isNew] = pages.try_emplace(content, uint16_t(pages.size()));
    if (isNew)
      tables.pages.insert(tables.pages.end(), content.begin(), content.end());
    tables.pageIndex.push_back(entry->second);
  }
}

Expected<SplitProgramTables> SplitProgramBuilder::finish() {
  SplitProgramTables tables;
  tables.instructions = instructions;
  if (sets.empty())
    return tables;

  std::map<std::vector<bool>, uint8_t> symbols; // by the sets that hold them
  std::vector<SymbolRun> runs;
  tables.sets.resize(sets.size());
  for (uint32_t border : bordersOf(sets)) {
    std::vector<bool> members;
    for (const CharacterSet &set : sets)
      members.push_back(set.contains(border));
    auto [entry, isNew] = symbols.try_emplace(members, uint8_t(symbols.size()));
    if (symbols.size() > rt::symbolLimit)
      return make_error<PatternError>("the patterns tell more than " +
                                          std::to_string(rt::symbolLimit) +
                                          " kinds of characters apart",
                                      0);
    runs.push_back({border, entry->second});
    for (size_t set = 0; isNew && set < sets.size(); ++set)
      if (members[set])
        tables.sets[set].bits[entry->second / 64] |= uint64_t(1) << (entry->second % 64);
  }
  layOutPages(runs, tables);
  return tables;
}

} // namespace tenon::tokenizer
