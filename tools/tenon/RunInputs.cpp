//===- RunInputs.cpp - The tensors that a function is run with ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/RunInputs.h"

#include "dialects/Transformer/TransformerDialect.h"
#include "tools/tenon/Npy.h"

#include "llvm/Support/JSON.h"

#include <limits>

using namespace mlir;

namespace tenon {

//===----------------------------------------------------------------------===//
// Lists in brackets
//===----------------------------------------------------------------------===//

/// The sizes that the nesting of `value` shows.
static void collectShape(const llvm::json::Value &value, SmallVectorImpl<int64_t> &shape) {
  const llvm::json::Array *array = value.getAsArray();
  if (!array)
    return;
  shape.push_back(std::ssize(*array));
  if (!array->empty())
    collectShape(array->front(), shape);
}

/// Stores the elements of `value`, which has to have the sizes `shape`.
static LogicalResult storeElements(const llvm::json::Value &value, ArrayRef<int64_t> shape,
                                   HostTensor &tensor, int64_t &next) {
  if (shape.empty()) {
    std::optional<double> number = value.getAsNumber();
    if (!number && value.getAsNull())
      number = std::numeric_limits<double>::quiet_NaN();
    if (!number)
      return failure();
    tensor.set(next++, *number);
    return success();
  }
  const llvm::json::Array *array = value.getAsArray();
  if (!array || std::ssize(*array) != shape.front())
    return failure();
  for (const llvm::json::Value &element : *array)
    if (failed(storeElements(element, shape.drop_front(), tensor, next)))
      return failure();
  return success();
}

FailureOr<HostTensor> parseTensorText(Location loc, StringRef text, RankedTensorType type) {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  if (!value)
    return emitError(loc) << "'" << text
                          << "' is not a list of numbers: " << llvm::toString(value.takeError());
  SmallVector<int64_t> shape;
  collectShape(*value, shape);
  HostTensor result(shape, *elementKindOf(type.getElementType()));
  int64_t next = 0;
  if (failed(storeElements(*value, shape, result, next)))
    return emitError(loc) << "'" << text << "' is not a list of numbers of one shape";
  return result;
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

namespace {
/// A value of --input: its text, and which tensor of the function it is.
struct Specification {
  size_t tensor;
  StringRef value;
};
} // namespace

/// The tensor of `arguments` that `place` (`2` or `2.1`) names.
static FailureOr<size_t> findTensor(Location loc, StringRef place,
                                    ArrayRef<ReferenceArgument> arguments) {
  auto [argumentText, partText] = place.split('.');
  unsigned argument = 0, part = 0;
  if (!argumentText.getAsInteger(10, argument) &&
      (partText.empty() || !partText.getAsInteger(10, part)))
    for (auto [index, candidate] : llvm::enumerate(arguments))
      if (candidate.argument == argument && candidate.part == part)
        return index;
  return emitError(loc) << "the function has no argument '" << place
                        << "'; write its number, and behind a dot that of its tensor";
}

static FailureOr<Specification> parseSpecification(Location loc, StringRef text, size_t &next,
                                                   ArrayRef<ReferenceArgument> arguments) {
  size_t end = text.find_first_not_of("0123456789.");
  if (end != 0 && end != StringRef::npos && text[end] == '=') {
    FailureOr<size_t> tensor = findTensor(loc, text.take_front(end), arguments);
    if (failed(tensor))
      return failure();
    next = *tensor + 1;
    return Specification{*tensor, text.drop_front(end + 1)};
  }
  if (next >= arguments.size())
    return emitError(loc) << "--input=" << text << " is one more than the " << arguments.size()
                          << " tensors that the function takes";
  return Specification{next++, text};
}

/// `tensor` with the element type of `type`, in which floats are rounded.
static FailureOr<HostTensor> convertTo(Location loc, HostTensor tensor, RankedTensorType type,
                                       StringRef text) {
  ElementKind kind = *elementKindOf(type.getElementType());
  if (kind != tensor.kind()) {
    if (isFloat(tensor.kind()) && !isFloat(kind))
      return emitError(loc) << "'" << text << "' has elements of type " << nameOf(tensor.kind())
                            << ", expected " << type;
    HostTensor converted(tensor.shape(), kind);
    for (int64_t i = 0, e = tensor.numElements(); i < e; ++i)
      converted.set(i, tensor.at(i));
    tensor = std::move(converted);
  }
  if (!tensor.matches(type))
    return emitError(loc) << "'" << text << "' is a tensor of " << tensor.describeType()
                          << ", expected " << type;
  return tensor;
}

static FailureOr<HostTensor> readValue(Location loc, StringRef text, RankedTensorType type) {
  FailureOr<HostTensor> tensor =
      text.starts_with("[") ? parseTensorText(loc, text, type) : readNpy(loc.getContext(), text);
  if (failed(tensor))
    return failure();
  return convertTo(loc, std::move(*tensor), type, text);
}

/// Takes the number of rows from a given tensor of rows, so that the random
/// ones go with it.
static void adoptRows(func::FuncOp function, const ReferenceArgument &argument,
                      const HostTensor &tensor, RandomBatch &batch) {
  Type type = function.getArgument(argument.argument).getType();
  bool countsRows = isa<transformer::RowsType>(type) || isa<RankedTensorType>(type);
  if (countsRows && argument.type.getRank() > 0 && argument.type.isDynamicDim(0))
    batch.rows = tensor.shape().front();
}

FailureOr<std::vector<HostTensor>>
makeInputs(func::FuncOp function, ArrayRef<std::string> specifications, RandomBatch batch) {
  Location loc = function.getLoc();
  FailureOr<SmallVector<ReferenceArgument>> arguments = referenceArguments(function);
  if (failed(arguments))
    return failure();
  std::vector<std::optional<HostTensor>> given(arguments->size());
  size_t next = 0;
  for (const std::string &text : specifications) {
    FailureOr<Specification> parsed = parseSpecification(loc, text, next, *arguments);
    if (failed(parsed))
      return failure();
    if (parsed->value == "random")
      continue;
    const ReferenceArgument &argument = (*arguments)[parsed->tensor];
    FailureOr<HostTensor> tensor = readValue(loc, parsed->value, argument.type);
    if (failed(tensor))
      return failure();
    adoptRows(function, argument, *tensor, batch);
    given[parsed->tensor] = std::move(*tensor);
  }
  FailureOr<std::vector<HostTensor>> inputs = makeRandomInputs(function, batch);
  if (failed(inputs))
    return failure();
  for (auto [input, value] : llvm::zip(*inputs, given))
    if (value)
      input = std::move(*value);
  return inputs;
}

} // namespace tenon
