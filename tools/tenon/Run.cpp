//===- Run.cpp - tenon run: executes functions in this process ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Reference/Executor.h"
#include "dialects/Registry.h"
#include "importers/Diagnostics/QuotedText.h"
#include "runtime/Status.h"
#include "tools/Process.h"
#include "tools/tenon/Command.h"
#include "tools/tenon/Compare.h"
#include "tools/tenon/Npy.h"
#include "tools/tenon/Program.h"
#include "tools/tenon/RunInputs.h"
#include "tools/tenon/StepRunner.h"
#include "tools/tenon/TensorText.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <functional>
#include <initializer_list>

using namespace mlir;
using namespace tenon;
namespace cl = llvm::cl;

static cl::SubCommand runSubcommand("run", "execute a function of a program in this process");

static cl::list<std::string> files(cl::Positional, cl::desc("FILE.mlir"), cl::sub(runSubcommand));
static cl::opt<bool>
    byReference("reference", cl::sub(runSubcommand),
                cl::desc("execute a function of the transformer stage by the meaning of its ops, "
                         "or the steps of the task stage tile by tile"));
static cl::opt<bool> comparing("compare", cl::sub(runSubcommand),
                               cl::desc("run the same functions and steps of two files of either "
                                        "stage on the same inputs, and tell where the results "
                                        "differ"));
static cl::opt<std::string>
    functionName("function", cl::sub(runSubcommand), cl::value_desc("name"),
                 cl::desc("the function, else the only one or 'step'; or the step "
                          "of the task stage, else one by the rows"));
static cl::opt<std::string> weightName("weight", cl::sub(runSubcommand), cl::value_desc("name"),
                                       cl::desc("make this weight by its recipe and run nothing"));
static cl::list<std::string> inputs("input", cl::sub(runSubcommand),
                                    cl::value_desc("[argument[.part]=]value"),
                                    cl::desc("an .npy file, a list such as [1,2], or 'random'"));
static cl::list<int32_t> tokens("tokens", cl::CommaSeparated, cl::sub(runSubcommand),
                                cl::value_desc("ids"),
                                cl::desc("run one sequence of these token ids with empty states"));
static cl::opt<std::string>
    weights("weights", cl::sub(runSubcommand), cl::init("random"), cl::value_desc("folder"),
            cl::desc("the checkpoint that the weights are read from, or 'random'"));
static cl::opt<std::string> output("output", cl::sub(runSubcommand), cl::value_desc("path"),
                                   cl::desc("write the first result to this .npy file, or all of "
                                            "them into this folder, instead of printing them"));
static cl::list<std::string>
    expected("expect", cl::sub(runSubcommand), cl::value_desc("[result=]file.npy"),
             cl::desc("compare a result (counted over all tensors) with this file"));
static cl::opt<double>
    tolerance("tolerance", cl::sub(runSubcommand), cl::init(1e-5),
              cl::desc("allowed difference, as a part of the largest magnitude"));
static cl::opt<int64_t> rows("rows", cl::sub(runSubcommand), cl::init(7),
                             cl::desc("rows of random inputs"));
static cl::opt<int64_t> sequences("sequences", cl::sub(runSubcommand), cl::init(3),
                                  cl::desc("sequences that the rows belong to"));
static cl::opt<uint64_t> seed("seed", cl::sub(runSubcommand), cl::init(1),
                              cl::desc("of random inputs, weights and orders of tiles"));
static cl::opt<int64_t> workers("workers", cl::sub(runSubcommand), cl::init(3),
                                cl::desc("workers that take the tiles of a step"));
static cl::opt<int64_t> chunk("chunk", cl::sub(runSubcommand), cl::init(INT64_MAX),
                              cl::desc("most rows of a step"));
static cl::opt<std::string>
    dropped("drop-dependence", cl::sub(runSubcommand), cl::value_desc("earlier:later"),
            cl::desc("do not let the later phase of a step wait for the earlier one"));
