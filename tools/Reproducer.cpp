//===- Reproducer.cpp - What a pass that fails or crashes leaves behind ---===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/Reproducer.h"

#include "passes/PassPlugin.h"
#include "runtime/Status.h"
#include "tools/Process.h"

#include "mlir/IR/AsmState.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

using namespace mlir;

namespace {
/// All that a signal handler, which can make nothing, has to write.
struct Prepared {
  std::string path, content;
  std::string command; ///< that runs it
  std::string what;    ///< that crashes; empty: a pass
};
} // namespace

using tenon::CrashExit;
namespace rt = tenon::rt;

static const char *toolName = "tenon";
static std::atomic<const Prepared *> current = nullptr;
/// The passes that this thread runs, innermost last.
static thread_local std::vector<StringRef> running;

static bool writeAll(int descriptor, StringRef text) {
  while (!text.empty()) {
    ssize_t written = write(descriptor, text.data(), text.size());
    if (written <= 0)
      return false;
    text = text.drop_front(written);
  }
  return true;
}

/// Creates the file, without following a link that stands there.
static bool writeFile(const Prepared &prepared) {
  int descriptor = open(prepared.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0)
    return false;
  bool isWritten = writeAll(descriptor, prepared.content);
  isWritten &= close(descriptor) == 0;
  if (!isWritten)
    unlink(prepared.path.c_str());
  return isWritten;
}

/// Called in a signal handler, on the thread that crashed.
static void tellCrash() {
  const Prepared *prepared = current.exchange(nullptr);
  if (!prepared)
    return;
  auto say = [](StringRef text) { (void)writeAll(STDERR_FILENO, text); };
  bool isWritten = writeFile(*prepared);
  say(toolName);
  say(": error: ");
  if (prepared->what.empty()) {
    say("the pass '");
    say(running.empty() ? StringRef("unknown") : running.back());
    say("'");
  } else {
    say(prepared->what);
  }
  say(" crashed, which is a defect of it; ");
  say(isWritten ? "this repeats it: " : "a reproducer could not be written to ");
  say(isWritten ? prepared->command : prepared->path);
  say(isWritten ? "\n" : "; set TMPDIR to a folder with room\n");
}

static CrashExit crashExit = CrashExit::Signal;
/// The thread that crashed first.
static std::atomic<pid_t> crashed = 0;

/// LLVM's own handler restores the defaults before it prints the stack, so that
/// a second thread with the same crash would end the process too early.
static void handleCrash(int signal) {
  pid_t self = gettid(), none = 0;
  if (crashed.compare_exchange_strong(none, self)) {
    if (tenon::isMemoryUsedUp())
      tenon::endWithoutMemory();
    tellCrash();
    llvm::sys::RunInterruptHandlers(); // removes unfinished files
    llvm::sys::RunSignalHandlers();    // prints the stack
  } else if (none != self) {
    while (true)
      pause();
  }
  if (crashExit == CrashExit::Code)
    _exit(static_cast<int>(rt::StatusCode::Internal));
  ::signal(signal, SIG_DFL);
  raise(signal);
}

void tenon::watchForCrashes(const char *tool, CrashExit exit) {
  toolName = tool;
  crashExit = exit;
  llvm::setBugReportMsg("This is the place of the crash, for a report of it.\n");
  struct sigaction action = {};
  action.sa_handler = handleCrash;
  action.sa_flags = SA_NODEFER | SA_ONSTACK; // LLVM has made a stack for it
  for (int signal : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP})
    sigaction(signal, &action, nullptr);
}

/// A path for a reproducer that nothing stands at.
static std::string newPath(StringRef name) {
  llvm::SmallString<128> path, unique;
  llvm::sys::path::system_temp_directory(/*ErasedOnReboot=*/true, path);
  llvm::sys::path::append(path, "tenon-" + name + "-%%%%%%%%.mlir");
  llvm::sys::fs::createUniquePath(path, unique, /*MakeAbsolute=*/true);
  return unique.str().str();
}

