//===- Program.cpp - A program in a file, run by the reference ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Program.h"

#include "codegen/Reference/RandomWeights.h"
#include "dialects/Task/TaskDialect.h"
#include "dialects/Transformer/TransformerDialect.h"
#include "importers/HuggingFace/CheckpointReader.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tenon {

Program::Program(MLIRContext &context) : context(context), diagnostics(sources, &context) {}

Program::~Program() = default;

LogicalResult Program::load(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(path, /*IsText=*/true);
  if (!buffer)
    return emitError(UnknownLoc::get(&context))
           << "file '" << path << "' cannot be read: " << buffer.getError().message();
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  module = parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
  return success(static_cast<bool>(module));
}

SmallVector<func::FuncOp> Program::functions() {
  return llvm::filter_to_vector(module->getOps<func::FuncOp>(), [](func::FuncOp function) {
    return function.isPublic() && !function.isExternal();
  });
}

SmallVector<Entry> Program::entries() {
  SmallVector<Entry> result;
  for (func::FuncOp function : functions()) {
    auto rows = function->getAttrOfType<IntegerAttr>(transformer::rowsAttribute);
    result.push_back({function.getSymName().str(), rows ? rows.getInt() : 0, function});
  }
  for (auto step : module->getOps<task::StepOp>())
    result.push_back({step.getSymName().str(), static_cast<int64_t>(step.getRows()), {}});
  return result;
}

FailureOr<func::FuncOp> Program::chooseFunction(StringRef name) {
  SmallVector<func::FuncOp> all = functions();
  if (name.empty() && all.size() == 1)
    return all.front();
  for (func::FuncOp function : all)
    if (function.getSymName() == (name.empty() ? "step" : name))
      return function;
  std::string known = llvm::join(
      llvm::map_range(all, [](func::FuncOp function) { return function.getSymName().str(); }),
      ", ");
  if (name.empty())
    return emitError(UnknownLoc::get(&context))
           << "expected --function=, one of: " << (all.empty() ? "(there is none)" : known);
  return emitError(UnknownLoc::get(&context))
         << "there is no public function '" << name << "', only: " << known;
}

bool Program::hasSteps() { return !module->getOps<task::StepOp>().empty(); }

LogicalResult Program::withReader(StringRef weights, uint64_t seed,
                                  llvm::function_ref<LogicalResult(TensorReader &)> use) {
  if (weights == "random") {
    RandomWeights random(seed);
    return use(random);
  }
  FailureOr<hf::Checkpoint> checkpoint = hf::Checkpoint::open(&context, weights);
  if (failed(checkpoint))
    return failure();
  hf::CheckpointReader reader(*checkpoint);
  return use(reader);
}

LogicalResult Program::compile(StringRef weights, uint64_t seed) {
  return withReader(weights, seed, [&](TensorReader &reader) { return compileWith(reader); });
}

FailureOr<HostTensor> Program::makeWeight(StringRef name, StringRef weights, uint64_t seed) {
  Operation *declaration = module->lookupSymbol(name);
  if (!isa_and_nonnull<transformer::WeightOp, task::WeightOp>(declaration))
    return emitError(UnknownLoc::get(&context)) << "there is no weight '" << name << "'";
  FailureOr<HostTensor> tensor = failure();
  if (failed(withReader(weights, seed, [&](TensorReader &reader) {
        if (auto packed = dyn_cast<task::WeightOp>(declaration))
          tensor = makePackedWeight(packed, reader);
        else
          tensor = tenon::makeWeight(cast<transformer::WeightOp>(declaration), reader);
        return success(succeeded(tensor));
      })))
    return failure();
  return tensor;
}

LogicalResult Program::compileWith(TensorReader &weights) {
  ReferenceOptions options;
  options.configure = [](PassManager &manager) {
    applyDefaultTimingPassManagerCLOptions(manager);
    return applyPassManagerCLOptions(manager);
  };
  if (hasSteps()) {
    FailureOr<TaskProgram> program = TaskProgram::create(*module, weights, options);
    if (succeeded(program))
      steps = std::move(*program);
    return success(succeeded(program));
  }
  FailureOr<ReferenceProgram> program = ReferenceProgram::create(*module, &weights, options);
  if (succeeded(program))
    reference = std::move(*program);
  return success(succeeded(program));
}

FailureOr<std::vector<HostTensor>> Program::call(func::FuncOp function,
                                                 ArrayRef<HostTensor> arguments) {
  return reference->call(function.getSymName(), arguments);
}

FailureOr<HostTensor> Program::runSteps(ArrayRef<TaskRows> given, const TaskSchedule &schedule,
                                        StringRef name) {
  std::vector<HostTensor> parts;
  int64_t wanted = 0;
  for (const TaskRows &rows : given) {
    FailureOr<HostTensor> logits = steps->run(rows, schedule, name);
    if (failed(logits))
      return failure();
    wanted += std::ssize(rows.wanted);
    parts.push_back(std::move(*logits));
  }
  HostTensor result({wanted, parts.front().shape()[1]}, ElementKind::F32);
  char *place = result.bytes().data();
  for (const HostTensor &part : parts)
    place = llvm::copy(part.bytes(), place);
  return result;
}

} // namespace tenon
