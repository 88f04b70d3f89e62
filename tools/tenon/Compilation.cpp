//===- Compilation.cpp - From a checkpoint to one file --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Compilation.h"

#include "codegen/Cpu/EmitObject.h"
#include "codegen/Link/Linker.h"
#include "codegen/Weights/WeightStore.h"
#include "importers/Diagnostics/QuotedText.h"
#include "importers/HuggingFace/CheckpointReader.h"
#include "importers/HuggingFace/DecoderImporter.h"
#include "passes/Pipeline.h"
#include "runtime/MachineLimits.h"
#include "tools/Reproducer.h"
#include "tools/WholeFile.h"
#include "tools/tenon/Golden.h"
#include "tools/tenon/Progress.h"
#include "tools/tenon/Verification.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>

using namespace mlir;

namespace tenon {

using rt::Status;
using rt::StatusCode;

/// A diagnostic has said why; this only carries the exit code.
static Status alreadyTold(StatusCode code) { return Status::failure(code, ""); }

Compilation::Compilation(MLIRContext &context, CompileOptions options)
    : context(context), options(std::move(options)) {
  applyDefaultTimingManagerCLOptions(timingManager);
  timing = timingManager.getRootScope();
}

/// What is being done now; -v tells it by notes instead.
Progress Compilation::show(std::string what) const {
  return Progress(std::move(what), !options.verbose);
}

void Compilation::note(const Twine &text) {
  if (options.verbose)
    llvm::errs() << "tenon: " << printable(text.str()) << "\n";
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

Status Compilation::import(OwningOpRef<ModuleOp> &module) {
  TimingScope time = timing.nest("import");
  Progress line = show("importing the model");
  FailureOr<OwningOpRef<ModuleOp>> imported =
      hf::importDecoder(&context, *model, {options.widenToF32});
  if (failed(imported))
    return alreadyTold(StatusCode::Refused);
  module = std::move(*imported);
  return Status::ok();
}

/// Reads the licence and compiles the tokenizer and the template, before anything
/// that takes long.
Status Compilation::readText() {
  Status licence = content.readLicence(context, options.model);
  if (!options.withTokenizer)
    return licence;
  TimingScope time = timing.nest("read the tokenizer");
  Progress line = show("compiling the tokenizer");
  Status status =
      content.readText(context, options.model, model ? model->decoder.vocab : 0, options.warnings);
  if (status)
    note(llvm::formatv("tokenizer: {0} ids, {1} KiB; chat template: {2}", content.tokenizerSize,
                       content.tokenizer.size() >> 10,
                       content.templateFile.empty() ? "none" : content.templateFile));
  return status ? licence : status;
}

Status Compilation::readModel() {
  TimingScope time = timing.nest("read the checkpoint");
  Progress line = show("reading the checkpoint");
  FailureOr<hf::Model> read = hf::readModel(&context, options.model, options.warnings);
  if (failed(read))
    return alreadyTold(StatusCode::Refused);
  model = std::move(*read);
  note(llvm::formatv("'{0}': {1}, {2} layers, {3} tensors of {4:F1} MB", options.model,
                     model->family->modelType, model->decoder.layers,
                     model->checkpoint->tensors().size(), model->checkpoint->sizeBytes() * 1e-6));
  return Status::ok();
}

Status Compilation::checkSource(Location loc, transformer::SourceAttr source) {
  const hf::TensorEntry *tensor = model->checkpoint->find(source.getTensor());
  if (!tensor)
    emitError(loc) << "the checkpoint '" << options.model << "' has no tensor '"
                   << source.getTensor() << "'; give the one that the program was made from";
  else if (ArrayRef<int64_t>(tensor->shape) != source.getShape() ||
           hf::mlirElementType(&context, tensor->type) != source.getElementType())
    emitError(loc) << "tensor '" << source.getTensor() << "' has another type in the checkpoint '"
                   << options.model << "': expected " << source << ", got [" << tensor->shape
                   << "] of " << hf::elementTypeName(tensor->type);
  else
    return Status::ok();
  return alreadyTold(StatusCode::Refused);
}

/// The pass that checks what a stage may hold, by the rule of its name.
static std::string verifierOf(StringRef stage) {
  return "verify-" + (stage == "imported" ? "transformer" : stage).str() + "-stage";
}

Status Compilation::parse(OwningOpRef<ModuleOp> &module) {
  if (auto file = llvm::MemoryBuffer::getFile(options.program); !file)
    return Status::failure(StatusCode::InputOutput, "cannot read '{}': {}", options.program,
                           file.getError().message());
  module = parseSourceFile<ModuleOp>(options.program, &context);
  if (!module)
    return alreadyTold(StatusCode::Refused);
  PassManager passes(&context, ModuleOp::getOperationName());
  if (PassInfo::lookup(verifierOf(options.from)) &&
      (failed(parsePassPipeline(verifierOf(options.from), passes)) || failed(passes.run(*module))))
    return alreadyTold(StatusCode::Refused);
  Status status = Status::ok();
  auto check = [&](Location loc, ArrayAttr sources) {
    for (Attribute source : sources)
      if (Status one = checkSource(loc, cast<transformer::SourceAttr>(source)); !one)
        status = one;
  };
  module->walk([&](Operation *op) {
    if (auto weight = dyn_cast<transformer::WeightOp>(op))
      check(op->getLoc(), weight.getSources());
    else if (auto weight = dyn_cast<task::WeightOp>(op))
      check(op->getLoc(), weight.getSources());
  });
  return status;
}

/// Text of a module as --emit prints it.
static std::string textOf(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return text;
}

Status Compilation::runStage(size_t index, ModuleOp module, const Target &target) {
  const Stage &stage = stages()[index];
  auto begin = std::chrono::steady_clock::now();
  std::string name = stage.name.str();
  if (stage.ofTarget)
    name += "-" + target.name.str();
  PassManager passes(&context, ModuleOp::getOperationName());
  if (failed(applyPassManagerCLOptions(passes)))
    return alreadyTold(StatusCode::Usage);
  TimingScope time = timing.nest(name);
  Progress line = show("passes of the stage " + name);
  passes.enableTiming(time);
  if (failed(buildStage(stage, target, options.insertions, passes)))
    return alreadyTold(StatusCode::Usage);
  if (failed(runWithReproducer(passes, module, name)))
    return alreadyTold(StatusCode::Internal);
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  note(llvm::formatv("stage {0}: {1:F2} s", name, seconds.count()));
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
  return writeWholeFile(path, {textOf(module)});
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
  return writeWholeFile(path, {StringRef(bytes.data(), bytes.size())});
}

Status Compilation::run() {
  if (Status status = readModel(); !status)
    return status;
  if (options.emit.empty())
    if (Status status = readText(); !status)
      return status;
  OwningOpRef<ModuleOp> module;
  Status read = options.from.empty() ? import(module) : parse(module);
  if (!read)
    return read;
  if (Status status = dump(*module, options.from.empty() ? "imported" : options.from, nullptr);
      !status)
    return status;
  if (options.emit == "imported")
    return writeWholeFile(options.output, {textOf(*module)});
  if (options.emit.empty())
    if (Status status = prepareVerification(*module); !status)
      return status;
  std::optional<size_t> given = findStage(options.from);
  size_t next = given ? *given + 1 : 0;
  for (; next < firstStageOfTarget(); ++next) {
    if (Status status = runStage(next, *module, *options.targets.front()); !status)
      return status;
    if (options.emit == stages()[next].name)
      return writeWholeFile(options.output, {textOf(*module)});
  }
  OwningOpRef<ModuleOp> tasks;
  std::vector<Object> objects;
  Status status = compileTargets(*module, next, tasks, objects);
  return status && options.emit.empty() ? link(*tasks, objects) : status;
}

/// The commands of the file take tokens of the model, and logits for them.
static Status checkCommands(task::StepOp step, int64_t vocabulary) {
  int64_t columns = cast<MemRefType>(step.getLogits().getType()).getDimSize(1);
  if (columns == vocabulary && step.vocabularySize() == vocabulary)
    return Status::ok();
  return Status::failure(StatusCode::Refused,
                         "@{} takes tokens below {} and returns rows of {} numbers, and no command "
                         "of a produced file has a use for them: the model has {} tokens, and as "
                         "many logits; run the program by tenon run, or return logits",
                         step.getSymName().str(), step.vocabularySize(), columns, vocabulary);
}

/// Counts the steps of `tasks`, and checks them.
Status Compilation::countSteps(ModuleOp tasks) {
  int64_t count = 0;
  for (auto step : tasks.getOps<task::StepOp>()) {
    ++count;
    if (options.emit.empty())
      if (Status status = checkCommands(step, model->decoder.vocab); !status)
        return status;
  }
  variantCounts.push_back(count);
  if (count == 0)
    return Status::failure(StatusCode::Refused,
                           "'{}' holds no step; a program of the transformer stage has functions "
                           "with the attribute transformer.rows, one of the stage imported has "
                           "none of them yet",
                           options.program);
  for (StringRef size : {task::pageBytesAttribute, task::slotBytesAttribute})
    if (!tasks->hasAttrOfType<IntegerAttr>(size))
      return Status::failure(StatusCode::Refused,
                             "'{}' lacks the attribute {}, which assign-states sets; print the "
                             "program by --emit=task",
                             options.program, size.str());
  return Status::ok();
}

/// Tells the variants of `program`, of the stage llvm, and their memory.
void Compilation::tellSteps(ModuleOp program, const Target &target) {
  for (const cpu::StepFacts &step : cpu::stepsOf(program))
    note(llvm::formatv("{0}: {1} takes {2} rows; scratch {3} KiB, and {4} KiB for each worker",
                       target.name, step.name, step.rows, llvm::divideCeil(step.scratchBytes, 1024),
                       llvm::divideCeil(step.workerBytes, 1024)));
}

Status Compilation::emitCode(ModuleOp module, const Target &target, std::vector<Object> &objects) {
  TimingScope time = timing.nest("code-" + target.name.str());
  Progress line = show("generating code for " + target.name.str());
  auto begin = std::chrono::steady_clock::now();
  cpu::EmitKind kind = options.emit == "asm"       ? cpu::EmitKind::Assembly
                       : options.emit == "llvm-ir" ? cpu::EmitKind::LlvmIr
                                                   : cpu::EmitKind::Object;
  FailureOr<llvm::SmallVector<char, 0>> code;
  std::string again = llvm::formatv("tenon compile '{0}' --from=llvm --target={1} --emit=obj -o "
                                    "/dev/null",
                                    options.model, target.name);
  auto generate = [&]() -> LogicalResult { return code = cpu::emitProgram(module, target, kind); };
  if (failed(generateWithReproducer(module, ("code-" + target.name).str(), again, generate)))
    return alreadyTold(StatusCode::Internal);
  if (!options.emit.empty())
    return writeWholeFile(options.output, {StringRef(code->data(), code->size())});
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  note(llvm::formatv("code for {0}: {1} KiB, {2:F2} s", target.name, code->size() >> 10,
                     seconds.count()));
  objects.push_back(std::move(*code));
  return saveTemp((target.name + ".o").str(), objects.back());
}

/// A file has one copy of its weights, and states of one layout, for all targets.
Status Compilation::checkSameData(ModuleOp first, ModuleOp other, const Target &target) {
  auto dataOf = [](ModuleOp tasks) {
    SmallVector<Attribute> data = {tasks->getAttr(task::pageBytesAttribute),
                                   tasks->getAttr(task::slotBytesAttribute)};
    for (Operation &op : tasks.getOps())
      if (isa<task::WeightOp, task::StateOp>(op))
        data.push_back(op.getAttrDictionary());
    return data;
  };
  if (dataOf(first) == dataOf(other))
    return Status::ok();
  return Status::failure(StatusCode::Refused,
                         "the program for {} has other packed weights, or other states, than that "
                         "for {}, and a file holds one copy for all; compile for each by --target, "
                         "or mend the pass that makes them depend on the target",
                         target.name.str(), options.targets.front()->name.str());
}

Status Compilation::compileTargets(ModuleOp module, size_t firstStage, OwningOpRef<ModuleOp> &tasks,
                                   std::vector<Object> &objects, Prediction *prediction) {
  size_t taskStage = *findStage(task::TaskDialect::getDialectNamespace());
  for (const Target *target : options.targets) {
    OwningOpRef<ModuleOp> own = module.clone();
    for (size_t stage = firstStage; stage <= stages().size(); ++stage) {
      if (stage == taskStage + 1) {
        if (Status status = countSteps(*own); !status)
          return status;
        if (prediction)
          predictStates(*own, *prediction);
        if (!tasks)
          tasks = own->clone();
        else if (Status status = checkSameData(*tasks, *own, *target); !status)
          return status;
      }
      if (stage == stages().size())
        break;
      if (Status status = runStage(stage, *own, *target); !status)
        return status;
      if (options.emit == stages()[stage].name)
        return writeWholeFile(options.output, {textOf(*own)});
    }
    tellSteps(*own, *target);
    if (prediction)
      predictScratch(*own, *prediction);
    if (Status status = emitCode(*own, *target, objects); !status || !options.emit.empty())
      return status;
  }
  return Status::ok();
}

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

static std::vector<llvm::MemoryBufferRef> buffersOf(ArrayRef<Compilation::Object> objects) {
  std::vector<llvm::MemoryBufferRef> buffers;
  for (const Compilation::Object &object : objects)
    buffers.emplace_back(StringRef(object.data(), object.size()), "generated code");
  return buffers;
}

/// Computes what the file will be compared with: `program` as it was imported,
/// or given as such, and for programs of later stages the checkpoint as it is
/// imported; they are to compute the same.
Status Compilation::prepareVerification(ModuleOp program) {
  bool isImported = options.from.empty() || options.from == "imported";
  if (!options.verify.value_or(isImported && countParameters(*model) <= verifiedParameters))
    return Status::ok();
  OwningOpRef<ModuleOp> own;
  if (!isImported)
    if (Status status = import(own); !status)
      return status;
  TimingScope time = timing.nest("run the reference");
  Progress line = show("running the reference path");
  auto begin = std::chrono::steady_clock::now();
  rt::Expected<std::string> made = makeGolden(isImported ? program : *own, *model);
  if (!made)
    return made.status();
  content.golden = std::move(*made);
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  note(llvm::formatv("reference path: {0:F2} s", seconds.count()));
  return Status::ok();
}

/// Lets the file at `path` check itself, before anything stands at the output.
Status Compilation::verify(StringRef path) {
  TimingScope time = timing.nest("verify");
  std::optional<Progress> line(std::in_place, "verifying the code", !options.verbose);
  std::vector<UnverifiedTarget> unverified;
  if (Status status = verifyFile(path, options.output, options.targets, unverified); !status)
    return status;
  if (options.verify.value_or(false) && unverified.size() == options.targets.size())
    return Status::failure(StatusCode::MachineUnsupported,
                           "nothing could be verified: {}; nothing was written; compile with "
                           "--no-verify, and run '{} verify' on a machine that has it",
                           unverified.front().reason, options.output);
  line.reset();
  for (const auto &[target, reason] : unverified)
    llvm::errs() << "tenon: note: the code for " << target->name << " was not verified: " << reason
                 << "\n";
  return Status::ok();
}

Status Compilation::link(ModuleOp tasks, std::vector<Object> &objects) {
  TimingScope time = timing.nest("write the file");
  auto begin = std::chrono::steady_clock::now();
  objects.push_back(cpu::emitDirectory(options.targets, variantCounts));
  if (Status status = writeFile(tasks, objects); !status)
    return status;
  uint64_t size = 0;
  llvm::sys::fs::file_size(options.output, size);
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  note(llvm::formatv("wrote '{0}': {1:F1} MB, {2:F2} s", options.output, size * 1e-6,
                     seconds.count()));
  return Status::ok();
}

/// The threads that make weights: those of MLIR, as many as the affinity and the
/// quotas of this process pay for.
static link::WeightWorkers weightWorkers(MLIRContext &context) {
  if (!context.isMultithreadingEnabled())
    return {};
  unsigned affordable = rt::MachineLimits::read().workerCount();
  return {&context.getThreadPool(), std::min(affordable, link::mostWeightWorkers)};
}

Status Compilation::writeFile(ModuleOp tasks, ArrayRef<Object> objects) {
  hf::CheckpointReader reader(*model->checkpoint);
  FailureOr<WeightStore> weights = WeightStore::create(tasks, reader);
  if (failed(weights))
    return alreadyTold(StatusCode::Refused);
  link::PayloadWriter payload(*weights);
  addSections(payload, content, *model, tasks, weights->weights().size(), options.model,
              options.targets);
  note(llvm::formatv("weights: {0}; the payload: {1:F1} MB; state: {2} bytes for each token and "
                     "{3} for each sequence",
                     weights->weights().size(), payload.sizeBytes() * 1e-6,
                     numberOf(tasks, task::pageBytesAttribute) / pagePositions,
                     numberOf(tasks, task::slotBytesAttribute)));
  std::optional<Progress> progress("writing " + printable(options.output));
  auto tell = [&](uint64_t done, uint64_t total) { progress->update(done, total); };
  auto check = [&](StringRef path) {
    progress.reset(); // there may be notes to print
    return verify(path);
  };
  link::LinkHooks hooks = {weightWorkers(context), tell, {}};
  if (!content.golden.empty())
    hooks.check = check;
  return link::linkExecutable(buffersOf(objects), payload, options.output, hooks);
}

rt::Expected<Prediction> Compilation::predict() {
  // Whatever is wrong with the model, the text is read, so that one run tells
  // all that is wrong with the folder.
  Status readable = readModel(), text = readText();
  if (!readable || !text)
    return readable ? text : readable;
  OwningOpRef<ModuleOp> module, tasks;
  if (Status status = import(module); !status)
    return status;
  if (Status status = prepareVerification(*module); !status)
    return status;
  size_t stage = 0;
  for (; stage < firstStageOfTarget(); ++stage)
    if (Status status = runStage(stage, *module, *options.targets.front()); !status)
      return status;
  std::vector<Object> objects;
  Prediction prediction;
  if (Status status = compileTargets(*module, stage, tasks, objects, &prediction); !status)
    return status;
  hf::CheckpointReader reader(*model->checkpoint);
  FailureOr<WeightStore> weights = WeightStore::create(*tasks, reader);
  if (failed(weights))
    return alreadyTold(StatusCode::Refused);
  link::PayloadWriter payload(*weights);
  addSections(payload, content, *model, *tasks, weights->weights().size(), options.model,
              options.targets);
  objects.push_back(cpu::emitDirectory(options.targets, variantCounts));
  prediction.weightBytes = payload.weightSectionBytes();
  prediction.logitBytes = model->decoder.vocab * sizeof(float);
  Status status = predictFile(buffersOf(objects), payload,
                              payload.weightPeakBytes(weightWorkers(context)), prediction);
  return status ? rt::Expected<Prediction>(prediction) : status;
}

} // namespace tenon
