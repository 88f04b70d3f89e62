//===- Inspect.cpp - tenon inspect: what is in a file or a checkpoint -----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Target.h"
#include "importers/Diagnostics/QuotedText.h"
#include "importers/HuggingFace/Checkpoint.h"
#include "runtime/Payload.h"
#include "runtime/PayloadFormat.h"
#include "runtime/Status.h"
#include "tools/tenon/Command.h"
#include "tools/tenon/DiagnosticPrinter.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Object/ELF.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

using namespace mlir;
using namespace tenon;
using rt::Status;
using rt::StatusCode;
namespace cl = llvm::cl;
namespace json = llvm::json;

static cl::SubCommand inspectSubcommand("inspect", "tell what a file or a checkpoint holds");
static cl::opt<std::string> path(cl::Positional, cl::Required, cl::desc("FILE"),
                                 cl::sub(inspectSubcommand));
static cl::opt<bool> asJson("json", cl::desc("print JSON"), cl::sub(inspectSubcommand));

//===----------------------------------------------------------------------===//
// A checkpoint
//===----------------------------------------------------------------------===//

static Status inspectCheckpoint() {
  MLIRContext context;
  DiagnosticPrinter printer(&context);
  FailureOr<hf::Checkpoint> checkpoint = hf::Checkpoint::open(&context, path);
  if (failed(checkpoint))
    return Status::failure(StatusCode::Refused, ""); // a diagnostic has said why
  if (!asJson) {
    for (const hf::TensorEntry &tensor : checkpoint->tensors())
      llvm::outs() << llvm::formatv(
          "{0,12} bytes  {1,-5} [{2}]  {3}\n", tensor.sizeBytes, hf::elementTypeName(tensor.type),
          llvm::join(
              llvm::map_range(tensor.shape, [](int64_t size) { return std::to_string(size); }),
              ", "),
          tensor.name);
    llvm::outs() << llvm::formatv("{0} tensors, {1} bytes, in {2} files\n",
                                  checkpoint->tensors().size(), checkpoint->sizeBytes(),
                                  checkpoint->files().size());
    return Status::ok();
  }
  json::OStream out(llvm::outs(), 2);
  out.object([&] {
    out.attributeArray("tensors", [&] {
      for (const hf::TensorEntry &tensor : checkpoint->tensors())
        out.object([&] {
          out.attribute("name", tensor.name);
          out.attribute("type", hf::elementTypeName(tensor.type));
          out.attribute("shape", json::Array(llvm::ArrayRef<int64_t>(tensor.shape)));
          out.attribute("bytes", static_cast<int64_t>(tensor.sizeBytes));
          out.attribute("file", checkpoint->files()[tensor.file]);
        });
    });
    out.attribute("bytes", static_cast<int64_t>(checkpoint->sizeBytes()));
  });
  llvm::outs() << "\n";
  return Status::ok();
}

//===----------------------------------------------------------------------===//
// A produced file
//===----------------------------------------------------------------------===//

static StringRef sectionName(rt::SectionKind kind) {
  switch (kind) {
  case rt::SectionKind::Model:
    return "model";
  case rt::SectionKind::WeightTable:
    return "weight table";
  case rt::SectionKind::Tokenizer:
    return "tokenizer";
  case rt::SectionKind::ChatTemplate:
    return "chat template";
  case rt::SectionKind::Provenance:
    return "provenance";
  case rt::SectionKind::Report:
    return "report";
  case rt::SectionKind::Golden:
    return "golden";
  case rt::SectionKind::HashLeaves:
    return "hash leaves";
  case rt::SectionKind::Weights:
    return "weights";
  case rt::SectionKind::Licence:
    return "licence";
  }
  return "unknown";
}

namespace {
/// What is told of a produced file.
struct FileContents {
  uint64_t sizeBytes = 0, payloadOffset = 0;
  std::vector<rt::PayloadSection> sections;
  std::string provenance;
  /// By kind of machine: its functions, with their bytes of code.
  llvm::MapVector<StringRef, std::vector<std::pair<std::string, uint64_t>>> functions;
};
} // namespace

static Status damaged() {
  return Status::failure(StatusCode::Damaged,
                         "'{}' is shorter than its headers say; copy or compile it again",
                         std::string(path));
}

/// Reads the table of the payload at the start of `bytes`, which may be cut off.
static Status readPayload(StringRef bytes, FileContents &contents) {
  rt::PayloadHeader header;
  if (bytes.size() < sizeof(header))
    return damaged();
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.version != rt::payloadVersion || header.sectionCount > rt::maxPayloadSections)
    return Status::failure(StatusCode::Refused,
                           "'{}' has a payload of version {}, this tenon reads {}",
                           std::string(path), header.version, rt::payloadVersion);
  contents.sections.resize(header.sectionCount);
  size_t tableBytes = header.sectionCount * sizeof(rt::PayloadSection);
  if (bytes.size() < header.payloadBytes || bytes.size() < sizeof(header) + tableBytes)
    return damaged();
  std::memcpy(contents.sections.data(), bytes.data() + sizeof(header), tableBytes);
  auto whole = rt::Payload::open(std::as_bytes(std::span(bytes.data(), header.payloadBytes)));
  if (!whole)
    return Status::failure(whole.status().code(), "'{}': {}", std::string(path),
                           whole.status().message());
  for (const rt::PayloadSection &section : contents.sections) {
    if (section.offset > bytes.size() || section.sizeBytes > bytes.size() - section.offset)
      return damaged();
    if (section.kind == rt::SectionKind::Provenance)
      contents.provenance = bytes.substr(section.offset, section.sizeBytes).str();
  }
  return Status::ok();
}

