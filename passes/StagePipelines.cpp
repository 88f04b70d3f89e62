//===- StagePipelines.cpp - Each stage as a named pipeline ----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Pipeline.h"

#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace tenon;

namespace {
struct StageOptions : PassPipelineOptions<StageOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("the kind of machine"),
                             llvm::cl::init(targets().front().name.str())};
};
} // namespace

static LogicalResult addStage(const Stage &stage, OpPassManager &passes, StringRef text,
                              llvm::function_ref<LogicalResult(const Twine &)> error) {
  StageOptions options;
  if (failed(options.parseFromString(text)))
    return failure();
  const Target *target = findTarget(options.target);
  if (!target)
    return error("no target is named '" + options.target + "'; expected " + targetNames());
  stage.build(passes, *target);
  return success();
}

void tenon::registerStagePipelines() {
  // The registry keeps references to names and texts.
  static std::vector<std::pair<std::string, std::string>> *texts = nullptr;
  if (texts)
    return;
  texts = new std::vector<std::pair<std::string, std::string>>();
  for (const Stage &stage : stages())
    texts->push_back(
        {llvm::formatv("tenon-{0}-stage", stage.name),
         llvm::formatv("the passes that lead to the {0} stage: {1}", stage.name, stage.summary)});
  for (auto [stage, text] : llvm::zip_equal(stages(), *texts))
    registerPassPipeline(
        text.first, text.second,
        [&stage](OpPassManager &passes, StringRef options,
                 llvm::function_ref<LogicalResult(const Twine &)> error) {
          return addStage(stage, passes, options, error);
        },
        [](llvm::function_ref<void(const mlir::detail::PassOptions &)> show) {
          show(StageOptions());
        });
}
