//===- WeightValues.h - Weights as tensors of the host --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_REFERENCE_WEIGHTVALUES_H
#define TENON_CODEGEN_REFERENCE_WEIGHTVALUES_H

#include "codegen/Reference/HostTensor.h"
#include "dialects/Task/TaskDialect.h"
#include "dialects/Transformer/TensorReader.h"

namespace tenon {

/// The tensor of `weight`: its recipe applied to its sources, in the shape and
/// element type of its type. A packing does nothing: it orders bytes only.
llvm::FailureOr<HostTensor> makeWeight(transformer::WeightOp weight, TensorReader &reader);

/// The bytes of `weight` in memory: its recipe, with the packing, applied to its
/// sources.
llvm::FailureOr<HostTensor> makePackedWeight(task::WeightOp weight, TensorReader &reader);

} // namespace tenon

#endif // TENON_CODEGEN_REFERENCE_WEIGHTVALUES_H