static cl::opt<ShapeSet> shapes("shapes", cl::sub(runSubcommand), cl::init(ShapeSet::Odd),
                                cl::desc("sizes that --compare tries"),
                                cl::values(clEnumValN(ShapeSet::Odd, "odd", "1, 3, 7 and 17 rows"),
                                           clEnumValN(ShapeSet::One, "one", "--rows only")));

static int exitCode(rt::StatusCode code) { return static_cast<int>(code); }

static int usageError(const llvm::Twine &message) {
  llvm::errs() << "tenon run: " << printable(message.str()) << "\n";
  return exitCode(rt::StatusCode::Usage);
}

/// Writes the results where --output says, or prints them.
static rt::Status deliver(StringRef function, ArrayRef<HostTensor> results) {
  if (output.empty()) {
    for (auto [index, result] : llvm::enumerate(results)) {
      llvm::outs() << "@" << function << " result " << index << ": ";
      printTensor(llvm::outs(), result);
      llvm::outs() << "\n";
    }
    return rt::Status::ok();
  }
  if (StringRef(output).ends_with(".npy"))
    return results.empty() ? rt::Status::ok() : writeNpy(output, results.front());
  if (std::error_code error = llvm::sys::fs::create_directories(output))
    return rt::Status::failure(rt::StatusCode::InputOutput,
                               "cannot create folder '{}': {}; choose another output", output,
                               error.message());
  for (auto [index, result] : llvm::enumerate(results)) {
    llvm::SmallString<128> path(output);
    llvm::sys::path::append(path, function + "." + llvm::Twine(index) + ".npy");
    if (rt::Status status = writeNpy(path, result); !status)
      return status;
  }
  return rt::Status::ok();
}

/// Compares the results with the files of --expect.
static int checkExpected(MLIRContext *context, StringRef function, ArrayRef<HostTensor> results) {
  int code = 0;
  size_t next = 0;
  for (StringRef text : expected) {
    auto [place, path] = text.split('=');
    if (path.empty())
      path = place;
    else if (place.getAsInteger(10, next))
      return usageError("--expect=" + text + " has no number of a result before '='");
    FailureOr<HostTensor> wanted = readNpy(context, path);
    if (failed(wanted))
      return exitCode(rt::StatusCode::Refused);
    if (next >= results.size())
      return usageError("--expect=" + text + " is for result " + llvm::Twine(next) +
                        ", there are " + llvm::Twine(results.size()));
    TensorDifference difference = compareTensors(*wanted, results[next], tolerance);
    if (difference.isDifferent()) {
      llvm::errs() << "error: result " << next << " of @" << function << " differs from '" << path
                   << "': " << describeDifference(difference, *wanted, results[next]) << "\n";
      code = exitCode(rt::StatusCode::VerificationFailed);
    }
    ++next;
  }
  return code;
}

static FailureOr<std::vector<HostTensor>> makeArguments(func::FuncOp function) {
  if (!tokens.empty())
    return makeTokenInputs(function, ArrayRef<int32_t>(&*tokens.begin(), tokens.size()));
  RandomBatch batch{rows, sequences, seed};
  return makeInputs(function, std::vector<std::string>(inputs.begin(), inputs.end()), batch);
}

/// Delivers the results and compares them with what is expected.
static int finish(MLIRContext &context, StringRef function, ArrayRef<HostTensor> results) {
  if (expected.empty() || !output.empty())
    if (rt::Status status = deliver(function, results); !status)
      return tellFailure(status);
  return checkExpected(&context, function, results);
}

//===----------------------------------------------------------------------===//
// What goes together
//===----------------------------------------------------------------------===//

namespace {
/// What the command does; an option is for some of these.
enum Mode : unsigned { CallFunction = 1, RunSteps = 2, Compare = 4, MakeWeight = 8 };

struct OptionUse {
  cl::Option &option;
  unsigned modes;
};

using OptionList = std::initializer_list<std::reference_wrapper<cl::Option>>;
} // namespace

static StringRef describe(Mode mode) {
  switch (mode) {
  case CallFunction:
    return "executing a function of the transformer stage";
  case RunSteps:
    return "executing the steps of the task stage";
  case Compare:
    return "comparing two programs";
  case MakeWeight:
    return "making a weight";
  }
  llvm_unreachable("a mode without a name");
}

