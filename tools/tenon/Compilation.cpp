//===- Compilation.cpp - From a checkpoint to one file----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Compilation.h"

#include "codegen/Cpu/EmitObject.h"
#include "codegen/Link/Linker.h"
#include "codegen/Link/PayloadWriter.h"
#include "codegen/Weights/WeightStore.h"
#include "importers/HuggingFace/DecoderImporter.h"
#include "importers/Tokenizer/ChatTemplate.h"
#include "importers/Tokenizer/CompileTokenizer.h"
#include "passes/Pipeline.h"
#include "runtime/ModelInfo.h"
#include "tools/tenon/Progress.h"

#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace tenon {

using rt::Status;
using rt::StatusCode;

/// A diagnostic has said why; this only carries the exit code.
static Status alreadyTold(StatusCode code) { return Status::failure(code, ""); }

Compilation::Compilation(MLIRContext &context, CompileOptions options)
    : context(context), options(std::move(options)) {}

void Compilation::note(const Twine &text) {
  if (options.verbose)
    llvm::errs() << "tenon: " << text << "\n";
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

Status Compilation::import(OwningOpRef<ModuleOp> &module) {
  FailureOr<hf::Model> read = hf::readModel(&context, options.model, options.warnings);
  if (failed(read))
    return alreadyTold(StatusCode::Refused);
  model = std::move(*read);
  FailureOr<OwningOpRef<ModuleOp>> imported = hf::importDecoder(&context, *model, {options.widenToF32});
  if (failed(imported))
    return alreadyTold(StatusCode::Refused);
  module = std::move(*imported);
  return Status::ok();
}

Status Compilation::runStage(size_t index, ModuleOp module, const Target &target) {
  const Stage &stage = stages()[index];
  PassManager passes(&context, ModuleOp::getOperationName());
  if (failed(applyPassManagerCLOptions(passes)))
    return alreadyTold(StatusCode::Usage);
  applyDefaultTimingPassManagerCLOptions(passes);
  stage.build(passes, target);
  if (failed(passes.run(module)))
    return alreadyTold(StatusCode::Internal);
  return dump(module, stage.name, stage.ofTarget ? &target : nullptr);
}

Status Compilation::dump(ModuleOp module, StringRef stage, const Target *target) {
  if (options.dumpFolder.empty())
    return Status::ok();
  if (std::error_code error = llvm::sys::fs::create_directories(options.dumpFolder))
    return Status::failure(StatusCode::InputOutput, "cannot create folder '{}': {}",
                           options.dumpFolder, error.message());
  std::string name = llvm::formatv("{0,0+2}{1}{2}.{3}.mlir", dumped++, target ? "." : "",
                                   target ? target->name : "", stage);
  llvm::SmallString<128> path(options.dumpFolder);
  llvm::sys::path::append(path, name);
  std::error_code error;
  llvm::raw_fd_ostream stream(path, error);
  if (!error) {
    module.print(stream, OpPrintingFlags());
    stream.close();
    error = stream.error();
    stream.clear_error();
  }
  if (error)
    return Status::failure(StatusCode::InputOutput, "cannot write '{}': {}", path.str().str(),
                           error.message());
  return Status::ok();
}

/// Writes `bytes` to the output, or to standard output without one.
static Status writeText(StringRef output, StringRef bytes) {
  std::error_code error;
  llvm::raw_fd_ostream stream(output.empty() ? StringRef("-") : output, error);
  if (!error) {
    stream << bytes;
    stream.flush();
    error = stream.error();
    stream.clear_error();
  }
  if (error)
    return Status::failure(StatusCode::InputOutput, "cannot write '{}': {}", output.str(),
                           error.message());
  return Status::ok();
}

//===----------------------------------------------------------------------===//
// Machine code
//===----------------------------------------------------------------------===//

Status Compilation::saveTemp(StringRef name, ArrayRef<char> bytes) {
  if (options.saveTempsFolder.empty())
    return Status::ok();
  if (std::error_code error = llvm::sys::fs::create_directories(options.saveTempsFolder))
    return Status::failure(StatusCode::InputOutput, "cannot create folder '{}': {}",
                           options.saveTempsFolder, error.message());
  llvm::SmallString<128> path(options.saveTempsFolder);
  llvm::sys::path::append(path, name);
  return writeText(path, StringRef(bytes.data(), bytes.size()));
}

/// Text of a module as --emit prints it.
static std::string textOf(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return text;
}

Status Compilation::run() {
  OwningOpRef<ModuleOp> module;
  if (Status status = import(module); !status)
    return status;
  if (Status status = dump(*module, "imported", nullptr); !status)
    return status;
  if (options.emit == "imported")
    return writeText(options.output, textOf(*module));
  const Target &best = *options.targets.front();
  if (Status status = runStage(0, *module, best); !status)
    return status;
  if (options.emit == stages()[0].name)
    return writeText(options.output, textOf(*module));
  return compileTargets(*module);
}

Status Compilation::compileTargets(ModuleOp module) {
  OwningOpRef<ModuleOp> tasks; // the weights are the same for all targets
  std::vector<llvm::SmallVector<char, 0>> objects;
  for (const Target *target : options.targets) {
    note(llvm::formatv("generating code for {0}", target->name));
    OwningOpRef<ModuleOp> own = module.clone();
    for (size_t stage = 1; stage < stages().size(); ++stage) {
      if (Status status = runStage(stage, *own, *target); !status)
        return status;
      if (options.emit == stages()[stage].name)
        return writeText(options.output, textOf(*own));
      if (stage == 1 && !tasks)
        tasks = own->clone();
    }
    auto emit = [&](cpu::EmitKind kind) { return cpu::emitProgram(*own, *target, kind); };
    if (options.emit == "llvm-ir" || options.emit == "asm") {
      auto text = emit(options.emit == "asm" ? cpu::EmitKind::Assembly : cpu::EmitKind::LlvmIr);
      return failed(text) ? alreadyTold(StatusCode::Internal)
                          : writeText(options.output, StringRef(text->data(), text->size()));
    }
    FailureOr<llvm::SmallVector<char, 0>> object = emit(cpu::EmitKind::Object);
    if (failed(object))
      return alreadyTold(StatusCode::Internal);
    if (options.emit == "obj")
      return writeText(options.output, StringRef(object->data(), object->size()));
    if (Status status = saveTemp((target->name + ".o").str(), *object); !status)
      return status;
    objects.push_back(std::move(*object));
  }
  return link(*tasks, std::move(objects));
}

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

namespace {
/// Reads the checkpoint that the model was imported from.
class CheckpointReader : public TensorReader {
public:
  explicit CheckpointReader(const hf::Checkpoint &checkpoint) : checkpoint(checkpoint) {}

  LogicalResult read(transformer::SourceAttr source, int64_t firstRow, int64_t rows,
                     MutableArrayRef<char> bytes) override {
    const hf::TensorEntry *tensor = checkpoint.find(source.getTensor());
    assert(tensor && "the program names tensors of its checkpoint");
    return checkpoint.read(*tensor, firstRow, rows, bytes);
  }

private:
  const hf::Checkpoint &checkpoint;
};
} // namespace

/// What the runtime must know of the model.
static rt::ModelInfo modelInfo(const hf::Model &model, ModuleOp tasks, int64_t weightCount,
                               int64_t tokenizerSize) {
  rt::ModelInfo info = {};
  auto number = [&](StringRef name) { return tasks->getAttrOfType<IntegerAttr>(name).getInt(); };
  info.vocabulary = model.decoder.vocab;
  info.sampledVocabulary = tokenizerSize > 0 ? tokenizerSize : model.decoder.vocab;
  info.maxContext = model.decoder.maxPositions;
  info.pagePositions = pagePositions;
  info.pageBytes = number("task.page_bytes");
  info.slotBytes = number("task.slot_bytes");
  info.weightCount = weightCount;
  for (const hf::TensorEntry &tensor : model.checkpoint->tensors()) {
    int64_t elements = 1;
    for (int64_t size : tensor.shape)
      elements *= size;
    info.parameterCount += elements;
  }
  const hf::GenerationConfig &generation = model.generation;
  info.sample = generation.sample;
  info.temperature = generation.temperature;
  info.topK = generation.topK;
  info.topP = generation.topP;
  info.minP = generation.minP;
  info.repetitionPenalty = generation.repetitionPenalty;
  info.bosToken = generation.bosToken;
  size_t count = std::min<size_t>(generation.stopTokens.size(), rt::maxStopTokens);
  info.stopTokenCount = count;
  std::copy_n(generation.stopTokens.begin(), count, info.stopTokens);
  return info;
}

/// Lines for `info`: where the file comes from.
static std::string provenance(const CompileOptions &options, const hf::Model &model) {
  std::string targets;
  for (const Target *target : options.targets)
    targets += (targets.empty() ? "" : ", ") + target->name.str();
  const hf::DecoderConfig &decoder = model.decoder;
  return llvm::formatv("model: {0}\nfamily: {1}\nlayers: {2}\nhidden_size: {3}\n"
                       "weights: {4}\ntargets: {5}\ncompiler: tenon 0.1.0\n",
                       llvm::sys::path::filename(options.model), model.family->modelType,
                       decoder.layers, decoder.hidden,
                       hf::elementTypeName(*decoder.elementType), targets)
      .str();
}

Status Compilation::link(ModuleOp tasks, std::vector<llvm::SmallVector<char, 0>> objects) {
  SmallVector<int64_t> variantCounts(options.targets.size(), 0);
  for (auto [target, count] : llvm::zip(options.targets, variantCounts))
    count = target->rowVariants.size();
  objects.push_back(cpu::emitDirectory(options.targets, variantCounts));

  CheckpointReader reader(*model->checkpoint);
  WeightStore weights(tasks, reader);
  link::PayloadWriter payload(weights);
  int64_t tokenizerSize = 0;
  if (options.withTokenizer) {
    tokenizer::TokenizerOptions known;
    known.vocabularySize = model->decoder.vocab;
    auto tokenizer = tokenizer::compileTokenizer(&context, options.model, known);
    if (failed(tokenizer))
      return alreadyTold(StatusCode::Refused);
    tokenizerSize = tokenizer->size;
    payload.addSection(rt::SectionKind::Tokenizer,
                       StringRef(tokenizer->tables.data(), tokenizer->tables.size()));
    llvm::StringMap<std::string> special;
    for (const auto &[name, text] : tokenizer->specialTokens)
      special[name] = text;
    auto source = findChatTemplate(&context, options.model);
    if (failed(source))
      return alreadyTold(StatusCode::Refused);
    if (*source) {
      auto program = compileChatTemplate(&context, (*source)->text, (*source)->fileName, special);
      if (failed(program))
        return alreadyTold(StatusCode::Refused);
      payload.addSection(rt::SectionKind::ChatTemplate, StringRef(program->data(), program->size()));
    }
  }
  rt::ModelInfo info = modelInfo(*model, tasks, weights.weights().size(), tokenizerSize);
  payload.addSection(rt::SectionKind::Model,
                     StringRef(reinterpret_cast<const char *>(&info), sizeof(info)));
  payload.addSection(rt::SectionKind::Provenance, provenance(options, *model));
  std::vector<llvm::MemoryBufferRef> buffers;
  for (const llvm::SmallVector<char, 0> &object : objects)
    buffers.emplace_back(StringRef(object.data(), object.size()), "generated code");
  Progress progress("writing " + options.output);
  return link::linkExecutable(buffers, payload, options.output,
                              [&](uint64_t done, uint64_t total) { progress.update(done, total); });
}

} // namespace tenon
