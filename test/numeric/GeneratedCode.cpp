//===- GeneratedCode.cpp - Compiled code in this process ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GeneratedCode.h"

#include "runtime/Cpu.h"

#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Object/ELFObjectFile.h"
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

GeneratedCode::GeneratedCode(std::unique_ptr<orc::LLJIT> jit) : jit(std::move(jit)) {}
GeneratedCode::~GeneratedCode() = default;

std::unique_ptr<GeneratedCode> GeneratedCode::create() {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto jit = orc::LLJITBuilder().create();
  if (report(jit.takeError()))
    return nullptr;
  orc::SymbolMap symbols;
  for (auto [symbol, address] :
       {std::pair("tenon_barrier", orc::ExecutorAddr::fromPtr(&tenon_barrier)),
        std::pair("memset", orc::ExecutorAddr::fromPtr(&std::memset)),
        std::pair("memcpy", orc::ExecutorAddr::fromPtr(&std::memcpy))})
    symbols[(*jit)->mangleAndIntern(symbol)] = {address, llvm::JITSymbolFlags::Exported};
  if (report((*jit)->getMainJITDylib().define(orc::absoluteSymbols(symbols))))
    return nullptr;
  return std::unique_ptr<GeneratedCode>(new GeneratedCode(std::move(*jit)));
}

bool GeneratedCode::add(const std::string &kind, std::unique_ptr<llvm::MemoryBuffer> object) {
  variantCounts[kind] = sizeOfSymbol(*object, tableName(kind)) / sizeof(ProgramVariant);
  return !report(jit->addObjectFile(std::move(object)));
}

std::span<const ProgramVariant> GeneratedCode::variants(llvm::StringRef kind) const {
  auto address = jit->lookup(tableName(kind));
  if (report(address.takeError()))
    return {};
  return {address->toPtr<const ProgramVariant *>(), variantCounts.lookup(kind)};
}

} // namespace tenon::test
