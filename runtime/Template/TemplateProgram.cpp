//===- TemplateProgram.cpp - The tables of a compiled chat template -------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TemplateProgram.h"

#include <algorithm>
#include <cstring>
#include <utility>

using namespace tenon::rt;
using namespace tenon::rt::templates;

static Status damaged(std::string_view what) {
  return Status::failure(StatusCode::Damaged,
                         "the chat template's program is damaged: {}; compile the model again",
                         what);
}

/// Copies the next `count` rows of `bytes` into `table`.
template <typename Row>
static bool takeTable(std::span<const std::byte> &bytes, size_t count, std::vector<Row> &table) {
  if (count > bytes.size() / sizeof(Row))
    return false;
  table.resize(count);
  if (count > 0)
    std::memcpy(table.data(), bytes.data(), count * sizeof(Row));
  bytes = bytes.subspan(count * sizeof(Row));
  return true;
}

uint32_t ProgramTables::findString(std::string_view name) const {
  for (uint32_t i = 0; i < constants.size(); ++i)
    if (constants[i].kind == ConstantKind::String && string(i) == name)
      return i;
  return noIndex;
}

namespace {

/// Finds names that are read where the program may not have stored them. What
/// is stored is known up to where a jump from before the store lands:
///
///   {% if a %}{% set b = 1 %}{{ b }}{% endif %}{{ b }}    the second b is found
///
/// Code is structured, so the order of the instructions is that of the source.
class VariableFinder {
public:
  explicit VariableFinder(const ProgramTables &tables) : tables(tables) {
    for (const ProgramGlobal &global : tables.globals)
      know(global.name, tables.instructions.size());
    for (const ProgramFunction &function : tables.functions)
      know(function.name, tables.instructions.size());
  }

  std::vector<std::string_view> find() {
    scan(0, tables.instructions.size());
    // What the template sets is seen inside macros; what a macro sets is not
    // seen outside. A macro inside a macro is added while this goes on.
    std::erase_if(known,
                  [&](const Known &name) { return name.until < tables.instructions.size(); });
    size_t outside = known.size();
    for (size_t i = 0; i < macros.size(); ++i) {
      const ProgramFunction &function = *macros[i].function;
      for (uint32_t parameter = 0; parameter < function.parameterCount; ++parameter)
        know(tables.parameters[function.firstParameter + parameter], macros[i].end);
      scan(function.entry, macros[i].end);
      known.resize(outside);
    }
    return std::move(found);
  }

private:
  struct Known {
    uint32_t name;
    size_t until;
  };
  struct Macro {
    const ProgramFunction *function;
    size_t end;
  };

  void know(uint32_t name, size_t until) { known.push_back({name, until}); }

  bool isKnown(uint32_t name, size_t at) const {
    std::string_view text = tables.string(name);
    return text == "loop" || findName(functionNames, text) != noIndex ||
           std::any_of(known.begin(), known.end(),
                       [&](const Known &each) { return each.name == name && at < each.until; });
  }

  void scan(size_t begin, size_t end) {
    std::vector<size_t> landings; // of the jumps so far
    for (size_t at = begin; at < end; ++at) {
      std::erase_if(landings, [&](size_t landing) { return landing <= at; });
      const Instruction &instruction = tables.instructions[at];
      Opcode opcode = Opcode(instruction.opcode);
      if (const ProgramFunction *function = opcode == Opcode::Jump ? macroAt(at + 1) : nullptr) {
        macros.push_back({function, instruction.operand});
        at = std::max<size_t>(at, size_t(instruction.operand) - 1);
      } else if (opcode == Opcode::LoadName) {
        read(instruction.operand, at);
      } else if (opcode == Opcode::StoreName) {
        auto first = std::min_element(landings.begin(), landings.end());
        know(instruction.operand, first == landings.end() ? end : *first);
      } else if (opcodes[instruction.opcode].operand == OperandKind::Target) {
        landings.push_back(instruction.operand);
      }
    }
  }

  void read(uint32_t name, size_t at) {
    std::string_view text = tables.string(name);
    if (!isKnown(name, at) && std::find(found.begin(), found.end(), text) == found.end())
      found.push_back(text);
  }

