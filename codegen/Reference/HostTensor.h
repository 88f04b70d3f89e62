//===- HostTensor.h - A tensor in the memory of this process --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_REFERENCE_HOSTTENSOR_H
#define TENON_CODEGEN_REFERENCE_HOSTTENSOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir {
class MLIRContext;
class RankedTensorType;
class Type;
} // namespace mlir

namespace tenon {

enum class ElementKind { I8, I32, I64, F16, BF16, F32 };

unsigned sizeBytesOf(ElementKind kind);
/// As MLIR writes it: `f32`.
llvm::StringRef nameOf(ElementKind kind);
bool isFloat(ElementKind kind);
/// \returns nothing for an element type that host tensors do not have.
std::optional<ElementKind> elementKindOf(mlir::Type type);
mlir::Type elementTypeOf(ElementKind kind, mlir::MLIRContext *context);

/// A dense tensor in row-major order that owns its bytes.
class HostTensor {
public:
  HostTensor() = default;
  /// A tensor of zeros.
  HostTensor(llvm::ArrayRef<int64_t> shape, ElementKind kind);

  llvm::ArrayRef<int64_t> shape() const { return sizes; }
  ElementKind kind() const { return elementKind; }
  int64_t numElements() const;
  llvm::MutableArrayRef<char> bytes() { return storage; }
  llvm::ArrayRef<char> bytes() const { return storage; }

  /// Element `index` in row-major order, exactly (i64 above 2^53 is rounded).
  double at(int64_t index) const;
  /// Stores `value`, rounded once to the element type.
  void set(int64_t index, double value);

  /// `2x3xf32`.
  std::string describeType() const;
  /// The indices of element `index` as `[1, 0]`.
  std::string describeIndex(int64_t index) const;
  /// Whether the shape and the element type are those of `type`, whose
  /// dynamic sizes match any.
  bool matches(mlir::RankedTensorType type) const;

private:
  llvm::SmallVector<int64_t, 4> sizes;
  ElementKind elementKind = ElementKind::F32;
  std::vector<char> storage;
};

/// `value` with so many significant digits; a NaN without the sign that printf
/// gives it.
std::string describeNumber(double value, int digits = 6);

/// Where and how much two tensors differ.
struct TensorDifference {
  bool shapesDiffer = false;
  int64_t differing = 0; ///< how many elements are too far apart
  int64_t first = -1;    ///< the first of them
  int64_t largestAt = -1;
  double largest = 0; ///< of all differences
  double allowed = 0; ///< what was tolerated

  bool isDifferent() const { return shapesDiffer || differing > 0; }
};

/// Compares `actual` with `expected`. An element may differ by `tolerance`
/// times the largest finite magnitude of `expected`; a NaN equals a NaN only,
/// an infinity itself. Element types may differ.
TensorDifference compareTensors(const HostTensor &expected, const HostTensor &actual,
                                double tolerance);
/// One line: the first differing element, and the largest difference.
std::string describeDifference(const TensorDifference &difference, const HostTensor &expected,
                               const HostTensor &actual);

} // namespace tenon

#endif // TENON_CODEGEN_REFERENCE_HOSTTENSOR_H
