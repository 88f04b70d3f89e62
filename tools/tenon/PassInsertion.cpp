//===- PassInsertion.cpp - Passes of others in Tenon's pipelines ----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A pass manager takes passes at its end only. So a stage with insertions is
// built once as it is, written as text pass by pass, and read again with the
// other passes in between. An element of the text may be nested, as in
// `func.func(group-products)`: an insertion goes beside it, not into it, and is
// nested itself where its passes ask for it.
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/PassInsertion.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace tenon {

static llvm::Error problem(const llvm::Twine &text) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), text);
}

/// The elements of a stage's pipeline, as text.
static std::vector<std::string> elementsOf(const Stage &stage, const Target &target) {
  OpPassManager passes(ModuleOp::getOperationName());
  stage.build(passes, target);
  std::vector<std::string> elements;
  for (Pass &pass : passes.getPasses()) {
    llvm::raw_string_ostream stream(elements.emplace_back());
    pass.printAsTextualPipeline(stream);
  }
  return elements;
}

/// The names in an element: words outside of the braces of options.
static llvm::SmallVector<StringRef> namesIn(StringRef element) {
  llvm::SmallVector<StringRef> names;
  int depth = 0;
  size_t begin = StringRef::npos;
  for (size_t place = 0; place <= element.size(); ++place) {
    char character = place < element.size() ? element[place] : ',';
    bool ofName = depth == 0 && (llvm::isAlnum(character) || StringRef("-_.").contains(character));
    if (ofName && begin == StringRef::npos)
      begin = place;
    if (!ofName && begin != StringRef::npos) {
      names.push_back(element.slice(begin, place));
      begin = StringRef::npos;
    }
    depth += (character == '{') - (character == '}');
  }
  return names;
}

/// All passes of all stages, once each, in order.
static std::vector<std::string> passNames() {
  std::vector<std::string> names;
  for (const Stage &stage : stages())
    for (const std::string &element : elementsOf(stage, targets().front()))
      for (StringRef name : namesIn(element))
        if (PassInfo::lookup(name) && !llvm::is_contained(names, name))
          names.push_back(name.str());
  return names;
}

/// The one or two names that are nearest to `written`.
static std::string nearestNames(StringRef written) {
  std::vector<std::string> names = passNames();
  auto distance = [&](const std::string &name) { return written.edit_distance(name); };
  llvm::sort(names, [&](const std::string &a, const std::string &b) {
    return std::pair(distance(a), a) < std::pair(distance(b), b);
  });
  return "'" + names[0] + "' or '" + names[1] + "'";
}

/// Whether `pipeline` is one of modules; if not, why.
static bool parses(StringRef pipeline, std::string &reason) {
  OpPassManager passes(ModuleOp::getOperationName());
  llvm::raw_string_ostream stream(reason);
  if (succeeded(parsePassPipeline(pipeline, passes, stream)))
    return true;
  // MLIR shows the text and points to the place on lines of their own.
  StringRef line = StringRef(reason).split('\n').first;
  if (size_t place = line.rfind("error: "); place != StringRef::npos)
    line = line.drop_front(place + strlen("error: "));
  reason = line.str();
  return false;
}

llvm::Expected<PassInsertion> PassInsertion::parse(StringRef text) {
  auto [side, rest] = text.split(':');
  auto [anchor, pipeline] = rest.split(':');
  if ((side != "after" && side != "before") || anchor.empty() || pipeline.empty())
    return problem("expected --insert-pass=after:NAME:PIPELINE or before:NAME:PIPELINE, got '" +
                   text + "'");
  if (!llvm::is_contained(passNames(), anchor))
    return problem("no stage runs a pass named '" + anchor + "'; the nearest are " +
                   nearestNames(anchor));
  PassInsertion insertion{side == "after", anchor.str(), pipeline.str()};
  std::string reason;
  if (parses(insertion.pipeline, reason))
    return insertion;
  for (const char *op : {"func.func", "task.step"}) {
    std::string ignored;
    insertion.pipeline = (op + ("(" + pipeline) + ")").str();
    if (parses(insertion.pipeline, ignored))
      return insertion;
  }
  return problem("--insert-pass: cannot read the pipeline '" + pipeline + "': " + reason +
                 "; --load-pass-plugin=FILE.so loads passes of others");
}

bool hasPass(const Stage &stage, StringRef name) {
  return llvm::any_of(elementsOf(stage, targets().front()), [&](const std::string &element) {
    return llvm::is_contained(namesIn(element), name);
  });
}

LogicalResult buildStage(const Stage &stage, const Target &target,
                         llvm::ArrayRef<PassInsertion> insertions, OpPassManager &passes) {
  if (insertions.empty()) {
    stage.build(passes, target);
    return success();
  }
  std::vector<std::string> elements;
  for (const std::string &element : elementsOf(stage, target)) {
    auto add = [&](bool after) {
      for (const PassInsertion &insertion : insertions)
        if (insertion.after == after && llvm::is_contained(namesIn(element), insertion.anchor))
          elements.push_back(insertion.pipeline);
    };
    add(/*after=*/false);
    elements.push_back(element);
    add(/*after=*/true);
  }
  return parsePassPipeline(llvm::join(elements, ","), passes);
}

} // namespace tenon
