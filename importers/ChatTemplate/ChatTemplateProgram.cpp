//===- ChatTemplateProgram.cpp - Builds the program of a chat template ----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChatTemplateProgram.h"

#include "llvm/ADT/bit.h"

#include <cstring>

using namespace tenon;
using namespace tenon::jinja;
using namespace tenon::rt::templates;

uint32_t ProgramBuilder::addConstant(ConstantKind kind, uint64_t bits, uint32_t sizeBytes,
                                     llvm::StringRef key) {
  std::string name(1, static_cast<char>('0' + static_cast<uint32_t>(kind)));
  auto [entry, isNew] =
      known.try_emplace(name + key.str(), static_cast<uint32_t>(constants.size()));
  if (isNew) {
    constants.push_back({kind, sizeBytes, bits});
    if (kind == ConstantKind::String)
      text += key;
  }
  return entry->second;
}

uint32_t ProgramBuilder::addString(llvm::StringRef value) {
  return addConstant(ConstantKind::String, text.size(), static_cast<uint32_t>(value.size()), value);
}

uint32_t ProgramBuilder::addInteger(int64_t value) {
  return addConstant(ConstantKind::Integer, static_cast<uint64_t>(value), 0, std::to_string(value));
}

uint32_t ProgramBuilder::addFloat(double value) {
  uint64_t bits = llvm::bit_cast<uint64_t>(value);
  return addConstant(ConstantKind::Float, bits, 0, std::to_string(bits));
}

uint32_t ProgramBuilder::addSingle(ConstantKind kind) { return addConstant(kind, 0, 0, ""); }

uint32_t ProgramBuilder::addFunction(ProgramFunction function, llvm::ArrayRef<uint32_t> names) {
  function.firstParameter = static_cast<uint32_t>(parameters.size());
  function.parameterCount = static_cast<uint32_t>(names.size());
  parameters.insert(parameters.end(), names.begin(), names.end());
  functions.push_back(function);
  return static_cast<uint32_t>(functions.size() - 1);
}

void ProgramBuilder::addGlobal(llvm::StringRef name, llvm::StringRef value) {
  uint32_t nameIndex = addString(name);
  globals.push_back({nameIndex, addString(value)});
}

uint32_t ProgramBuilder::emit(Opcode opcode, Place place, uint32_t operand, size_t count,
                              size_t flags) {
  instructions.push_back({static_cast<uint8_t>(opcode), static_cast<uint8_t>(flags),
                          static_cast<uint16_t>(count), operand, place.line});
  return here() - 1;
}

template <typename Row>
static void append(std::vector<char> &bytes, const Row *rows, size_t count) {
  const char *first = reinterpret_cast<const char *>(rows);
  bytes.insert(bytes.end(), first, first + count * sizeof(Row));
}

std::vector<char> ProgramBuilder::write() const {
  ProgramHeader header{};
  std::memcpy(header.magic, programMagic, sizeof(programMagic));
  header.constantCount = static_cast<uint32_t>(constants.size());
  header.functionCount = static_cast<uint32_t>(functions.size());
  header.parameterCount = static_cast<uint32_t>(parameters.size());
  header.globalCount = static_cast<uint32_t>(globals.size());
  header.instructionCount = static_cast<uint32_t>(instructions.size());
  header.textBytes = static_cast<uint32_t>(text.size());
  std::vector<char> bytes(sizeof(header));
  append(bytes, constants.data(), constants.size());
  append(bytes, functions.data(), functions.size());
  append(bytes, parameters.data(), parameters.size());
  append(bytes, globals.data(), globals.size());
  append(bytes, instructions.data(), instructions.size());
  append(bytes, text.data(), text.size());
  header.sizeBytes = static_cast<uint32_t>(bytes.size());
  std::memcpy(bytes.data(), &header, sizeof(header));
  return bytes;
}
