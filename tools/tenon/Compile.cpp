//===- Compile.cpp - tenon compile: makes the executable ------------------===//
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
#include "tools/tenon/RemarkPrinter.h"

#include "passes/PassPlugin.h"
#include "passes/Pipeline.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace tenon;
namespace cl = llvm::cl;

static const cl::sub ofCompile(compileSubcommand());

static cl::opt<std::string> modelFolder(cl::Positional, cl::desc("MODEL"), ofCompile);
static cl::opt<std::string> programFile(cl::Positional, cl::desc("[PROGRAM.mlir]"), ofCompile);
static cl::opt<std::string> output("o", cl::value_desc("file"), cl::desc("the file to write"),
                                   ofCompile);
static cl::opt<std::string>
    emitStage("emit", cl::value_desc("stage"), ofCompile,
              cl::desc("stop after a stage and print it: imported, transformer or, with one "
                       "--target, task, llvm, llvm-ir, asm, obj"));
static cl::opt<std::string>
    fromStage("from", cl::value_desc("stage"), ofCompile,
              cl::desc("go on from PROGRAM.mlir, which --emit has printed at this stage: imported, "
                       "transformer, or, with one --target, task or llvm; MODEL has its weights"));
static cl::list<std::string> plugins("load-pass-plugin", cl::value_desc("file.so"), ofCompile,
                                     cl::desc("load passes for --insert-pass"));
static cl::list<std::string>
    insertions("insert-pass", cl::value_desc("after:NAME:PIPELINE"), ofCompile,
               cl::desc("run passes after (or before) each run of the pass NAME"));
static cl::opt<std::string>
    remarks("remarks", cl::ValueOptional, cl::value_desc("regex"), ofCompile,
            cl::desc("tell what passes did and why not more; only those of a pass, a category or a "
                     "kind (passed, missed, failed, analysis) that matches"));
static cl::opt<std::string> dumpStages("dump-stages", cl::value_desc("folder"), ofCompile,
                                       cl::desc("write the IR after each stage to a file there"));
static cl::opt<std::string> saveTemps("save-temps", cl::value_desc("folder"), cl::ValueOptional,
                                      ofCompile,
                                      cl::desc("keep the IR after each stage and the object files "
                                               "there; without a folder, in OUTPUT.temps"));
static cl::opt<bool> verbose("v", cl::desc("say what is being done"), ofCompile);

static int usage(const llvm::Twine &text) { return tellUsage("compile", text); }

/// What --emit takes, in order: the stages of IR, with what comes before and
/// after them.
static std::vector<StringRef> emitNames() {
  std::vector<StringRef> names = {"imported"};
  for (const Stage &stage : stages())
    names.push_back(stage.name);
  llvm::append_values(names, "llvm-ir", "asm", "obj");
  return names;
}

/// What --from takes.
static std::vector<StringRef> fromNames() {
  std::vector<StringRef> names = {"imported"};
  for (const Stage &stage : stages())
    names.push_back(stage.name);
  return names;
}

static int checkStage(StringRef written, ArrayRef<StringRef> names) {
  if (written.empty() || llvm::is_contained(names, written))
    return 0;
  return usage("no stage is named '" + written + "'; expected " +
               llvm::join(names.drop_back(), ", ") + " or " + names.back());
}

/// Whether --verify is for something that is verified.
static int checkVerify(CompileOptions &options) {
  if (options.verify.value_or(false) && !options.emit.empty())
    return usage("--verify runs the executable, and --emit=" + options.emit +
                 " stops before there is one; leave one of them away");
  return 0;
}

/// Whether the options that write files have one to write.
static int checkFolders(CompileOptions &options) {
  if (dumpStages.getNumOccurrences() > 0 && dumpStages.empty())
    return usage("expected --dump-stages=FOLDER, the folder to write to");
  if (!options.saveTempsFolder.empty() && !options.emit.empty())
    return usage("--save-temps keeps what the executable is made from, and --emit=" + options.emit +
                 " stops before there is one; leave one of them away");
  return 0;
}

/// The stages that run, in order.
static ArrayRef<Stage> stagesThatRun(const CompileOptions &options) {
  ArrayRef<Stage> run = options.emit == "imported" ? ArrayRef<Stage>() : stages();
  for (const Stage &stage : stages()) {
    if (stage.name == options.emit)
      run = ArrayRef<Stage>(run.begin(), &stage + 1);
    if (stage.name == options.from)
      run = ArrayRef<Stage>(&stage + 1, run.end());
  }
  return run;
}

