//===- Check.cpp - tenon check: whether a model compiles, and to what ------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Weights/WeightStore.h"
#include "dialects/Registry.h"
#include "importers/HuggingFace/DecoderImporter.h"
#include "importers/Tokenizer/ChatTemplate.h"
#include "importers/Tokenizer/CompileTokenizer.h"
#include "passes/Pipeline.h"
#include "runtime/Status.h"
#include "tools/tenon/Command.h"
#include "tools/tenon/DiagnosticPrinter.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace tenon;
using rt::StatusCode;
namespace cl = llvm::cl;

static cl::SubCommand checkSubcommand("check", "tell all that is unsupported in a checkpoint, and "
                                               "what its file would need");
static cl::opt<std::string> folder(cl::Positional, cl::Required, cl::desc("MODEL"),
                                   cl::sub(checkSubcommand));
static cl::opt<bool> asJson("json", cl::desc("print JSON"), cl::sub(checkSubcommand));

/// Anonymous memory of a compile without its weights: LLVM makes the code of
/// one layer of each kind, whatever the size of the model. Measured for the
/// demo model: 38 MB; kernels of wider models take more.
static constexpr int64_t compilerBytes = int64_t(64) << 20;
/// The program in front of the payload: the runtime, code for all kinds of
/// machine and symbols, up to the next multiple of payloadAlignment. Measured:
/// the same for the demo model and a tiny one.
static constexpr int64_t programBytes = int64_t(4) << 20;

namespace {
/// What a compile of the model would take and make.
struct Prediction {
  int64_t layers = 0, parameterCount = 0;
  std::string family;
  int64_t weightBytes = 0, fileBytes = 0, peakBytes = 0;
  int64_t tokenBytes = 0, sequenceBytes = 0;
  int64_t scratchBytes = 0, workerBytes = 0;
};

/// For sizes only; nothing is read.
class NoTensors : public TensorReader {
  LogicalResult read(transformer::SourceAttr, uint64_t, llvm::MutableArrayRef<char>,
                     Location) override {
    return failure();
  }
};
} // namespace

/// Checks tokenizer and template; both are told about, whatever is wrong with
/// the first. \returns the bytes of their sections.
static int64_t checkText(MLIRContext &context, int64_t vocabulary) {
  tokenizer::TokenizerOptions known;
  known.vocabularySize = vocabulary;
  int64_t bytes = 0;
  llvm::StringMap<std::string> special;
  auto tokenizer = tokenizer::compileTokenizer(&context, folder, known);
  if (succeeded(tokenizer)) {
    bytes += tokenizer->tables.size();
    for (const auto &[name, text] : tokenizer->specialTokens)
      special[name] = text;
  }
  auto source = findChatTemplate(&context, folder);
  if (failed(source) || !*source)
    return bytes;
  auto program = compileChatTemplate(&context, (*source)->text, (*source)->fileName, special);
  return succeeded(program) ? bytes + program->size() : bytes;
}

/// Runs the passes up to the task stage, for all kinds of machine.
static LogicalResult predict(MLIRContext &context, const hf::Model &model, Prediction &result) {
  auto module = hf::importDecoder(&context, model, {});
  if (failed(module))
    return failure();
  auto run = [&](const Stage &stage, ModuleOp program, const Target &target) {
    PassManager passes(&context, ModuleOp::getOperationName());
    stage.build(passes, target);
    return passes.run(program);
  };
  if (failed(run(stages()[0], **module, targets().front())))
    return failure();
  for (const Target &target : targets()) {
    OwningOpRef<ModuleOp> own = (*module)->clone();
    if (failed(run(stages()[1], *own, target)))
      return failure();
    for (auto step : own->getOps<task::StepOp>()) {
      result.scratchBytes =
          std::max<int64_t>(result.scratchBytes, step.getScratchBytes().value_or(0));
      result.workerBytes = std::max<int64_t>(result.workerBytes, step.getWorkerBytes().value_or(0));
    }
    NoTensors reader;
    FailureOr<WeightStore> weights = WeightStore::create(*own, reader);
    if (failed(weights))
      return failure();
    result.weightBytes = 0; // the same for all
    for (const link::PackedWeight &weight : weights->weights())
      result.weightBytes += llvm::alignTo(weight.sizeBytes, weight.alignment);
    result.peakBytes = compilerBytes + weights->peakBytes();
    auto size = [&](StringRef name) { return (*own)->getAttrOfType<IntegerAttr>(name).getInt(); };
    result.tokenBytes = size("task.page_bytes") / pagePositions;
    result.sequenceBytes = size("task.slot_bytes");
  }
  return success();
}

static void printText(const Prediction &result) {
  auto megabytes = [](int64_t bytes) { return llvm::formatv("{0:F1} MB", bytes * 1e-6).str(); };
  llvm::outs() << llvm::formatv("model: {0}, {1} layers, {2:F1} million parameters\n",
                                result.family, result.layers, result.parameterCount * 1e-6)
               << "supported: yes\n"
               << "file: about " << megabytes(result.fileBytes) << ", of which weights "
               << megabytes(result.weightBytes) << "\n"
               << "memory to compile: about " << megabytes(result.peakBytes) << "\n"
               << "state: " << result.tokenBytes << " bytes for each token, "
               << result.sequenceBytes << " for each sequence\n"
               << "scratch: " << megabytes(result.scratchBytes) << ", and "
               << megabytes(result.workerBytes) << " for each worker\n";
}

static void printJson(const Prediction &result, int problems) {
  llvm::json::OStream out(llvm::outs(), 2);
  out.object([&] {
    out.attribute("supported", problems == 0);
    out.attribute("problems", problems);
    if (problems > 0)
      return;
    out.attribute("family", result.family);
    out.attribute("layers", result.layers);
    out.attribute("parameters", result.parameterCount);
    out.attribute("file_bytes", result.fileBytes);
    out.attribute("weight_bytes", result.weightBytes);
    out.attribute("compile_memory_bytes", result.peakBytes);
    out.attribute("state_bytes_per_token", result.tokenBytes);
    out.attribute("state_bytes_per_sequence", result.sequenceBytes);
    out.attribute("scratch_bytes", result.scratchBytes);
    out.attribute("scratch_bytes_per_worker", result.workerBytes);
  });
  llvm::outs() << "\n";
}

static int runCheck() {
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  DiagnosticPrinter printer(&context);
  int problems = 0;
  ScopedDiagnosticHandler counter(&context, [&](Diagnostic &diagnostic) {
    problems += diagnostic.getSeverity() == DiagnosticSeverity::Error;
    return failure(); // the printer tells it
  });
  Prediction result;
  FailureOr<hf::Model> model = hf::readModel(&context, folder);
  int64_t textBytes = checkText(context, succeeded(model) ? model->decoder.vocab : 0);
  if (problems == 0 && succeeded(model) && succeeded(predict(context, *model, result))) {
    result.family = model->family->modelType.str();
    result.layers = model->decoder.layers;
    for (const hf::TensorEntry &tensor : model->checkpoint->tensors())
      result.parameterCount += tensor.sizeBytes * 8 / hf::elementTypeBits(tensor.type);
    result.fileBytes = programBytes + result.weightBytes + textBytes;
  }
  if (asJson)
    printJson(result, problems);
  else if (problems == 0)
    printText(result);
  if (problems == 0)
    return 0;
  llvm::errs() << "tenon check: " << problems << (problems == 1 ? " problem" : " problems")
               << "; this checkpoint cannot be compiled\n";
  return static_cast<int>(StatusCode::Refused);
}

Command tenon::checkCommand() { return {&checkSubcommand, runCheck}; }
