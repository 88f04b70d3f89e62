//===- ModelOptions.cpp - Options that compile and check share ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/ModelOptions.h"

#include "importers/Diagnostics/QuotedText.h"
#include "runtime/Cpu.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace tenon {

namespace cl = llvm::cl;

cl::SubCommand &compileSubcommand() {
  static cl::SubCommand command("compile", "make one executable file of a checkpoint");
  return command;
}

cl::SubCommand &checkSubcommand() {
  static cl::SubCommand command("check", "tell all that is unsupported in a checkpoint, and what "
                                         "its file would need; options as for compile");
  return command;
}

static const cl::sub ofCompile(compileSubcommand()), ofCheck(checkSubcommand());

/// "native" is no kind of machine, but one of them is meant.
static constexpr llvm::StringLiteral nativeName = "native";

/// Text for --help that lives as long as the option.
static const std::string targetHelp =
    "kinds of machine to make code for: " + targetNames() +
    "; native: the best one that this machine can run; all of them unless said otherwise";

static cl::list<std::string> targetOptions("target", cl::CommaSeparated, cl::value_desc("names"),
                                           ofCompile, ofCheck, cl::desc(targetHelp));
static cl::opt<std::string> tokenizerKind("tokenizer", cl::value_desc("auto|none"),
                                          cl::init("auto"), ofCompile, ofCheck,
                                          cl::desc("none: the file speaks token ids only"));
static cl::opt<std::string>
    elementType("dtype", cl::value_desc("auto|f32"), cl::init("auto"), ofCompile, ofCheck,
                cl::desc("element type of weights and states: that of the checkpoint, or f32"));
static cl::opt<bool> verifying("verify", ofCompile, ofCheck,
                               cl::desc("check the emitted code against the reference path before "
                                        "the file appears; default for small models"));
static cl::opt<bool> notVerifying("no-verify", ofCompile, ofCheck, cl::desc("do not check it"));
static cl::list<std::string> warningFlags("W", cl::Prefix, cl::value_desc("name"), ofCompile,
                                          ofCheck, cl::desc("control warnings, as in clang"));
static cl::opt<bool> noWarnings("w", cl::desc("no warnings"), ofCompile, ofCheck);

int tellUsage(llvm::StringRef command, const llvm::Twine &text) {
  llvm::errs() << "tenon " << command << ": " << printable(text.str()) << "\n";
  return static_cast<int>(rt::StatusCode::Usage);
}

/// Puts the name of the best target that this machine can run in the place of
/// "native".
static int resolveNative(llvm::StringRef command, std::string &name) {
  rt::CpuFacts facts = rt::CpuFacts::read();
  if (const Target *target = bestTarget(facts)) {
    name = target->name;
    return 0;
  }
  const Target &least = targets().back();
  llvm::errs() << "tenon " << command << ": --target=native: this machine cannot run the code for '"
               << least.name << "': it lacks " << rt::missingFeatures(facts, least.requiredFeatures)
               << "; name the target of another machine\n";
  return static_cast<int>(rt::StatusCode::MachineUnsupported);
}

static int readTargets(llvm::StringRef command, CompileOptions &options) {
  std::vector<std::string> names = targetOptions;
  for (std::string &name : names) {
    if (name == nativeName) {
      if (int code = resolveNative(command, name))
        return code;
    } else if (!findTarget(name)) {
      return tellUsage(command,
                       "no target is named '" + name + "'; expected native, " + targetNames());
    }
  }
  for (const Target &target : targets())
    if (names.empty() || llvm::is_contained(names, target.name))
      options.targets.push_back(&target);
  return 0;
}

int readModelOptions(llvm::StringRef command, CompileOptions &options) {
  if (noWarnings)
    options.warnings.silenceAll();
  for (const std::string &flag : warningFlags)
    if (llvm::Error error = options.warnings.parse(flag))
      return tellUsage(command, llvm::toString(std::move(error)));
  if (tokenizerKind != "auto" && tokenizerKind != "none")
    return tellUsage(command, "expected --tokenizer=auto or none, got '" + tokenizerKind + "'");
  options.withTokenizer = tokenizerKind == "auto";
  if (elementType != "auto" && elementType != "f32")
    return tellUsage(command, "expected --dtype=auto or f32, got '" + elementType + "'");
  options.widenToF32 = elementType == "f32";
  if (verifying && notVerifying)
    return tellUsage(command, "--verify and --no-verify contradict each other; give one of them");
  if (verifying || notVerifying)
    options.verify = !notVerifying;
  return readTargets(command, options);
}

} // namespace tenon
