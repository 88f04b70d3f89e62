//===- Compare.h - Runs two programs on the same inputs --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_COMPARE_H
#define TENON_TOOLS_TENON_COMPARE_H

#include "codegen/Reference/RandomTensors.h"

namespace tenon {

/// Which sizes the dynamic dimensions take, one run for each.
enum class ShapeSet { Odd, One };

struct CompareOptions {
  std::string function; ///< empty for all that both programs have
  ShapeSet shapes = ShapeSet::Odd;
  RandomBatch batch;
  double tolerance = 1e-5;
  std::string weights; ///< a folder, or `random`
};

/// Runs the public functions of one name in the files `before` and `after` on
/// the same random inputs. Tells the first tensor that differs, and how much.
/// \returns the exit code.
int comparePrograms(mlir::MLIRContext &context, llvm::StringRef before, llvm::StringRef after,
                    const CompareOptions &options);

} // namespace tenon

#endif // TENON_TOOLS_TENON_COMPARE_H
