//===- Executor.cpp - Runs functions of the transformer stage -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The module goes through the reference pipeline to LLVM IR and into a JIT of
// this process. A weight is an external global there, and the JIT resolves it
// to the bytes of a host tensor: none is copied, none is in the IR. Memory
// that a call allocates comes from an arena that ends with the call; it is
// filled with NaN, so that reading what was never written shows.
//
//===----------------------------------------------------------------------===//

#include "codegen/Reference/Executor.h"

#include "codegen/Reference/LowerReference.h"
#include "codegen/Reference/MemoryDescriptor.h"
#include "codegen/Reference/Passes.h"
#include "codegen/Reference/ReferenceJit.h"
#include "dialects/Transformer/TransformerDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringMap.h"

#include <cstring>

using namespace mlir;

namespace tenon {

namespace {
/// The tensors that a function takes and returns.
struct Signature {
  SmallVector<RankedTensorType> arguments, results;
};
} // namespace

struct ReferenceProgram::State {
  MLIRContext *context;
  Location loc;
  std::vector<HostTensor> weights;
  llvm::StringMap<Signature> signatures;
  std::unique_ptr<ReferenceJit> jit;
};

ReferenceProgram::ReferenceProgram(std::unique_ptr<State> state) : state(std::move(state)) {}
ReferenceProgram::ReferenceProgram(ReferenceProgram &&) noexcept = default;
ReferenceProgram &ReferenceProgram::operator=(ReferenceProgram &&) noexcept = default;
ReferenceProgram::~ReferenceProgram() = default;

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

/// Reads the weights that the module uses; `addresses` gets their places.
static LogicalResult readWeights(ModuleOp module, TensorReader *source,
                                 std::vector<HostTensor> &weights,
                                 SmallVectorImpl<std::pair<std::string, void *>> &addresses) {
  SymbolTable symbols(module);
  llvm::StringMap<bool> seen;
  SmallVector<transformer::WeightOp> used;
  module.walk([&](transformer::GetWeightOp get) {
    if (seen.insert({get.getName(), true}).second)
      used.push_back(symbols.lookup<transformer::WeightOp>(get.getName()));
  });
  weights.reserve(used.size());
  for (transformer::WeightOp weight : used) {
    if (!source)
      return weight.emitOpError("has no value; name the folder of the checkpoint");
    FailureOr<HostTensor> tensor = makeWeight(weight, *source);
    if (failed(tensor))
      return failure();
    weights.push_back(std::move(*tensor));
    addresses.push_back({weight.getSymName().str(), weights.back().bytes().data()});
  }
  return success();
}

/// Adds `types` to `tensors`. \returns false when the host cannot hold one.
static bool collectTensors(TypeRange types, SmallVectorImpl<RankedTensorType> &tensors) {
  for (Type type : types) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !elementKindOf(tensor.getElementType()))
      return false;
    tensors.push_back(tensor);
  }
  return true;
}

/// The signatures of the functions that can be called from here.
static llvm::StringMap<Signature> collectSignatures(ModuleOp module) {
  llvm::StringMap<Signature> result;
  for (auto function : module.getOps<func::FuncOp>()) {
    Signature signature;
    if (function.isPublic() && !function.isExternal() &&
        collectTensors(function.getArgumentTypes(), signature.arguments) &&
        collectTensors(function.getResultTypes(), signature.results))
      result[function.getSymName()] = signature;
  }
  return result;
}

static LogicalResult runPasses(ModuleOp module, const ReferenceOptions &options,
                               llvm::function_ref<void(OpPassManager &)> build) {
  PassManager manager(module.getContext());
  if (options.configure && failed(options.configure(manager)))
    return failure();
  build(manager);
  return manager.run(module);
}

FailureOr<ReferenceProgram> ReferenceProgram::create(ModuleOp module, TensorReader *weights,
                                                     const ReferenceOptions &options) {
  auto state = std::make_unique<State>(State{module.getContext(), module.getLoc(), {}, {}, {}});
  SmallVector<std::pair<std::string, void *>> addresses;
  if (failed(readWeights(module, weights, state->weights, addresses)))
    return failure();
  OwningOpRef<ModuleOp> copy(module.clone());
  if (failed(runPasses(*copy, options, [](OpPassManager &manager) {
        manager.addPass(createConvertTransformerToReferencePass());
      })))
    return failure();
  state->signatures = collectSignatures(*copy);
  if (failed(runPasses(*copy, options, buildReferencePipeline)))
    return failure();
  state->jit = ReferenceJit::create(*copy, addresses);
  if (!state->jit)
    return failure();
  return ReferenceProgram(std::move(state));
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// The tensor that the descriptor at `words` describes: dense, by the layout of
/// function boundaries.
static HostTensor readResult(const uint64_t *words, RankedTensorType type) {
  SmallVector<int64_t> shape;
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    shape.push_back(static_cast<int64_t>(words[3 + axis]));
  HostTensor result(shape, *elementKindOf(type.getElementType()));
  if (!result.bytes().empty()) {
    auto *data = reinterpret_cast<const char *>(words[1]);
    std::memcpy(result.bytes().data(), data + words[2] * sizeBytesOf(result.kind()),
                result.bytes().size());
  }
  return result;
}

static LogicalResult checkArguments(Location loc, StringRef name, const Signature &signature,
                                    ArrayRef<HostTensor> arguments) {
  if (arguments.size() != signature.arguments.size())
    return emitError(loc) << "function '" << name << "' takes " << signature.arguments.size()
                          << " tensors, got " << arguments.size();
  for (auto [index, type] : llvm::enumerate(signature.arguments))
    if (!arguments[index].matches(type))
      return emitError(loc) << "tensor " << index << " of function '" << name << "' is " << type
                            << ", got " << arguments[index].describeType();
  return success();
}

FailureOr<std::vector<HostTensor>> ReferenceProgram::call(StringRef function,
                                                          ArrayRef<HostTensor> arguments) {
  auto found = state->signatures.find(function);
  if (found == state->signatures.end())
    return emitError(state->loc) << "there is no public function '" << function
                                 << "' that takes and returns tensors only";
  const Signature &signature = found->second;
  if (failed(checkArguments(state->loc, function, signature, arguments)))
    return failure();
  // The program may write to its arguments: it gets copies.
  std::vector<HostTensor> copies(arguments.begin(), arguments.end());
  SmallVector<MemoryDescriptor> descriptors;
  for (HostTensor &copy : copies)
    descriptors.emplace_back(copy);
  size_t words = 0;
  for (RankedTensorType type : signature.results)
    words += MemoryDescriptor::wordsOf(type.getRank());
  SmallVector<uint64_t> results(words);
  SmallVector<void *> pointers;
  if (!signature.results.empty())
    pointers.push_back(results.data());
  for (MemoryDescriptor &descriptor : descriptors)
    pointers.push_back(descriptor.data());
  CallArena arena;
  if (failed(state->jit->call(function, pointers, arena)))
    return failure();
  std::vector<HostTensor> tensors;
  const uint64_t *place = results.data();
  for (RankedTensorType type : signature.results) {
    tensors.push_back(readResult(place, type));
    place += MemoryDescriptor::wordsOf(type.getRank());
  }
  return tensors;
}

} // namespace tenon
