//===- TensorText.h - Tensors for people and FileCheck --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_TENSORTEXT_H
#define TENON_TOOLS_TENON_TENSORTEXT_H

#include "codegen/Reference/HostTensor.h"

#include "llvm/Support/raw_ostream.h"

namespace tenon {

/// Prints `2x2xf32 [[1, 2], [3, 0.5]]` with six significant digits. A long
/// tensor is abbreviated: `100x8xf32 mean 0.01 std 1 max 3.2 first [...]`,
/// where max is the largest magnitude, and NaN elements are only counted.
void printTensor(llvm::raw_ostream &os, const HostTensor &tensor);

} // namespace tenon

#endif // TENON_TOOLS_TENON_TENSORTEXT_H
