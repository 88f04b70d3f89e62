//===- Compile.cpp - tenon compile: makes the executable--------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Registry.h"
#include "runtime/Status.h"
#include "tools/tenon/Command.h"
#include "tools/tenon/Compilation.h"
#include "tools/tenon/DiagnosticPrinter.h"

#include "passes/Pipeline.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace tenon;
namespace cl = llvm::cl;

static cl::SubCommand compileSubcommand("compile", "make one executable file of a checkpoint");

static cl::opt<std::string> modelFolder(cl::Positional, cl::Required, cl::desc("MODEL"),
                                        cl::sub(compileSubcommand));
static cl::opt<std::string> output("o", cl::value_desc("file"), cl::desc("the file to write"),
                                   cl::sub(compileSubcommand));
static cl::list<std::string>
    targetNames("target", cl::CommaSeparated, cl::value_desc("names"), cl::sub(compileSubcommand),
                cl::desc("kinds of machine to make code for: amx, x86-64-v4, x86-64-v3; all of "
                         "them unless said otherwise"));
static cl::opt<std::string>
    emitStage("emit", cl::value_desc("stage"), cl::sub(compileSubcommand),
              cl::desc("stop after a stage and print it: imported, transformer, task, llvm, "
                       "llvm-ir, asm, obj"));
static cl::opt<std::string> dumpStages("dump-stages", cl::value_desc("folder"),
                                       cl::sub(compileSubcommand),
                                       cl::desc("write the IR after each stage to a file there"));
static cl::opt<std::string> saveTemps("save-temps", cl::value_desc("folder"),
                                      cl::sub(compileSubcommand),
                                      cl::desc("keep the object files there"));
static cl::opt<std::string>
    tokenizerKind("tokenizer", cl::value_desc("auto|none"), cl::init("auto"),
                  cl::sub(compileSubcommand),
                  cl::desc("none: the file speaks token ids only"));
static cl::opt<std::string>
    elementType("dtype", cl::value_desc("auto|f32"), cl::init("auto"), cl::sub(compileSubcommand),
                cl::desc("element type of weights and states: that of the checkpoint, or f32"));
static cl::list<std::string> warningFlags("W", cl::Prefix, cl::value_desc("name"),
                                          cl::sub(compileSubcommand),
                                          cl::desc("control warnings, as in clang"));
static cl::opt<bool> noWarnings("w", cl::desc("no warnings"), cl::sub(compileSubcommand));
static cl::opt<bool> verbose("v", cl::desc("say what is being done"), cl::sub(compileSubcommand));

static int usage(const llvm::Twine &text) {
  llvm::errs() << "tenon compile: " << text << "\n";
  return static_cast<int>(rt::StatusCode::Usage);
}

static constexpr llvm::StringLiteral furtherStages[] = {"imported", "llvm-ir", "asm", "obj"};

/// Whether --emit names a stage.
static bool isStage(StringRef name) {
  return llvm::is_contained(furtherStages, name) ||
         llvm::any_of(stages(), [&](const Stage &stage) { return stage.name == name; });
}

static int runCompile() {
  CompileOptions options;
  options.model = modelFolder;
  options.output = output;
  options.emit = emitStage;
  options.dumpFolder = dumpStages;
  options.saveTempsFolder = saveTemps;
  options.verbose = verbose;
  if (noWarnings)
    options.warnings.silenceAll();
  for (const std::string &flag : warningFlags)
    if (llvm::Error error = options.warnings.parse(flag))
      return usage(llvm::toString(std::move(error)));
  if (tokenizerKind != "auto" && tokenizerKind != "none")
    return usage("expected --tokenizer=auto or none, got '" + tokenizerKind + "'");
  options.withTokenizer = tokenizerKind == "auto";
  if (elementType != "auto" && elementType != "f32")
    return usage("expected --dtype=auto or f32, got '" + elementType + "'");
  options.widenToF32 = elementType == "f32";
  if (!options.emit.empty() && !isStage(options.emit))
    return usage("no stage is named '" + options.emit +
                 "'; expected imported, transformer, task, llvm, llvm-ir, asm or obj");
  if (options.emit.empty() && options.output.empty())
    return usage("expected -o FILE, the executable to write");
  for (const std::string &name : targetNames)
    if (!findTarget(name))
      return usage("no target is named '" + name + "'; expected amx, x86-64-v4 or x86-64-v3");
  for (const Target &target : targets())
    if (targetNames.empty() || llvm::is_contained(targetNames, target.name))
      options.targets.push_back(&target);

  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  DiagnosticPrinter printer(&context);
  rt::Status status = Compilation(context, std::move(options)).run();
  if (!status && !status.message().empty())
    llvm::errs() << "tenon: error: " << status.message() << "\n";
  return status.exitCode();
}

Command tenon::compileCommand() { return {&compileSubcommand, runCompile}; }
