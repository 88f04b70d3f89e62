//===- RandomTensors.cpp - Tensors of random numbers, by a seed -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Reference/RandomTensors.h"

#include "dialects/Transformer/IdUse.h"
#include "dialects/Transformer/StepSignature.h"
#include "dialects/Transformer/TransformerDialect.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

uint64_t RandomNumbers::next() {
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

int64_t RandomNumbers::below(int64_t bound) {
  return static_cast<int64_t>(next() % static_cast<uint64_t>(bound));
}

/// A sum of twelve uniform numbers: as normal as a test needs, and free of
/// functions whose last bit depends on the C library.
double RandomNumbers::normal() {
  double sum = 0;
  for (int i = 0; i < 12; ++i)
    sum += static_cast<double>(next() >> 11) * 0x1p-53;
  return sum - 6;
}

static void fillNormal(HostTensor &tensor, RandomNumbers &random, double mean, double deviation) {
  for (int64_t i = 0, e = tensor.numElements(); i < e; ++i)
    tensor.set(i, mean + deviation * random.normal());
}

void fillAsWeight(HostTensor &tensor, RandomNumbers &random) {
  if (tensor.shape().size() < 2)
    return fillNormal(tensor, random, /*mean=*/1, /*deviation=*/0.25);
  double columns = static_cast<double>(std::max<int64_t>(tensor.shape().back(), 1));
  fillNormal(tensor, random, /*mean=*/0, 1 / std::sqrt(columns));
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

FailureOr<SmallVector<ReferenceArgument>> referenceArguments(func::FuncOp function) {
  SmallVector<ReferenceArgument> result;
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes())) {
    SmallVector<RankedTensorType> tensors;
    if (auto reference = dyn_cast<ReferenceTypeInterface>(type))
      tensors = reference.getReferenceTypes();
    else if (auto tensor = dyn_cast<RankedTensorType>(type))
      tensors = {tensor};
    else
      return function.emitOpError("has argument ")
             << index << " of type " << type << "; the reference path takes tensors, weights, rows "
             << "and states";
    for (auto [part, tensor] : llvm::enumerate(tensors)) {
      if (!elementKindOf(tensor.getElementType()))
        return function.emitOpError("has argument ")
               << index << " with elements of type " << tensor.getElementType()
               << ", which the reference path does not know";
      result.push_back({static_cast<unsigned>(index), static_cast<unsigned>(part), tensor});
    }
  }
  return result;
}

namespace {
/// Where each sequence begins and how many rows it has in this step.
struct SequencePart {
  int64_t start;
  int64_t rows;
};

/// Makes the inputs of one function.
class InputMaker {
public:
  InputMaker(func::FuncOp function, SmallVector<SequencePart> parts, uint64_t seed)
      : function(function), parts(std::move(parts)), random(seed) {
    for (const SequencePart &part : this->parts) {
      rows += part.rows;
      capacity = std::max(capacity, part.start + part.rows + 1);
    }
  }

  HostTensor make(const ReferenceArgument &argument);
  ArrayRef<SequencePart> sequences() const { return parts; }

private:
  Type typeOf(const ReferenceArgument &argument) {
    return function.getArgument(argument.argument).getType();
  }
  HostTensor allocate(RankedTensorType type, ArrayRef<int64_t> dynamicSizes);
  HostTensor makeRows(const ReferenceArgument &argument);
  HostTensor makeState(const ReferenceArgument &argument);
  HostTensor makeIds(const ReferenceArgument &argument);

  func::FuncOp function;
  SmallVector<SequencePart> parts;
  RandomNumbers random;
  int64_t rows = 0;
  int64_t capacity = 1; ///< positions that the states have room for
};
} // namespace

/// The dynamic sizes of `type` are `dynamicSizes`, the last one for the rest.
HostTensor InputMaker::allocate(RankedTensorType type, ArrayRef<int64_t> dynamicSizes) {
  SmallVector<int64_t> shape(type.getShape());
  for (int64_t &size : shape) {
    if (!ShapedType::isDynamic(size))
      continue;
    size = dynamicSizes.front();
    if (dynamicSizes.size() > 1)
      dynamicSizes = dynamicSizes.drop_front();
  }
  return HostTensor(shape, *elementKindOf(type.getElementType()));
}

/// The sequence of each row, or its positions: the first axis counts, others
/// lie anywhere up to it, as coordinates of a picture do.
HostTensor InputMaker::makeRows(const ReferenceArgument &argument) {
  int64_t axes = positionAxesOf(function->getParentOfType<ModuleOp>());
  HostTensor result = allocate(argument.type, {rows, axes});
  int64_t row = 0;
  for (auto [sequence, part] : llvm::enumerate(parts))
    for (int64_t i = 0; i < part.rows; ++i, ++row) {
      int64_t position = part.start + i;
      if (argument.part == 0) {
        result.set(row, static_cast<double>(sequence));
        continue;
      }
      result.set(row * axes, static_cast<double>(position));
      for (int64_t axis = 1; axis < axes; ++axis)
        result.set(row * axes + axis, static_cast<double>(random.below(position + 1)));
    }
  return result;
}