namespace {
/// Makes the text when the first pass is about to run, knows which passes run
/// now, and names one that fails without a message.
class Reproducer : public PassInstrumentation {
public:
  Reproducer(PassManager &passes, StringRef name) : passes(passes) {
    prepared.path = newPath(name);
    prepared.command = "tenon-opt ";
    for (StringRef plugin : tenon::loadedPassPlugins())
      prepared.command += "--load-pass-plugin=" + plugin.str() + " ";
    prepared.command += "--run-reproducer " + prepared.path;
    counter = engine().registerHandler([this](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
        isTold = true;
      return failure(); // others tell it
    });
  }
  ~Reproducer() override {
    engine().eraseHandler(counter);
    const Prepared *mine = &prepared;
    current.compare_exchange_strong(mine, nullptr);
  }

  void runBeforePass(Pass *pass, Operation *op) override {
    if (prepared.content.empty()) {
      while (Operation *parent = op->getParentOp())
        op = parent;
      prepare(op);
    }
    running.push_back(pass->getArgument().empty() ? pass->getName() : pass->getArgument());
  }
  void runAfterPass(Pass *, Operation *) override { running.pop_back(); }
  void runAfterPassFailed(Pass *, Operation *) override {
    if (!isTold.exchange(true))
      llvm::errs() << toolName << ": error: the pass '" << running.back()
                   << "' failed without saying why, which is a defect of it\n";
    running.pop_back();
  }

  /// Tells of a pass that has failed.
  void tellFailure(StringRef name) {
    if (prepared.content.empty())
      return;
    llvm::errs() << toolName << ": note: the passes of " << name << " failed; ";
    if (writeFile(prepared))
      llvm::errs() << "this repeats it: " << prepared.command << "\n";
    else
      llvm::errs() << "a reproducer could not be written to " << prepared.path
                   << "; set TMPDIR to a folder with room\n";
  }

private:
  PassManager &passes;
  Prepared prepared;
  DiagnosticEngine::HandlerID counter;
  std::atomic<bool> isTold = false; ///< an error, by what fails or here

  DiagnosticEngine &engine() { return passes.getContext()->getDiagEngine(); }
  void prepare(Operation *program) {
    std::string pipeline;
    llvm::raw_string_ostream pipelineStream(pipeline);
    passes.printAsTextualPipeline(pipelineStream);
    AsmState state(program);
    state.attachResourcePrinter("mlir_reproducer", [&](Operation *, AsmResourceBuilder &builder) {
      builder.buildString("pipeline", pipeline);
      builder.buildBool("disable_threading", !program->getContext()->isMultithreadingEnabled());
      builder.buildBool("verify_each", true);
    });
    llvm::raw_string_ostream stream(prepared.content);
    program->print(stream, state);
    current = &prepared;
  }
};
} // namespace

/// Whether the user has asked MLIR itself for a reproducer, at a place of choice.
static bool isAskedOfMlir() {
  auto &known = llvm::cl::getRegisteredOptions();
  auto option = known.find("mlir-pass-pipeline-crash-reproducer");
  return option != known.end() && option->second->getNumOccurrences() > 0;
}

static Reproducer *addReproducer(PassManager &passes, StringRef name) {
  if (isAskedOfMlir())
    return nullptr;
  auto reproducer = std::make_unique<Reproducer>(passes, name);
  Reproducer *place = reproducer.get();
  passes.addInstrumentation(std::move(reproducer));
  return place;
}

void tenon::reproduceCrashes(PassManager &passes, StringRef name) { addReproducer(passes, name); }

LogicalResult tenon::runWithReproducer(PassManager &passes, ModuleOp module, StringRef name) {
  Reproducer *reproducer = addReproducer(passes, name);
  LogicalResult result = passes.run(module);
  if (failed(result) && reproducer)
    reproducer->tellFailure(name);
  return result;
}

LogicalResult tenon::generateWithReproducer(ModuleOp module, StringRef name, StringRef command,
                                            llvm::function_ref<LogicalResult()> generate) {
  Prepared prepared;
  prepared.path = newPath(name);
  prepared.command = (command + " " + prepared.path).str();
  prepared.what = "LLVM's code generation";
  llvm::raw_string_ostream stream(prepared.content);
  module.print(stream);
  current = &prepared;
  LogicalResult result = generate();
  current = nullptr;
  return result;
}