using llvm::object::ELF64LE;
using llvm::object::ELF64LEFile;

/// Finds the functions of the steps by their names, `step_8.2.qkv.amx`. A file
/// that was stripped has none.
/// Whether functions of this suffix are code for a kind of machine.
static bool isTarget(StringRef suffix) {
  return llvm::any_of(targets(),
                      [&](const Target &target) { return symbolSuffix(target) == suffix; });
}

static void readSymbols(const ELF64LEFile &file, FileContents &contents) {
  auto sections = llvm::expectedToOptional(file.sections());
  for (const ELF64LE::Shdr &table : sections.value_or(llvm::ArrayRef<ELF64LE::Shdr>())) {
    if (table.sh_type != llvm::ELF::SHT_SYMTAB)
      continue;
    auto symbols = llvm::expectedToOptional(file.symbols(&table));
    auto names = llvm::expectedToOptional(file.getStringTableForSymtab(table));
    if (!symbols || !names)
      return;
    for (const ELF64LE::Sym &symbol : *symbols) {
      StringRef name = llvm::expectedToOptional(symbol.getName(*names)).value_or("");
      auto [function, target] = name.rsplit('.');
      if (symbol.getType() == llvm::ELF::STT_FUNC && name.starts_with("step") &&
          function.contains('.') && isTarget(target))
        contents.functions[target].push_back({function.str(), symbol.st_size});
    }
  }
}

static Status readFile(StringRef bytes, FileContents &contents) {
  contents.sizeBytes = bytes.size();
  auto file = llvm::expectedToOptional(ELF64LEFile::create(bytes));
  std::optional<ELF64LEFile::Elf_Phdr_Range> segments;
  if (file)
    segments = llvm::expectedToOptional(file->program_headers());
  for (const ELF64LE::Phdr &segment : segments.value_or(ELF64LEFile::Elf_Phdr_Range())) {
    uint64_t magic = 0;
    if (segment.p_type != llvm::ELF::PT_LOAD || segment.p_filesz < sizeof(rt::PayloadHeader))
      continue;
    if (segment.p_offset > bytes.size() ||
        bytes.size() - segment.p_offset < sizeof(rt::PayloadHeader))
      return damaged();
    std::memcpy(&magic, bytes.data() + segment.p_offset, sizeof(magic));
    if (magic != rt::payloadMagic)
      continue;
    contents.payloadOffset = segment.p_offset;
    readSymbols(*file, contents);
    return readPayload(bytes.drop_front(segment.p_offset), contents);
  }
  return Status::failure(StatusCode::Refused,
                         "'{}' is not a file that tenon has made, nor a checkpoint folder",
                         std::string(path));
}

static void printJson(const FileContents &contents) {
  json::OStream out(llvm::outs(), 2);
  out.object([&] {
    out.attribute("bytes", static_cast<int64_t>(contents.sizeBytes));
    out.attribute("payload_offset", static_cast<int64_t>(contents.payloadOffset));
    out.attributeObject("sections", [&] {
      for (const rt::PayloadSection &section : contents.sections)
        out.attribute(sectionName(section.kind), static_cast<int64_t>(section.sizeBytes));
    });
    out.attributeObject("provenance", [&] {
      for (StringRef line : llvm::split(contents.provenance, '\n'))
        if (!line.empty())
          out.attribute(line.split(": ").first, line.split(": ").second);
    });
    out.attributeObject("functions", [&] {
      for (const auto &[target, functions] : contents.functions)
        out.attributeObject(target, [&, &functions = functions] {
          for (const auto &[name, size] : functions)
            out.attribute(name, static_cast<int64_t>(size));
        });
    });
  });
  llvm::outs() << "\n";
}

static void printText(const FileContents &contents) {
  llvm::outs() << contents.provenance
               << llvm::formatv("file: {0} bytes, of which the program {1}\n", contents.sizeBytes,
                                contents.payloadOffset);
  for (const rt::PayloadSection &section : contents.sections)
    llvm::outs() << llvm::formatv("section: {0}, {1} bytes\n", sectionName(section.kind),
                                  section.sizeBytes);
  for (const auto &[target, functions] : contents.functions) {
    uint64_t total = 0;
    for (const auto &function : functions)
      total += function.second;
    llvm::outs() << llvm::formatv("code for {0}: {1} functions, {2} bytes\n", target,
                                  functions.size(), total);
    for (const auto &[name, size] : functions)
      llvm::outs() << llvm::formatv("  {0,8} {1}\n", size, name);
  }
  if (contents.functions.empty())
    llvm::outs() << "code: the file has no symbols\n";
}

static Status inspectFile() {
  llvm::sys::fs::file_status status;
  std::error_code error = llvm::sys::fs::status(path, status);
  if (!error && status.type() != llvm::sys::fs::file_type::regular_file)
    return Status::failure(StatusCode::Refused,
                           "'{}' is no regular file; give a file that tenon has made, or a "
                           "checkpoint folder",
                           std::string(path));
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return Status::failure(StatusCode::InputOutput, "cannot read '{}': {}", std::string(path),
                           buffer.getError().message());
  FileContents contents;
  if (Status status = readFile((*buffer)->getBuffer(), contents); !status)
    return status;
  asJson ? printJson(contents) : printText(contents);
  return Status::ok();
}

static int runInspect() {
  Status status = llvm::sys::fs::is_directory(path) ? inspectCheckpoint() : inspectFile();
  if (!status && !status.message().empty())
    llvm::errs() << "tenon inspect: error: " << printable(status.message()) << "\n";
  return status.exitCode();
}

Command tenon::inspectCommand() { return {&inspectSubcommand, runInspect}; }
