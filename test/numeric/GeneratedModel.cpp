//===- GeneratedModel.cpp - Compiled code and weights in this process -------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GeneratedModel.h"

#include "runtime/Cpu.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

namespace orc = llvm::orc;
using namespace tenon::rt;

namespace tenon::test {

/// What the code of each kind needs.
static constexpr struct {
  const char *name;
  uint64_t features;
} kindsOfCode[] = {
    {"x86-64-v3", CpuAvx2},
    {"x86-64-v4", CpuAvx2 | CpuAvx512},
    {"amx", CpuAvx2 | CpuAvx512 | CpuAvx512Bf16 | CpuAmxTile | CpuAmxBf16},
};

std::vector<std::string> runnableKinds() {
  CpuFacts facts = CpuFacts::read();
  std::vector<std::string> kinds;
  for (auto &kind : kindsOfCode)
    if (missingFeatures(facts, kind.features).empty())
      kinds.push_back(kind.name);
  return kinds;
}

/// Prints an error if there is one, and \returns whether.
static bool report(llvm::Error error) {
  bool failed = static_cast<bool>(error);
  llvm::logAllUnhandledErrors(std::move(error), llvm::errs());
  return failed;
}

/// Runs the compiler, which keeps its objects in `folder`.
static bool runCompiler(llvm::StringRef checkpoint, bool asF32,
                        const std::vector<std::string> &kinds, llvm::StringRef folder,
                        llvm::StringRef output) {
  std::string targets = "--target=" + llvm::join(kinds, ",");
  std::string objects = ("--save-temps=" + folder).str();
  std::vector<llvm::StringRef> arguments = {TENON_COMPILER, "compile", checkpoint, targets,
                                            objects,        "-w",      "-o",       output};
  if (asF32)
    arguments.push_back("--dtype=f32");
  std::string message;
  int code = llvm::sys::ExecuteAndWait(TENON_COMPILER, arguments, std::nullopt, {}, 0, 0, &message);
  if (code != 0)
    llvm::errs() << "the compiler failed with exit code " << code << ": " << message << '\n';
  return code == 0;
}

GeneratedModel::GeneratedModel() = default;
GeneratedModel::~GeneratedModel() = default;

/// The payload is what the last loaded segment holds.
bool GeneratedModel::openPayload(llvm::StringRef path) {
  auto read = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!read) {
    llvm::errs() << path << ": " << read.getError().message() << '\n';
    return false;
  }
  file = std::move(*read);
  auto elf = llvm::object::ELF64LEFile::create(file->getBuffer());
  if (report(elf.takeError()))
    return false;
  auto segments = elf->program_headers();
  if (report(segments.takeError()))
    return false;
  std::span<const std::byte> bytes;
  for (auto &segment : *segments)
    if (segment.p_type == llvm::ELF::PT_LOAD)
      bytes = {reinterpret_cast<const std::byte *>(elf->base()) + segment.p_offset,
               static_cast<size_t>(segment.p_filesz)};
  auto opened = Payload::open(bytes);
  if (!opened) {
    llvm::errs() << path << ": " << opened.status().message() << '\n';
    return false;
  }
  payload = *opened;
  return true;
}

/// As the linker names the table of a kind: no sign but letters, digits and '_'.
static std::string tableName(llvm::StringRef kind) {
  std::string name = ("tenon_variants_" + kind).str();
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  return name;
}

/// The size of a symbol of an object, which is the only place that has it.
static uint64_t sizeOfSymbol(llvm::MemoryBufferRef object, llvm::StringRef wanted) {
  auto elf = llvm::object::ObjectFile::createELFObjectFile(object);
  if (report(elf.takeError()))
    return 0;
  for (const llvm::object::ELFSymbolRef symbol : (*elf)->symbols()) {
    llvm::Expected<llvm::StringRef> name = symbol.getName();
    if (!report(name.takeError()) && *name == wanted)
      return symbol.getSize();
  }
  return 0;
}

bool GeneratedModel::loadObject(llvm::StringRef folder, const std::string &kind) {
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, kind + ".o");
  auto object = llvm::MemoryBuffer::getFile(path);
  if (!object) {
    llvm::errs() << path << ": " << object.getError().message() << '\n';
    return false;
  }
  variantCounts[kind] = sizeOfSymbol(**object, tableName(kind)) / sizeof(ProgramVariant);
  return !report(jit->addObjectFile(std::move(*object)));
}

std::unique_ptr<GeneratedModel> GeneratedModel::compile(llvm::StringRef name, bool asF32,
                                                        const std::vector<std::string> &kinds) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::SmallString<128> folder, checkpoint(TENON_MODELS), output;
  if (llvm::sys::fs::createUniqueDirectory("tenon-numeric", folder))
    return nullptr;
  llvm::sys::path::append(checkpoint, name);
  llvm::sys::path::append(output = folder, "app");
  std::unique_ptr<GeneratedModel> model(new GeneratedModel);
  auto jit = orc::LLJITBuilder().create();
  bool loaded = !report(jit.takeError()) && runCompiler(checkpoint, asF32, kinds, folder, output) &&
                model->openPayload(output);
  if (loaded) {
    model->jit = std::move(*jit);
    orc::SymbolMap symbols;
    for (auto [symbol, address] :
         {std::pair("tenon_barrier", orc::ExecutorAddr::fromPtr(&tenon_barrier)),
          std::pair("memset", orc::ExecutorAddr::fromPtr(&std::memset)),
          std::pair("memcpy", orc::ExecutorAddr::fromPtr(&std::memcpy))})
      symbols[model->jit->mangleAndIntern(symbol)] = {address, llvm::JITSymbolFlags::Exported};
    loaded = !report(model->jit->getMainJITDylib().define(orc::absoluteSymbols(symbols)));
    for (const std::string &kind : kinds)
      loaded = loaded && model->loadObject(folder, kind);
  }
  llvm::sys::fs::remove_directories(folder);
  return loaded ? std::move(model) : nullptr;
}

const ModelInfo &GeneratedModel::info() const {
  return *reinterpret_cast<const ModelInfo *>(payload->section(SectionKind::Model).data());
}

std::span<const std::byte> GeneratedModel::weights() const {
  return payload->section(SectionKind::Weights);
}

std::span<const uint64_t> GeneratedModel::weightOffsets() const {
  std::span<const std::byte> table = payload->section(SectionKind::WeightTable);
  return {reinterpret_cast<const uint64_t *>(table.data()), table.size() / sizeof(uint64_t)};
}

std::span<const ProgramVariant> GeneratedModel::variants(llvm::StringRef kind) const {
  auto address = jit->lookup(tableName(kind));
  if (report(address.takeError()))
    return {};
  return {address->toPtr<const ProgramVariant *>(), variantCounts.lookup(kind)};
}

} // namespace tenon::test
