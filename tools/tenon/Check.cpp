//===- Check.cpp - tenon check: whether a model compiles, and to what -----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Registry.h"
#include "runtime/Status.h"
#include "tools/Process.h"
#include "tools/tenon/Command.h"
#include "tools/tenon/Compilation.h"
#include "tools/tenon/DiagnosticPrinter.h"
#include "tools/tenon/ModelOptions.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Threading.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace tenon;
using rt::StatusCode;
namespace cl = llvm::cl;

static const cl::sub ofCheck(checkSubcommand());

static cl::opt<std::string> folder(cl::Positional, cl::Required, cl::desc("MODEL"), ofCheck);
static cl::opt<bool> asJson("json", cl::desc("print JSON"), ofCheck);
static cl::opt<int64_t> context("context", cl::value_desc("n"), cl::init(0), ofCheck,
                                cl::desc("tell the memory of running with a context of N "
                                         "positions; that of the model unless said otherwise"));
static cl::opt<int64_t> threads("threads", cl::value_desc("n"), cl::init(0), ofCheck,
                                cl::desc("... with N workers; as many as this machine has "
                                         "processors unless said otherwise"));

namespace {
/// What is told of a model.
struct Answer {
  std::string family;
  int64_t layers = 0, parameters = 0;
  int64_t context = 0, workers = 0; ///< that the memory of running is told for
  Prediction prediction;

  int64_t tokenBytes() const { return prediction.pageBytes / pagePositions; }
  int64_t stateBytes() const { return prediction.stateBytes(context); }
  int64_t runBytes() const { return prediction.runBytes(context, workers); }
};
} // namespace

static void printText(const Answer &answer) {
  const Prediction &prediction = answer.prediction;
  auto megabytes = [](int64_t bytes) { return llvm::formatv("{0:F1} MB", bytes * 1e-6).str(); };
  llvm::outs() << llvm::formatv("model: {0}, {1} layers, {2:F1} million parameters\n",
                                answer.family, answer.layers, answer.parameters * 1e-6)
               << "supported: yes\n"
               << "file: " << prediction.fileBytes << " bytes, of which weights "
               << megabytes(prediction.weightBytes) << "\n"
               << "memory to compile: about " << megabytes(prediction.compileBytes) << "\n"
               << "state: " << answer.tokenBytes() << " bytes for each token, "
               << prediction.slotBytes << " for each sequence\n"
               << "scratch: " << megabytes(prediction.scratchBytes) << ", and "
               << megabytes(prediction.workerBytes) << " for each worker\n"
               << "memory to run: about " << megabytes(answer.runBytes())
               << " with a full context of " << answer.context << " positions (state of "
               << megabytes(answer.stateBytes()) << ") and " << answer.workers
               << (answer.workers == 1 ? " worker" : " workers") << "\n";
}

static void printJson(const Answer &answer, int problems) {
  const Prediction &prediction = answer.prediction;
  llvm::json::OStream out(llvm::outs(), 2);
  out.object([&] {
    out.attribute("supported", problems == 0);
    out.attribute("problems", problems);
    if (problems > 0)
      return;
    out.attribute("family", answer.family);
    out.attribute("layers", answer.layers);
    out.attribute("parameters", answer.parameters);
    out.attribute("file_bytes", prediction.fileBytes);
    out.attribute("program_bytes", prediction.programBytes);
    out.attribute("weight_bytes", prediction.weightBytes);
    out.attribute("compile_memory_bytes", prediction.compileBytes);
    out.attribute("state_bytes_per_token", answer.tokenBytes());
    out.attribute("state_bytes_per_sequence", prediction.slotBytes);
    out.attribute("scratch_bytes", prediction.scratchBytes);
    out.attribute("scratch_bytes_per_worker", prediction.workerBytes);
    out.attribute("context", answer.context);
    out.attribute("threads", answer.workers);
    out.attribute("state_bytes", answer.stateBytes());
    out.attribute("run_memory_bytes", answer.runBytes());
  });
  llvm::outs() << "\n";
}

/// Takes --context and --threads. \returns 0 or the exit code.
static int readRun(int64_t maxContext, Answer &answer) {
  if (context < 0 || context > maxContext)
    return tellUsage("check", "--context=" + llvm::Twine(context) +
                                  " is not a context of this model; expected 1 to " +
                                  llvm::Twine(maxContext));
  if (threads < 0)
    return tellUsage("check", "expected --threads=1 or more, got " + llvm::Twine(threads) +
                                  "; leave it out for as many as there are processors");
  answer.context = context > 0 ? context : maxContext;
  answer.workers = threads > 0 ? threads : llvm::hardware_concurrency().compute_thread_count();
  return 0;
}

static int refuse(int problems) {
  llvm::errs() << "tenon check: " << problems << (problems == 1 ? " problem" : " problems")
               << "; this checkpoint cannot be compiled\n";
  return static_cast<int>(StatusCode::Refused);
}

static int runCheck() {
  CompileOptions options;
  if (int code = readModelOptions("check", options))
    return code;
  options.model = folder;
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext mlirContext(registry);
  mlirContext.loadAllAvailableDialects();
  DiagnosticPrinter printer(&mlirContext);
  int problems = 0;
  ScopedDiagnosticHandler counter(&mlirContext, [&](Diagnostic &diagnostic) {
    problems += diagnostic.getSeverity() == DiagnosticSeverity::Error;
    return failure(); // the printer tells it
  });
  Compilation compilation(mlirContext, std::move(options));
  rt::Expected<Prediction> prediction = compilation.predict();
  if (!prediction && !prediction.status().message().empty())
    return tellFailure(prediction.status());
  Answer answer;
  if (prediction) {
    const hf::Model &model = compilation.source();
    answer.prediction = *prediction;
    answer.family = model.family->modelType.str();
    answer.layers = model.decoder.layers;
    answer.parameters = countParameters(model);
    if (int code = readRun(model.decoder.maxPositions, answer))
      return code;
  }
  if (asJson)
    printJson(answer, problems);
  else if (prediction)
    printText(answer);
  return prediction ? 0 : refuse(problems);
}

Command tenon::checkCommand() { return {&checkSubcommand(), runCheck}; }
