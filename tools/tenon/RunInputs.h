//===- RunInputs.h - The tensors that a function is run with --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_RUNINPUTS_H
#define TENON_TOOLS_TENON_RUNINPUTS_H

#include "codegen/Reference/RandomTensors.h"

namespace tenon {

/// Makes the inputs of `function` from the values of --input, each of them
/// `[ARGUMENT[.PART]=]VALUE`: a file in .npy format, a list in brackets (null
/// is NaN), or `random`. A value without a place is that of the next tensor.
/// What is not named is random, for `batch`. A number is rounded to the
/// element type of its argument.
/// \returns failure after an error.
llvm::FailureOr<std::vector<HostTensor>> makeInputs(mlir::func::FuncOp function,
                                                    llvm::ArrayRef<std::string> specifications,
                                                    RandomBatch batch);

/// Parses a tensor written as nested lists of numbers, for `type`.
llvm::FailureOr<HostTensor> parseTensorText(mlir::Location loc, llvm::StringRef text,
                                            mlir::RankedTensorType type);

} // namespace tenon

#endif // TENON_TOOLS_TENON_RUNINPUTS_H
