//===- TensorText.cpp - Tensors for people and FileCheck ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/TensorText.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using llvm::raw_ostream;

namespace tenon {

/// A tensor of more elements is abbreviated.
static constexpr int64_t mostElements = 64;
/// So many elements of it are shown.
static constexpr int64_t shownElements = 8;

/// Prints the elements from `first` on that have the given sizes.
static int64_t printNested(raw_ostream &os, const HostTensor &tensor, llvm::ArrayRef<int64_t> sizes,
                           int64_t first) {
  if (sizes.empty()) {
    os << describeNumber(tensor.at(first));
    return first + 1;
  }
  os << '[';
  for (int64_t i = 0; i < sizes.front(); ++i) {
    if (i > 0)
      os << ", ";
    first = printNested(os, tensor, sizes.drop_front(), first);
  }
  os << ']';
  return first;
}

static void printStatistics(raw_ostream &os, const HostTensor &tensor) {
  double sum = 0, squares = 0, largest = 0;
  int64_t numbers = 0, count = tensor.numElements();
  for (int64_t i = 0; i < count; ++i) {
    double value = tensor.at(i);
    if (std::isnan(value))
      continue;
    ++numbers;
    sum += value;
    squares += value * value;
    largest = std::max(largest, std::abs(value));
  }
  double mean = numbers ? sum / numbers : 0;
  double variance = numbers ? std::max(0.0, squares / numbers - mean * mean) : 0;
  os << " mean " << describeNumber(mean) << " std " << describeNumber(std::sqrt(variance))
     << " max " << describeNumber(largest);
  if (numbers < count)
    os << " nan " << count - numbers;
  os << " first [";
  for (int64_t i = 0; i < shownElements; ++i) {
    if (i > 0)
      os << ", ";
    os << describeNumber(tensor.at(i));
  }
  os << ", ...]";
}

void printTensor(raw_ostream &os, const HostTensor &tensor) {
  os << tensor.describeType();
  if (tensor.numElements() > mostElements)
    return printStatistics(os, tensor);
  os << ' ';
  printNested(os, tensor, tensor.shape(), 0);
}

} // namespace tenon
