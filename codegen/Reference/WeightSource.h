//===- WeightSource.h - The values of weights, for the reference -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_REFERENCE_WEIGHTSOURCE_H
#define TENON_CODEGEN_REFERENCE_WEIGHTSOURCE_H

#include "codegen/Reference/HostTensor.h"
#include "dialects/Task/TaskDialect.h"
#include "dialects/Transformer/TransformerDialect.h"

#include "mlir/IR/Location.h"

namespace tenon {

/// Where the tensors of a checkpoint come from.
class WeightSource {
public:
  virtual ~WeightSource();
  /// The tensor that `source` names, as it is stored. \returns failure after
  /// an error at `loc` when there is none.
  virtual llvm::FailureOr<HostTensor> read(transformer::SourceAttr source, mlir::Location loc) = 0;
};

/// A checkpoint that holds whatever is asked for: matrices of deviation
/// 1 / sqrt(columns), vectors around 1. A tensor depends on its name and the
/// seed only, so that a merged weight holds what its parts held.
class RandomWeights : public WeightSource {
public:
  explicit RandomWeights(uint64_t seed) : seed(seed) {}
  llvm::FailureOr<HostTensor> read(transformer::SourceAttr source, mlir::Location loc) override;

private:
  uint64_t seed;
};

/// The bytes of `weight` in memory: its recipe, with the packing, applied to its
/// sources.
llvm::FailureOr<HostTensor> makePackedWeight(task::WeightOp weight, WeightSource &sources);

/// The tensor of `weight`: its recipe applied to its sources, in the shape and
/// element type of its type. A packing does nothing: it orders bytes only.
llvm::FailureOr<HostTensor> makeWeight(transformer::WeightOp weight, WeightSource &sources);

} // namespace tenon

#endif // TENON_CODEGEN_REFERENCE_WEIGHTSOURCE_H
