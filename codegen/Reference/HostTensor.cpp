//===- HostTensor.cpp - A tensor in the memory of this process ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Reference/HostTensor.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cassert>
#include <cmath>
#include <cstring>

using namespace mlir;

namespace tenon {

namespace {
struct ElementKindRow {
  ElementKind kind;
  StringRef name;
  unsigned sizeBytes;
};
} // namespace

static constexpr ElementKindRow elementKinds[] = {
    {ElementKind::I8, "i8", 1},   {ElementKind::I32, "i32", 4},   {ElementKind::I64, "i64", 8},
    {ElementKind::F16, "f16", 2}, {ElementKind::BF16, "bf16", 2}, {ElementKind::F32, "f32", 4},
};

unsigned sizeBytesOf(ElementKind kind) { return elementKinds[static_cast<int>(kind)].sizeBytes; }
StringRef nameOf(ElementKind kind) { return elementKinds[static_cast<int>(kind)].name; }
bool isFloat(ElementKind kind) { return kind >= ElementKind::F16; }

std::optional<ElementKind> elementKindOf(Type type) {
  for (const ElementKindRow &row : elementKinds)
    if (type == elementTypeOf(row.kind, type.getContext()))
      return row.kind;
  return std::nullopt;
}

Type elementTypeOf(ElementKind kind, MLIRContext *context) {
  switch (kind) {
  case ElementKind::I8:
  case ElementKind::I32:
  case ElementKind::I64:
    return IntegerType::get(context, 8 * sizeBytesOf(kind));
  case ElementKind::F16:
    return Float16Type::get(context);
  case ElementKind::BF16:
    return BFloat16Type::get(context);
  case ElementKind::F32:
    return Float32Type::get(context);
  }
  llvm_unreachable("an element kind without a type");
}

//===----------------------------------------------------------------------===//
// HostTensor
//===----------------------------------------------------------------------===//

HostTensor::HostTensor(ArrayRef<int64_t> shape, ElementKind kind)
    : sizes(shape), elementKind(kind) {
  storage.resize(numElements() * sizeBytesOf(kind));
}

int64_t HostTensor::numElements() const {
  int64_t count = 1;
  for (int64_t size : sizes)
    count *= size;
  return count;
}

template <typename T> static T load(const char *bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

template <typename T> static void store(char *bytes, T value) {
  std::memcpy(bytes, &value, sizeof value);
}

static const llvm::fltSemantics &semanticsOf(ElementKind kind) {
  return kind == ElementKind::F16 ? APFloat::IEEEhalf() : APFloat::BFloat();
}

double HostTensor::at(int64_t index) const {
  assert(index >= 0 && index < numElements() && "an element outside of the tensor");
  const char *place = storage.data() + index * sizeBytesOf(elementKind);
  switch (elementKind) {
  case ElementKind::I8:
    return load<int8_t>(place);
  case ElementKind::I32:
    return load<int32_t>(place);
  case ElementKind::I64:
    return static_cast<double>(load<int64_t>(place));
  case ElementKind::F32:
    return load<float>(place);
  case ElementKind::F16:
  case ElementKind::BF16:
    return APFloat(semanticsOf(elementKind), APInt(16, load<uint16_t>(place))).convertToDouble();
  }
  llvm_unreachable("an element kind that cannot be read");
}

void HostTensor::set(int64_t index, double value) {
  assert(index >= 0 && index < numElements() && "an element outside of the tensor");
  char *place = storage.data() + index * sizeBytesOf(elementKind);
  switch (elementKind) {
  case ElementKind::I8:
    return store(place, static_cast<int8_t>(value));
  case ElementKind::I32:
    return store(place, static_cast<int32_t>(value));
  case ElementKind::I64:
    return store(place, static_cast<int64_t>(value));
  case ElementKind::F32:
    return store(place, static_cast<float>(value));
  case ElementKind::F16:
  case ElementKind::BF16: {
    APFloat rounded(value);
    bool exact;
    rounded.convert(semanticsOf(elementKind), APFloat::rmNearestTiesToEven, &exact);
    return store(place, static_cast<uint16_t>(rounded.bitcastToAPInt().getZExtValue()));
  }
  }
}

std::string HostTensor::describeType() const {
  std::string text;
  for (int64_t size : sizes)
    text += std::to_string(size) + "x";
  return text + nameOf(elementKind).str();
}

std::string HostTensor::describeIndex(int64_t index) const {
  SmallVector<std::string> parts(sizes.size());
  for (size_t axis = sizes.size(); axis-- > 0; index /= sizes[axis])
    parts[axis] = std::to_string(index % sizes[axis]);
  return "[" + llvm::join(parts, ", ") + "]";
}

bool HostTensor::matches(RankedTensorType type) const {
  if (elementKindOf(type.getElementType()) != elementKind ||
      type.getRank() != static_cast<int64_t>(sizes.size()))
    return false;
  for (auto [wanted, size] : llvm::zip(type.getShape(), sizes))
    if (!ShapedType::isDynamic(wanted) && wanted != size)
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

std::string describeNumber(double value, int digits) {
  if (std::isnan(value))
    return "nan";
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.*g", digits, value);
  return text;
}

/// The distance of two elements: infinite unless both are finite or the same.
static double distanceOf(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b)))
    return 0;
  if (!std::isfinite(a) || !std::isfinite(b))
    return std::numeric_limits<double>::infinity();
  return std::abs(a - b);
}

TensorDifference compareTensors(const HostTensor &expected, const HostTensor &actual,
                                double tolerance) {
  TensorDifference result;
  if (expected.shape() != actual.shape()) {
    result.shapesDiffer = true;
    return result;
  }
  double magnitude = 0;
  for (int64_t i = 0, e = expected.numElements(); i < e; ++i)
    if (double value = expected.at(i); std::isfinite(value))
      magnitude = std::max(magnitude, std::abs(value));
  result.allowed = tolerance * magnitude;
  for (int64_t i = 0, e = expected.numElements(); i < e; ++i) {
    double distance = distanceOf(expected.at(i), actual.at(i));
    if (distance > result.largest) {
      result.largest = distance;
      result.largestAt = i;
    }
    if (distance <= result.allowed)
      continue;
    if (result.differing++ == 0)
      result.first = i;
  }
  return result;
}

std::string describeDifference(const TensorDifference &difference, const HostTensor &expected,
                               const HostTensor &actual) {
  if (difference.shapesDiffer)
    return llvm::formatv("expected a tensor of {0}, got {1}", expected.describeType(),
                         actual.describeType());
  int64_t first = difference.first;
  return llvm::formatv("expected {0} at {1}, got {2}; {3} of {4} elements differ by more than {5}, "
                       "the largest difference is {6} at {7}",
                       describeNumber(expected.at(first)), expected.describeIndex(first),
                       describeNumber(actual.at(first)), difference.differing,
                       expected.numElements(), describeNumber(difference.allowed, /*digits=*/3),
                       describeNumber(difference.largest, /*digits=*/3),
                       expected.describeIndex(difference.largestAt));
}

} // namespace tenon