/// Refuses options that `mode` does not use.
static int checkOptions(Mode mode) {
  const OptionUse uses[] = {
      {functionName, CallFunction | RunSteps | Compare},
      {inputs, CallFunction | Compare},
      {tokens, CallFunction | RunSteps | Compare},
      {weightName, MakeWeight},
      {output, CallFunction | RunSteps | MakeWeight},
      {expected, CallFunction | RunSteps | MakeWeight},
      {rows, CallFunction | RunSteps | Compare},
      {sequences, CallFunction | RunSteps | Compare},
      {workers, RunSteps | Compare},
      {chunk, RunSteps | Compare},
      {dropped, RunSteps | Compare},
      {shapes, Compare},
  };
  for (const OptionUse &use : uses)
    if (use.option.getNumOccurrences() > 0 && !(use.modes & mode))
      return usageError("--" + use.option.ArgStr + " is not for " + describe(mode) +
                        "; leave it out");
  if (mode != Compare && tolerance.getNumOccurrences() > 0 && expected.empty())
    return usageError("--tolerance is for what --expect or --compare compares; leave it out");
  for (cl::Option &option : OptionList{inputs, rows, sequences, shapes})
    if (!tokens.empty() && option.getNumOccurrences() > 0)
      return usageError("--tokens makes all inputs; leave out --" + option.ArgStr);
  return 0;
}

/// The same for options of --compare that only some programs use.
/// \param withSteps whether one of them is of the task stage.
static int checkComparison(bool withSteps) {
  if (!inputs.empty() && withSteps)
    return usageError("--input is for functions of the transformer stage, and a program is of the "
                      "task stage; use --tokens");
  if (!inputs.empty() && shapes.getNumOccurrences() > 0)
    return usageError("--input gives one size; leave out --shapes");
  if (rows.getNumOccurrences() > 0 && shapes != ShapeSet::One && inputs.empty())
    return usageError("--rows is for --shapes=one; --shapes=odd has numbers of its own");
  if (chunk.getNumOccurrences() > 0 && tokens.empty())
    return usageError("--chunk cuts the tokens of --tokens; leave it out");
  for (cl::Option &option : OptionList{workers, dropped})
    if (option.getNumOccurrences() > 0 && !withSteps)
      return usageError("--" + option.ArgStr +
                        " is for steps of the task stage, and both programs are of the transformer "
                        "stage; leave it out");
  return 0;
}

static int checkNumbers() {
  if (rows < 1 || sequences < 1)
    return usageError("--rows and --sequences are at least 1");
  if (workers < 1 || chunk < 1)
    return usageError("--workers and --chunk are at least 1");
  if (!(tolerance >= 0))
    return usageError("--tolerance is not negative");
  auto [earlier, later] = StringRef(dropped).split(':');
  if (dropped.getNumOccurrences() > 0 && (earlier.empty() || later.empty()))
    return usageError("--drop-dependence=" + dropped + " needs two labels, as in qkv:attend");
  return 0;
}

//===----------------------------------------------------------------------===//
// The command
//===----------------------------------------------------------------------===//

static TaskSchedule makeSchedule() {
  auto [earlier, later] = StringRef(dropped).split(':');
  return {seed, workers, earlier.str(), later.str()};
}

/// The step that --function names, or the one of most rows. \returns failure
/// after an error.
static FailureOr<Entry> chooseStep(MLIRContext &context, Program &program) {
  std::optional<Entry> chosen;
  std::string known;
  for (const Entry &entry : program.entries()) {
    if (entry.function)
      continue;
    known += (known.empty() ? "" : ", ") + entry.name;
    if (functionName.empty() ? !chosen || entry.rows > chosen->rows : entry.name == functionName)
      chosen = entry;
  }
  if (chosen)
    return *chosen;
  return emitError(UnknownLoc::get(&context))
         << "there is no step '" << StringRef(functionName) << "', only: " << known;
}

