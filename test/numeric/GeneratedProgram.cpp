//===- GeneratedProgram.cpp - A step program, run in three ways -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GeneratedProgram.h"

#include "codegen/Cpu/EmitObject.h"
#include "codegen/Reference/RandomWeights.h"
#include "codegen/Reference/WeightValues.h"
#include "dialects/Registry.h"
#include "dialects/Task/TaskDialect.h"
#include "dialects/Transformer/StepSignature.h"
#include "passes/Pipeline.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cstring>

using namespace mlir;

namespace tenon::test {

/// As the payload of a file has them.
static constexpr size_t alignment = 64;

/// Of the random weights, which depend on their names too.
static constexpr uint64_t seed = 3;

GeneratedProgram::GeneratedProgram() : context(MLIRContext::Threading::DISABLED) {}
GeneratedProgram::~GeneratedProgram() { std::free(weightBytes); }

bool GeneratedProgram::load(const std::string &name) {
  DialectRegistry registry;
  registerDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
  module = parseSourceFile<ModuleOp>(TENON_STEPS "/" + name + ".mlir", &context);
  if (!module)
    return false;
  RandomWeights random(seed);
  FailureOr<ReferenceProgram> program = ReferenceProgram::create(*module, &random);
  if (failed(program))
    return false;
  reference = std::move(*program);
  return true;
}

/// Takes the module through one stage.
static LogicalResult runStage(const Stage &stage, ModuleOp module, const Target &target) {
  PassManager passes(module.getContext(), ModuleOp::getOperationName());
  stage.build(passes, target);
  return passes.run(module);
}

bool GeneratedProgram::generate(const std::string &kind) {
  const Target *target = findTarget(kind);
  OwningOpRef<ModuleOp> own = module->clone();
  for (const Stage &stage : stages()) {
    if (failed(runStage(stage, *own, *target)))
      return false;
    if (stage.name == "task")
      taskModule = own->clone();
  }
  auto object = cpu::emitProgram(*own, *target, cpu::EmitKind::Object);
  if (failed(object))
    return false;
  llvm::StringRef bytes(object->data(), object->size());
  return code->add(kind, llvm::MemoryBuffer::getMemBufferCopy(bytes, kind));
}

bool GeneratedProgram::packWeights() {
  std::vector<HostTensor> packed;
  RandomWeights random(seed);
  for (auto weight : taskModule->getOps<task::WeightOp>()) {
    FailureOr<HostTensor> tensor = makePackedWeight(weight, random);
    if (failed(tensor) || weight.getIndex() != packed.size())
      return false;
    offsets.push_back(weightSize);
    weightSize = llvm::alignTo(weightSize + tensor->bytes().size(), alignment);
    packed.push_back(std::move(*tensor));
  }
  weightBytes = static_cast<std::byte *>(std::aligned_alloc(alignment, weightSize));
  for (auto [tensor, offset] : llvm::zip(packed, offsets))
    std::memcpy(weightBytes + offset, tensor.bytes().data(), tensor.bytes().size());
  return true;
}

std::unique_ptr<GeneratedProgram> GeneratedProgram::compile(const std::string &name,
                                                            const std::vector<std::string> &kinds) {
  std::unique_ptr<GeneratedProgram> program(new GeneratedProgram);
  program->code = GeneratedCode::create();
  if (!program->code || !program->load(name))
    return nullptr;
  for (const std::string &kind : kinds)
    if (!program->generate(kind))
      return nullptr;
  if (!program->packWeights())
    return nullptr;
  ModuleOp tasks = *program->taskModule;
  auto number = [&](StringRef size) { return tasks->getAttrOfType<IntegerAttr>(size).getInt(); };
  auto step = program->module->lookupSymbol<func::FuncOp>("step");
  rt::ModelInfo &info = program->modelInfo;
  info.vocabulary = cast<RankedTensorType>(step.getResultTypes().front()).getDimSize(1);
  info.maxContext = 1024;
  info.positionAxes = transformer::positionAxesOf(*program->module);
  auto signature = transformer::StepSignature::of(step.getFunctionType());
  info.tokenCount = signature->tokens ? info.vocabulary : 0;
  if (RankedTensorType embeddings = transformer::embeddingsOf(step.getFunctionType()))
    info.embeddingColumns = embeddings.getDimSize(1);
  info.pagePositions = pagePositions;
  info.pageBytes = number(tenon::task::pageBytesAttribute);
  info.slotBytes = number(tenon::task::slotBytesAttribute);
  return program;
}

TaskProgram GeneratedProgram::tasks() {
  RandomWeights random(seed);
  FailureOr<TaskProgram> program = TaskProgram::create(*taskModule, random);
  assert(succeeded(program) && "the executor takes what the stage makes");
  return std::move(*program);
}

std::vector<HostTensor> GeneratedProgram::emptyStates(int64_t sequences, int64_t positions) {
  std::vector<HostTensor> states;
  auto step = module->lookupSymbol<func::FuncOp>("step");
  for (Type type : step.getArgumentTypes().drop_front(
           transformer::StepSignature::of(step.getFunctionType())->firstState()))
    for (const transformer::StatePart &part :
         cast<transformer::StateTypeInterface>(type).getStateParts()) {
      SmallVector<int64_t> shape = {sequences};
      if (part.growsWithPositions)
        shape.push_back(positions);
      llvm::append_range(shape, part.shape);
      HostTensor &state = states.emplace_back(shape, *elementKindOf(part.elementType));
      if (part.growsWithPositions) // all bits set are no number
        std::memset(state.bytes().data(), 0xff, state.bytes().size());
    }
  return states;
}

HostTensor GeneratedProgram::runReference(const TaskRows &rows, std::vector<HostTensor> &states) {
  auto step = module->lookupSymbol<func::FuncOp>("step");
  std::vector<HostTensor> arguments = stepInputs(step, rows);
  llvm::append_range(arguments, states);
  FailureOr<std::vector<HostTensor>> results = reference->call("step", arguments);
  assert(succeeded(results) && "the reference path runs every program");
  states.assign(std::make_move_iterator(results->begin() + 1),
                std::make_move_iterator(results->end()));
  return std::move(results->front());
}

} // namespace tenon::test
