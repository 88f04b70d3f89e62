//===- ChatTemplateProgram.h - Builds the program of a chat template ------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_CHATTEMPLATE_CHATTEMPLATEPROGRAM_H
#define TENON_IMPORTERS_CHATTEMPLATE_CHATTEMPLATEPROGRAM_H

#include "ChatTemplateSyntax.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <vector>

namespace tenon::jinja {

/// Gathers the tables of runtime/Template/TemplateFormat.h and writes them out.
class ProgramBuilder {
public:
  uint32_t addString(llvm::StringRef text);
  uint32_t addInteger(int64_t value);
  uint32_t addFloat(double value);
  uint32_t addSingle(rt::templates::ConstantKind kind); ///< none, false, true
  uint32_t addFunction(rt::templates::ProgramFunction function,
                       llvm::ArrayRef<uint32_t> parameters);
  void addGlobal(llvm::StringRef name, llvm::StringRef value);

  /// Appends an instruction. \returns its place.
  uint32_t emit(rt::templates::Opcode opcode, Place place, uint32_t operand = 0, size_t count = 0,
                size_t flags = 0);
  /// The place of the next instruction.
  uint32_t here() const { return static_cast<uint32_t>(instructions.size()); }
  /// Lets the jump at `place` go to the next instruction.
  void land(uint32_t place) { instructions[place].operand = here(); }

  std::vector<char> write() const;

private:
  uint32_t addConstant(rt::templates::ConstantKind kind, uint64_t bits, uint32_t sizeBytes,
                       llvm::StringRef key);

  std::vector<rt::templates::ProgramConstant> constants;
  std::vector<rt::templates::ProgramFunction> functions;
  std::vector<uint32_t> parameters;
  std::vector<rt::templates::ProgramGlobal> globals;
  std::vector<rt::templates::Instruction> instructions;
  std::string text;
  llvm::StringMap<uint32_t> known; ///< constants by kind and value
};

/// Compiles the statements into `program`. Names of filters, tests, functions
/// and methods that the runtime lacks are reported.
void generate(const StatementList &statements, ProgramBuilder &program, Problems &problems);

} // namespace tenon::jinja

#endif // TENON_IMPORTERS_CHATTEMPLATE_CHATTEMPLATEPROGRAM_H
