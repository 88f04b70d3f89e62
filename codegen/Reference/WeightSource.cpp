//===- WeightSource.cpp - The values of weights, for the reference ---------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Reference/WeightSource.h"

#include "codegen/Reference/RandomTensors.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/xxhash.h"

#include <cstring>

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

WeightSource::~WeightSource() = default;

FailureOr<HostTensor> RandomWeights::read(SourceAttr source, Location loc) {
  std::optional<ElementKind> kind = elementKindOf(source.getElementType());
  if (!kind)
    return emitError(loc) << "no random tensor has elements of type " << source.getElementType();
  HostTensor result(source.getShape(), *kind);
  RandomNumbers random(seed ^ llvm::xxh3_64bits(source.getTensor()));
  fillAsWeight(result, random);
  return result;
}

/// The rows of all `parts`, one after another.
static FailureOr<HostTensor> concatRows(ArrayRef<HostTensor> parts, Location loc) {
  SmallVector<int64_t> shape(parts.front().shape());
  shape.front() = 0;
  for (const HostTensor &part : parts) {
    if (part.kind() != parts.front().kind() ||
        part.shape().drop_front() != ArrayRef(shape).drop_front())
      return emitError(loc) << "concat_rows expects tensors of one row type, got "
                            << parts.front().describeType() << " and " << part.describeType();
    shape.front() += part.shape().front();
  }
  HostTensor result(shape, parts.front().kind());
  char *place = result.bytes().data();
  for (const HostTensor &part : parts) {
    std::memcpy(place, part.bytes().data(), part.bytes().size());
    place += part.bytes().size();
  }
  return result;
}

static FailureOr<HostTensor> transpose(const HostTensor &input, Location loc) {
  if (input.shape().size() != 2)
    return emitError(loc) << "transpose expects two dimensions, got " << input.describeType();
  int64_t rows = input.shape()[0], columns = input.shape()[1];
  HostTensor result({columns, rows}, input.kind());
  size_t size = sizeBytesOf(input.kind());
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      std::memcpy(result.bytes().data() + (column * rows + row) * size,
                  input.bytes().data() + (row * columns + column) * size, size);
  return result;
}

static HostTensor withKind(HostTensor input, ElementKind kind) {
  if (input.kind() == kind)
    return input;
  HostTensor result(input.shape(), kind);
  for (int64_t i = 0, e = input.numElements(); i < e; ++i)
    result.set(i, input.at(i));
  return result;
}

/// Rows in blocks of lanes, columns interleaved, zeros where the matrix ends; the
/// formula is that of PackAttr.
static FailureOr<HostTensor> pack(const HostTensor &input, PackAttr packing, Location loc) {
  if (input.shape().size() != 2)
    return emitError(loc) << "pack expects two dimensions, got " << input.describeType();
  int64_t rows = input.shape()[0], columns = input.shape()[1];
  int64_t lanes = packing.getLanes(), group = packing.getGroup();
  HostTensor result(packing.packedShape(rows, columns), input.kind());
  int64_t steps = result.shape()[1], inner = result.shape()[3];
  size_t size = sizeBytesOf(input.kind());
  for (int64_t row = 0; row < rows; ++row) {
    int64_t block = row / group * packing.blocksPerGroup() + row % group / lanes;
    int64_t lane = row % group % lanes;
    for (int64_t column = 0; column < columns; ++column) {
      int64_t place = ((block * steps + column / inner) * lanes + lane) * inner + column % inner;
      std::memcpy(result.bytes().data() + place * size,
                  input.bytes().data() + (row * columns + column) * size, size);
    }
  }
  return result;
}

/// One step of the recipe; `tensors` holds one when it returns.
static LogicalResult applyStep(Attribute step, bool packs, SmallVectorImpl<HostTensor> &tensors,
                               Location loc) {
  if (isa<PackAttr>(step) && !packs)
    return success();
  FailureOr<HostTensor> result =
      TypeSwitch<Attribute, FailureOr<HostTensor>>(step)
          .Case([&](ConcatRowsAttr) { return concatRows(tensors, loc); })
          .Case([&](TransposeAttr) { return transpose(tensors.front(), loc); })
          .Case([&](ToF32Attr) { return withKind(std::move(tensors.front()), ElementKind::F32); })
          .Case([&](PackAttr packing) { return pack(tensors.front(), packing, loc); })
          .Default([&](Attribute) -> FailureOr<HostTensor> {
            return emitError(loc) << "the reference path cannot do the recipe step " << step;
          });
  if (failed(result))
    return failure();
  tensors.assign(1, std::move(*result));
  return success();
}

/// Applies `recipe` to the tensors of `names`; the result has to be of `type`.
static FailureOr<HostTensor> evaluate(Location loc, ArrayAttr names, ArrayAttr recipe,
                                      RankedTensorType type, bool packs, WeightSource &sources) {
  std::optional<ElementKind> kind = elementKindOf(type.getElementType());
  if (!kind)
    return emitError(loc) << "a weight has elements of type " << type.getElementType()
                          << ", which the reference path does not know";
  SmallVector<HostTensor> tensors;
  for (auto source : names.getAsRange<SourceAttr>()) {
    FailureOr<HostTensor> tensor = sources.read(source, loc);
    if (failed(tensor))
      return failure();
    tensors.push_back(std::move(*tensor));
  }
  for (Attribute step : recipe)
    if (failed(applyStep(step, packs, tensors, loc)))
      return failure();
  HostTensor result = withKind(std::move(tensors.front()), *kind);
  if (!result.matches(type))
    return emitError(loc) << "expected a recipe that makes " << type << ", got a tensor of "
                          << result.describeType();
  return result;
}

FailureOr<HostTensor> makeWeight(WeightOp weight, WeightSource &sources) {
  auto type = cast<WeightType>(weight.getType());
  return evaluate(weight.getLoc(), weight.getSources(), weight.getRecipe(),
                  RankedTensorType::get(type.getShape(), type.getElementType()), /*packs=*/false,
                  sources);
}

FailureOr<HostTensor> makePackedWeight(task::WeightOp weight, WeightSource &sources) {
  auto type = cast<MemRefType>(weight.getType());
  return evaluate(weight.getLoc(), weight.getSources(), weight.getRecipe(),
                  RankedTensorType::get(type.getShape(), type.getElementType()), /*packs=*/true,
                  sources);
}

} // namespace tenon
