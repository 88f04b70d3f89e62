//===- SplitProgramBuilder.h - From patterns to split programs ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_TOKENIZER_SPLITPROGRAMBUILDER_H
#define TENON_IMPORTERS_TOKENIZER_SPLITPROGRAMBUILDER_H

#include "SplitPattern.h"

#include <string>
#include <vector>

namespace tenon::tokenizer {

/// The tables of split programs, as rt::SplitTables reads them.
struct SplitProgramTables {
  std::vector<rt::SplitInstruction> instructions;
  std::vector<rt::SymbolSet> sets;
  std::vector<uint16_t> pageIndex;
  std::vector<uint8_t> pages;
};

/// Compiles the patterns of one tokenizer; they share sets and symbols.
class SplitProgramBuilder {
public:
  /// Compiles `pattern` and sets the program's fields in `step`.
  /// \returns a PatternError, at offset 0, for a pattern that is too large or
  /// repeats what may be empty without an end.
  llvm::Error addProgram(const PatternNode &pattern, rt::SplitStep &step);
  /// The number of `set` among the sets.
  uint32_t addSet(const CharacterSet &set);
  /// Numbers the symbols. \returns a PatternError when there are too many.
  llvm::Expected<SplitProgramTables> finish();

private:
  /// What a match of a node can begin with, and whether it may be empty.
  struct Beginning {
    CharacterSet set;
    bool mayBeEmpty = false;
  };
  static Beginning beginningOf(const PatternNode &node);
  uint32_t emit(rt::SplitOp op, uint32_t set = rt::noSet, uint32_t a = 0, uint32_t b = 0,
                rt::SplitMode mode = rt::SplitMode::Greedy);
  uint32_t here() const { return uint32_t(instructions.size()); }
  void compile(const PatternNode &node);
  void compileChoice(const PatternNode &node);
  void compileRepeat(const PatternNode &node);
  void compileCopies(const PatternNode &node);
  void compileLook(const PatternNode &node);
  void compileAtomic(const PatternNode &node);
  uint32_t emitFork(const PatternNode &node, bool preferExit);

  std::vector<rt::SplitInstruction> instructions;
  std::vector<CharacterSet> sets;
  std::string problem;
  unsigned nesting = 0; ///< lookaheads and atomic groups around here
};

} // namespace tenon::tokenizer

#endif // TENON_IMPORTERS_TOKENIZER_SPLITPROGRAMBUILDER_H