  /// The macro that begins at `entry`; a jump over its body stands before it.
  const ProgramFunction *macroAt(size_t entry) const {
    for (const ProgramFunction &function : tables.functions)
      if (function.entry == entry)
        return &function;
    return nullptr;
  }

  const ProgramTables &tables;
  std::vector<Known> known;
  std::vector<std::string_view> found;
  std::vector<Macro> macros;
};

} // namespace

std::vector<std::string_view> ProgramTables::variables() const {
  return VariableFinder(*this).find();
}

static bool isString(const ProgramTables &tables, uint32_t index) {
  return index < tables.constants.size() && tables.constants[index].kind == ConstantKind::String;
}

static bool areConstantsSound(const ProgramTables &tables) {
  for (const ProgramConstant &constant : tables.constants) {
    if (constant.kind > ConstantKind::String)
      return false;
    if (constant.kind == ConstantKind::String &&
        (constant.bits > tables.text.size() ||
         constant.sizeBytes > tables.text.size() - constant.bits))
      return false;
  }
  return true;
}

static bool areTablesSound(const ProgramTables &tables) {
  for (const ProgramFunction &function : tables.functions)
    if (!isString(tables, function.name) || function.entry >= tables.instructions.size() ||
        function.firstParameter > tables.parameters.size() ||
        function.parameterCount > tables.parameters.size() - function.firstParameter)
      return false;
  for (uint32_t parameter : tables.parameters)
    if (!isString(tables, parameter))
      return false;
  for (const ProgramGlobal &global : tables.globals)
    if (!isString(tables, global.name) || global.value >= tables.constants.size())
      return false;
  return true;
}

static bool isOperandSound(const ProgramTables &tables, const Instruction &instruction) {
  uint32_t operand = instruction.operand;
  switch (opcodes[instruction.opcode].operand) {
  case OperandKind::None:
    return true;
  case OperandKind::Constant:
    return operand < tables.constants.size();
  case OperandKind::Name:
    return isString(tables, operand);
  case OperandKind::Target:
    return operand < tables.instructions.size();
  case OperandKind::Function:
    return operand < tables.functions.size();
  case OperandKind::Filter:
    return operand < std::size(filterNames);
  case OperandKind::Test:
    return operand < std::size(testNames);
  }
  return false;
}

static bool areInstructionsSound(const ProgramTables &tables) {
  if (tables.instructions.empty() || tables.instructions.back().opcode != uint8_t(Opcode::Return))
    return false;
  for (const Instruction &instruction : tables.instructions) {
    if (instruction.opcode >= opcodeCount || !isOperandSound(tables, instruction))
      return false;
    Opcode opcode = Opcode(instruction.opcode);
    if ((opcode == Opcode::Compare || opcode == Opcode::CompareChain) &&
        instruction.flags >= comparisonCount)
      return false;
    bool takesText = opcode == Opcode::PrintText || opcode == Opcode::PushUndefined;
    if (takesText && !isString(tables, instruction.operand))
      return false;
  }
  return true;
}

Expected<ProgramTables> templates::openProgram(std::span<const std::byte> program) {
  ProgramHeader header;
  if (program.size() < sizeof(header))
    return damaged("it has no header");
  std::memcpy(&header, program.data(), sizeof(header));
  if (std::memcmp(header.magic, programMagic, sizeof(programMagic)) != 0)
    return damaged("it does not begin as one");
  if (header.sizeBytes != program.size() || header.reserved != 0)
    return damaged("its size is wrong");
  ProgramTables tables;
  std::span<const std::byte> rest = program.subspan(sizeof(header));
  if (!takeTable(rest, header.constantCount, tables.constants) ||
      !takeTable(rest, header.functionCount, tables.functions) ||
      !takeTable(rest, header.parameterCount, tables.parameters) ||
      !takeTable(rest, header.globalCount, tables.globals) ||
      !takeTable(rest, header.instructionCount, tables.instructions) ||
      rest.size() != header.textBytes)
    return damaged("its tables are longer or shorter than it says");
  tables.text = {reinterpret_cast<const char *>(rest.data()), rest.size()};
  if (!areConstantsSound(tables) || !areTablesSound(tables) || !areInstructionsSound(tables))
    return damaged("an index is out of range");
  return tables;
}
