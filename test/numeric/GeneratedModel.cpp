//===- GeneratedModel.cpp - Compiled code and weights in this process -----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GeneratedModel.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace tenon::rt;

namespace tenon::test {

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

bool GeneratedModel::loadObject(llvm::StringRef folder, const std::string &kind) {
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, kind + ".o");
  auto object = llvm::MemoryBuffer::getFile(path);
  if (!object) {
    llvm::errs() << path << ": " << object.getError().message() << '\n';
    return false;
  }
  return code->add(kind, std::move(*object));
}

std::unique_ptr<GeneratedModel> GeneratedModel::compile(llvm::StringRef name, bool asF32,
                                                        const std::vector<std::string> &kinds) {
  llvm::SmallString<128> folder, checkpoint(TENON_MODELS), output;
  if (llvm::sys::fs::createUniqueDirectory("tenon-numeric", folder))
    return nullptr;
  llvm::sys::path::append(checkpoint, name);
  llvm::sys::path::append(output = folder, "app");
  std::unique_ptr<GeneratedModel> model(new GeneratedModel);
  model->code = GeneratedCode::create();
  bool loaded = model->code && runCompiler(checkpoint, asF32, kinds, folder, output) &&
                model->openPayload(output);
  for (const std::string &kind : kinds)
    loaded = loaded && model->loadObject(folder, kind);
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
  return code->variants(kind);
}

} // namespace tenon::test