/// Runs the steps of a module of the task stage.
static int runSteps(MLIRContext &context, Program &program) {
  FailureOr<Entry> entry = chooseStep(context, program);
  if (failed(entry))
    return exitCode(rt::StatusCode::Usage);
  if (tokens.empty() && chunk.getNumOccurrences() > 0)
    return usageError("--chunk cuts the tokens of --tokens; leave it out");
  if (rows.getNumOccurrences() > 0 && rows > entry->rows)
    return usageError("step '" + entry->name + "' takes at most " + llvm::Twine(entry->rows) +
                      " rows; give --rows=" + llvm::Twine(entry->rows) + " or less");
  if (failed(program.compile(weights, seed)))
    return exitCode(rt::StatusCode::Refused);
  std::vector<TaskRows> steps =
      tokens.empty() ? randomSteps({std::min<int64_t>(rows, entry->rows)}, sequences, seed,
                                   *factsOf(program, *entry))
                     : stepsOfTokens(ArrayRef<int32_t>(&*tokens.begin(), tokens.size()),
                                     std::min<int64_t>(chunk, entry->rows));
  FailureOr<HostTensor> logits = program.runSteps(steps, makeSchedule(), functionName);
  if (failed(logits))
    return exitCode(rt::StatusCode::Refused);
  return finish(context, functionName.empty() ? StringRef("step") : StringRef(entry->name),
                *logits);
}

static int makeOneWeight(MLIRContext &context, Program &program) {
  FailureOr<HostTensor> tensor = program.makeWeight(weightName, weights, seed);
  if (failed(tensor))
    return exitCode(rt::StatusCode::Refused);
  return finish(context, weightName, *tensor);
}

static int runOne(MLIRContext &context) {
  Program program(context);
  if (failed(program.load(files[0])))
    return exitCode(rt::StatusCode::Refused);
  Mode mode = !weightName.empty() ? MakeWeight : program.hasSteps() ? RunSteps : CallFunction;
  if (int code = checkOptions(mode))
    return code;
  if (mode == MakeWeight)
    return makeOneWeight(context, program);
  if (program.hasSteps())
    return runSteps(context, program);
  FailureOr<func::FuncOp> function = program.chooseFunction(functionName);
  if (failed(function))
    return exitCode(rt::StatusCode::Usage);
  FailureOr<std::vector<HostTensor>> arguments = makeArguments(*function);
  if (failed(arguments) || failed(program.compile(weights, seed)))
    return exitCode(rt::StatusCode::Refused);
  FailureOr<std::vector<HostTensor>> results = program.call(*function, *arguments);
  if (failed(results))
    return exitCode(rt::StatusCode::Refused);
  return finish(context, function->getSymName(), *results);
}

static int runTwo(MLIRContext &context) {
  if (int code = checkOptions(Compare))
    return code;
  Program before(context), after(context);
  if (failed(before.load(files[0])) || failed(after.load(files[1])))
    return exitCode(rt::StatusCode::Refused);
  if (int code = checkComparison(before.hasSteps() || after.hasSteps()))
    return code;
  if (failed(before.compile(weights, seed)) || failed(after.compile(weights, seed)))
    return exitCode(rt::StatusCode::Refused);
  CompareOptions options{functionName,
                         shapes,
                         RandomBatch{rows, sequences, seed},
                         tolerance,
                         std::vector<std::string>(inputs.begin(), inputs.end()),
                         std::vector<int32_t>(tokens.begin(), tokens.end()),
                         chunk,
                         makeSchedule()};
  return comparePrograms(before, after, options);
}

static int run() {
  if (comparing && byReference)
    return usageError("--compare and --reference are two things to do; give one of them");
  if (comparing && files.size() != 2)
    return usageError("--compare needs two files");
  if (!comparing && files.size() != 1)
    return usageError("expected one FILE.mlir; 'tenon run --help' lists the options");
  if (!comparing && !byReference)
    return usageError("expected --reference or --compare");
  if (int code = checkNumbers())
    return code;
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry);
  return comparing ? runTwo(context) : runOne(context);
}

Command tenon::runCommand() { return {&runSubcommand, run}; }
