//===- FileContent.cpp - What a file holds besides code and weights -------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/FileContent.h"

#include "codegen/Link/Linker.h"
#include "dialects/Task/TaskDialect.h"
#include "importers/ChatTemplate/ChatTemplate.h"
#include "importers/Diagnostics/QuotedText.h"
#include "importers/Files/ModelFolder.h"
#include "importers/Tokenizer/CompileTokenizer.h"
#include "passes/Version.h"
#include "runtime/ModelInfo.h"
#include "runtime/Template/ChatTemplate.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace tenon {

using rt::Status;
using rt::StatusCode;

/// More than any licence has.
static constexpr uint64_t maxLicenceBytes = 4u << 20;

/// Warns of a template that cannot render a question, alone or behind a text of
/// the system; what only fails when it runs is known here then. Templates without
/// a place for the system raise an exception on purpose.
static LogicalResult tryTemplate(MLIRContext &context, ArrayRef<char> program, StringRef file,
                                 const WarningOptions &warnings) {
  auto chatTemplate =
      rt::ChatTemplate::open(std::as_bytes(std::span(program.data(), program.size())));
  if (!chatTemplate)
    return emitError(fileLocation(&context, file)) << chatTemplate.status().message();
  const rt::Message messages[] = {{"system", "Be brief."}, {"user", "Hello!"}};
  for (size_t first : {1, 0}) {
    auto prompt = chatTemplate->render(std::span(messages).subspan(first), {});
    if (prompt || (first == 0 &&
                   prompt.status().message().find("refuses the conversation") != std::string::npos))
      continue;
    return warnings.warn(
        WarningClass::ChatTemplate, fileLocation(&context, file),
        "the template cannot render a conversation of one question" +
            Twine(first == 0 ? " behind a system message" : "") + " (" +
            printable(prompt.status().message()) +
            "); correct it, or put another one into the folder as chat_template.jinja");
  }
  return success();
}

Status FileContent::readText(MLIRContext &context, StringRef folder, int64_t vocabulary,
                             const WarningOptions &warnings) {
  Status refused = Status::failure(StatusCode::Refused, ""); // diagnostics have said why
  tokenizer::TokenizerOptions known;
  known.vocabularySize = vocabulary;
  auto compiled = tokenizer::compileTokenizer(&context, folder, known);
  llvm::StringMap<std::string> special;
  if (succeeded(compiled)) {
    for (const auto &[name, text] : compiled->specialTokens)
      special[name] = text;
    tokenizerSize = compiled->size;
    tokenizer = std::move(compiled->tables);
  }
  auto source = findChatTemplate(&context, folder);
  if (failed(source))
    return refused;
  if (*source) {
    templateFile = (*source)->fileName;
    auto program = compileChatTemplate(&context, (*source)->text, templateFile, special);
    if (failed(program) || failed(tryTemplate(context, *program, templateFile, warnings)))
      return refused;
    chatTemplate = std::move(*program);
  }
  return succeeded(compiled) ? Status::ok() : refused;
}

/// Whether a file of a checkpoint says under which terms it may be used.
static bool isLicence(StringRef name) {
  return llvm::any_of(ArrayRef<StringRef>{"license", "licence", "copying", "notice"},
                      [&](StringRef begin) { return name.starts_with_insensitive(begin); });
}

Status FileContent::readLicence(MLIRContext &context, StringRef folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator it(folder, error), end; it != end && !error;
       it.increment(error))
    if (isLicence(llvm::sys::path::filename(it->path())) &&
        !llvm::sys::fs::is_directory(it->path()))
      paths.push_back(it->path());
  llvm::sort(paths); // the order of a folder is no order
  licence = paths.empty() ? "The folder of the model has no file with a licence.\n\n" : "";
  for (const std::string &path : paths) {
    std::unique_ptr<llvm::MemoryBuffer> file = readTextFile(&context, path, maxLicenceBytes);
    if (!file)
      return Status::failure(StatusCode::Refused, ""); // a diagnostic has said why
    licence += "The model: " + printable(llvm::sys::path::filename(path)) + "\n\n" +
               printable(file->getBuffer().rtrim(), "\n\r\t\f") + "\n\n";
  }
  licence += link::runtimeNotices();
  return Status::ok();
}