/// A state of `[sequences, positions, ...]` holds numbers up to the start of
/// each sequence, and NaN where nothing has been written; one without
/// positions holds numbers; one of integers counts positions.
HostTensor InputMaker::makeState(const ReferenceArgument &argument) {
  HostTensor result = allocate(argument.type, {std::ssize(parts), capacity});
  if (!isFloat(result.kind())) {
    for (int64_t i = 0, e = result.numElements(); i < e; ++i)
      result.set(i, static_cast<double>(1 + random.below(capacity)));
    return result;
  }
  fillNormal(result, random, /*mean=*/0, /*deviation=*/1);
  bool countsPositions = argument.type.getRank() > 1 && argument.type.isDynamicDim(1) &&
                         !isa<CrossType>(typeOf(argument));
  if (!countsPositions)
    return result;
  int64_t perPosition = result.numElements() / (std::ssize(parts) * capacity);
  for (auto [sequence, part] : llvm::enumerate(parts))
    for (int64_t i = part.start * perPosition; i < capacity * perPosition; ++i)
      result.set(sequence * capacity * perPosition + i, std::numeric_limits<double>::quiet_NaN());
  return result;
}

/// Token ids inside the vocabulary, or numbers of rows: then fewer than there
/// are rows, so that a mistake of one for the other shows.
HostTensor InputMaker::makeIds(const ReferenceArgument &argument) {
  IdUse use = IdUse::of(function.getArgument(argument.argument));
  HostTensor result = allocate(argument.type, use.selectsRows ? (rows + 1) / 2 : rows);
  for (int64_t i = 0, e = result.numElements(); i < e; ++i)
    result.set(i, static_cast<double>(random.below(use.vocabulary ? use.vocabulary : rows)));
  constexpr int64_t oneOf = 3; // rows are given
  for (int64_t i = 0, e = use.mayBeNone ? result.numElements() : 0; i < e; ++i)
    if (random.below(oneOf) == 0)
      result.set(i, -1);
  return result;
}

HostTensor InputMaker::make(const ReferenceArgument &argument) {
  Type type = typeOf(argument);
  if (isa<RowsType>(type))
    return makeRows(argument);
  if (isa<WeightType>(type)) {
    HostTensor result = allocate(argument.type, {});
    fillAsWeight(result, random);
    return result;
  }
  if (isa<ReferenceTypeInterface>(type))
    return makeState(argument);
  if (!isFloat(*elementKindOf(argument.type.getElementType())))
    return makeIds(argument);
  HostTensor result = allocate(argument.type, rows);
  fillNormal(result, random, /*mean=*/0, /*deviation=*/1);
  return result;
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

FailureOr<std::vector<HostTensor>> makeRandomInputs(func::FuncOp function,
                                                    const RandomBatch &batch) {
  FailureOr<SmallVector<ReferenceArgument>> arguments = referenceArguments(function);
  if (failed(arguments))
    return failure();
  RandomNumbers random(batch.seed);
  int64_t sequences = std::max<int64_t>(1, std::min(batch.sequences, batch.rows));
  // Pasts of different lengths, and one sequence that begins now.
  SmallVector<SequencePart> parts;
  for (int64_t i = 0; i < sequences; ++i)
    parts.push_back({i == 1 ? 0 : 1 + random.below(6), 1});
  for (int64_t row = sequences; row < batch.rows; ++row)
    ++parts[random.below(sequences)].rows;
  InputMaker maker(function, std::move(parts), random.next());
  std::vector<HostTensor> result;
  for (const ReferenceArgument &argument : *arguments)
    result.push_back(maker.make(argument));
  return result;
}

FailureOr<std::vector<HostTensor>> makeTokenInputs(func::FuncOp function,
                                                   ArrayRef<int32_t> tokens) {
  FailureOr<SmallVector<ReferenceArgument>> arguments = referenceArguments(function);
  if (failed(arguments))
    return failure();
  int64_t rows = std::ssize(tokens);
  auto signature = StepSignature::of(function.getFunctionType());
  bool takesBoth = signature && signature->tokens && signature->embeddings;
  std::optional<unsigned> embeddings = takesBoth ? signature->embeddings : std::nullopt;
  InputMaker maker(function, {{/*start=*/0, rows}}, /*seed=*/0);
  std::vector<HostTensor> result;
  for (const ReferenceArgument &argument : *arguments) {
    BlockArgument value = function.getArgument(argument.argument);
    IdUse use = IdUse::of(value);
    if (isa<ReferenceTypeInterface>(value.getType()) && !isa<WeightType>(value.getType())) {
      result.push_back(maker.make(argument));
      // What does not grow is zero when a sequence begins.
      auto state = dyn_cast<StateTypeInterface>(value.getType());
      if (state && !state.getStateParts()[argument.part].growsWithPositions)
        llvm::fill(result.back().bytes(), 0);
      continue;
    }
    if (argument.argument == embeddings) { // of no row
      result.push_back(HostTensor({rows, argument.type.getDimSize(1)}, ElementKind::F32));
      continue;
    }
    if (!argument.type.getElementType().isInteger(32) || argument.type.getRank() != 1 ||
        (!use.vocabulary && !use.selectsRows))
      return function.emitOpError("has argument ")
             << argument.argument << " of type " << argument.type
             << ", which is neither tokens, rows, wanted rows nor a state; give --input instead";
    HostTensor ids({rows}, ElementKind::I32);
    for (int64_t i = 0; i < rows; ++i) {
      if (use.vocabulary && (tokens[i] < 0 || tokens[i] >= use.vocabulary))
        return emitError(function.getLoc())
               << "token " << tokens[i] << " is outside of the vocabulary of " << use.vocabulary;
      ids.set(i, static_cast<double>(use.vocabulary ? tokens[i] : i));
    }
    result.push_back(std::move(ids));
  }
  return result;
}

} // namespace tenon