/// Whether what is asked of passes is for some that run.
static int checkPasses(const CompileOptions &options) {
  ArrayRef<Stage> run = stagesThatRun(options);
  if (remarks.getNumOccurrences() > 0 && run.empty())
    return usage("--remarks tells what passes did, and none runs between --from and --emit; leave "
                 "it out");
  for (const PassInsertion &insertion : options.insertions) {
    auto has = [&](const Stage &stage) { return hasPass(stage, insertion.anchor); };
    if (llvm::none_of(run, has))
      return usage("--insert-pass: the pass '" + insertion.anchor + "' is of the stage " +
                   llvm::find_if(stages(), has)->name +
                   ", which does not run here; change --from or --emit, or leave it out");
  }
  return 0;
}

/// Whether --emit is for one kind of machine where it has to be.
static int checkEmit(CompileOptions &options) {
  if (options.emit.empty() || options.emit == "imported" || options.targets.size() == 1)
    return 0;
  for (const Stage &stage : stages())
    if (stage.name == options.emit && !stage.ofTarget)
      return 0;
  return usage("--emit=" + options.emit +
               " prints the program for one kind of machine; expected --target=NAME, one of " +
               targetNames());
}

/// Whether --from, its file, --target and --emit fit together.
static int checkFrom(CompileOptions &options) {
  if (options.from.empty() != options.program.empty())
    return usage("--from=STAGE and PROGRAM.mlir belong together; give both or none");
  if (options.from.empty())
    return 0;
  std::vector<StringRef> names = emitNames();
  if (!options.emit.empty() && llvm::find(names, options.emit) <= llvm::find(names, options.from))
    return usage("--emit=" + options.emit + " does not come after --from=" + options.from);
  for (const Stage &stage : stages())
    if (stage.name == options.from && stage.ofTarget && options.targets.size() != 1)
      return usage("a program of the stage " + options.from +
                   " is for one kind of machine; expected --target=NAME, the one it was made for");
  if (options.from == stages().back().name && options.emit.empty())
    return usage("a program of the stage " + options.from +
                 " has no weights; expected --emit=llvm-ir, asm or obj with it");
  return 0;
}

/// Reads --insert-pass, and loads the plug-ins that a file of arguments names;
/// those of the command line are loaded (tools/PluginArguments.h).
static int readInsertions(CompileOptions &options) {
  for (const std::string &plugin : plugins)
    if (llvm::Error error = loadPassPlugin(plugin))
      return usage(llvm::toString(std::move(error)));
  for (const std::string &text : insertions) {
    llvm::Expected<PassInsertion> insertion = PassInsertion::parse(text);
    if (!insertion)
      return usage(llvm::toString(insertion.takeError()));
    options.insertions.push_back(std::move(*insertion));
  }
  return 0;
}

static int readOptions(CompileOptions &options) {
  if (modelFolder.empty())
    return usage("expected the folder of a checkpoint, as in 'tenon compile MODEL -o FILE'");
  options.model = modelFolder;
  options.program = programFile;
  options.output = output;
  options.emit = emitStage;
  options.from = fromStage;
  options.dumpFolder = dumpStages;
  options.saveTempsFolder = saveTemps;
  if (saveTemps.getNumOccurrences() > 0 && saveTemps.empty())
    options.saveTempsFolder = output + ".temps";
  if (options.dumpFolder.empty())
    options.dumpFolder = options.saveTempsFolder;
  options.verbose = verbose;
  if (int code = readModelOptions("compile", options))
    return code;
  if (int code = checkStage(options.emit, emitNames()))
    return code;
  if (int code = checkStage(options.from, fromNames()))
    return code;
  if (options.emit.empty() && options.output.empty())
    return usage("expected -o FILE, the executable to write");
  for (auto check : {checkFrom, checkEmit, checkVerify, checkFolders, readInsertions})
    if (int code = check(options))
      return code;
  return checkPasses(options);
}

static int runCompile() {
  CompileOptions options;
  if (int code = readOptions(options))
    return code;
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  DiagnosticPrinter printer(&context);
  if (remarks.getNumOccurrences() > 0)
    if (llvm::Error error = printRemarks(context, remarks))
      return usage(llvm::toString(std::move(error)));
  return tellFailure(Compilation(context, std::move(options)).run());
}

Command tenon::compileCommand() { return {&compileSubcommand(), runCompile}; }
