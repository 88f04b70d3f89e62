//===- TemplateProgram.h - The tables of a compiled chat template ---------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TEMPLATE_TEMPLATEPROGRAM_H
#define TENON_RUNTIME_TEMPLATE_TEMPLATEPROGRAM_H

#include "TemplateFormat.h"
#include "runtime/Status.h"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace tenon::rt::templates {

/// A program whose every index was checked. Strings lie in the bytes it was
/// opened on.
struct ProgramTables {
  std::vector<ProgramConstant> constants;
  std::vector<ProgramFunction> functions;
  std::vector<uint32_t> parameters; ///< names
  std::vector<ProgramGlobal> globals;
  std::vector<Instruction> instructions;
  std::string_view text;

  /// The string constant `index`.
  std::string_view string(uint32_t index) const {
    return text.substr(constants[index].bits, constants[index].sizeBytes);
  }
  /// The constant that is the string `name`, or noIndex.
  uint32_t findString(std::string_view name) const;
  /// The variables that the program may read before it sets them, so that a
  /// value from outside is seen; without functions and special tokens.
  std::vector<std::string_view> variables() const;
};

/// Reads and checks `program`.
/// \returns Damaged when any length, index or opcode is out of range.
Expected<ProgramTables> openProgram(std::span<const std::byte> program);

} // namespace tenon::rt::templates

#endif // TENON_RUNTIME_TEMPLATE_TEMPLATEPROGRAM_H