int64_t countParameters(const hf::Model &model) {
  int64_t count = 0;
  for (const hf::TensorEntry &tensor : model.checkpoint->tensors()) {
    int64_t elements = 1;
    for (int64_t size : tensor.shape)
      elements *= size;
    count += elements;
  }
  return count;
}

int64_t numberOf(ModuleOp tasks, StringRef attribute) {
  return tasks->getAttrOfType<IntegerAttr>(attribute).getInt();
}

/// What the runtime must know of the model.
static rt::ModelInfo modelInfo(const hf::Model &model, ModuleOp tasks, int64_t weightCount,
                               int64_t tokenizerSize) {
  rt::ModelInfo info = {};
  info.vocabulary = model.decoder.vocab;
  info.sampledVocabulary = tokenizerSize > 0 ? tokenizerSize : model.decoder.vocab;
  info.maxContext = model.decoder.maxPositions;
  static_assert(transformer::maxPositionAxes == rt::maxPositionAxes);
  task::StepOp step = *tasks.getOps<task::StepOp>().begin();
  info.positionAxes = step.getPositionAxes();
  info.tokenCount = model.decoder.vocab;
  if (BlockArgument embeddings = step.getEmbeddings())
    info.embeddingColumns = cast<MemRefType>(embeddings.getType()).getDimSize(1);
  info.pagePositions = pagePositions;
  info.pageBytes = numberOf(tasks, task::pageBytesAttribute);
  info.slotBytes = numberOf(tasks, task::slotBytesAttribute);
  info.weightCount = weightCount;
  info.parameterCount = countParameters(model);
  info.generation = model.generation;
  return info;
}

/// The name of a folder, however its path is written: `model/`, or `.`.
static std::string folderName(StringRef folder) {
  llvm::SmallString<128> path(folder);
  llvm::sys::fs::make_absolute(path);
  llvm::sys::path::remove_dots(path, /*remove_dot_dot=*/true);
  StringRef clean = StringRef(path).rtrim('/');
  return printable(llvm::sys::path::filename(clean));
}

/// Lines for `info`: where the file comes from.
static std::string provenance(const hf::Model &model, StringRef folder,
                              ArrayRef<const Target *> targets) {
  std::string names;
  for (const Target *target : targets)
    names += (names.empty() ? "" : ", ") + target->name.str();
  const hf::DecoderConfig &decoder = model.decoder;
  return llvm::formatv("model: {0}\nfamily: {1}\nlayers: {2}\nhidden_size: {3}\n"
                       "weights: {4}\ntargets: {5}\ncompiler: tenon " TENON_VERSION "\n",
                       folderName(folder), model.family->modelType, decoder.layers, decoder.hidden,
                       hf::elementTypeName(*decoder.elementType), names)
      .str();
}

void addSections(link::PayloadWriter &payload, const FileContent &content, const hf::Model &model,
                 ModuleOp tasks, int64_t weightCount, StringRef folder,
                 ArrayRef<const Target *> targets) {
  auto add = [&](rt::SectionKind kind, StringRef bytes) {
    if (!bytes.empty())
      payload.addSection(kind, bytes);
  };
  auto textOf = [](const std::vector<char> &bytes) {
    return StringRef(bytes.data(), bytes.size());
  };
  add(rt::SectionKind::Tokenizer, textOf(content.tokenizer));
  add(rt::SectionKind::ChatTemplate, textOf(content.chatTemplate));
  rt::ModelInfo info = modelInfo(model, tasks, weightCount, content.tokenizerSize);
  add(rt::SectionKind::Model, StringRef(reinterpret_cast<const char *>(&info), sizeof(info)));
  add(rt::SectionKind::Provenance, provenance(model, folder, targets));
  add(rt::SectionKind::Golden, content.golden);
  add(rt::SectionKind::Licence, content.licence);
}

} // namespace tenon
