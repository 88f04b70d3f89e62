//===- RandomWeights.h - A checkpoint that holds whatever is asked for ----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_REFERENCE_RANDOMWEIGHTS_H
#define TENON_CODEGEN_REFERENCE_RANDOMWEIGHTS_H

#include "codegen/Reference/HostTensor.h"
#include "dialects/Transformer/TensorReader.h"

namespace tenon {

/// A checkpoint that holds whatever is asked for: matrices of deviation
/// 1 / sqrt(columns), vectors around 1. A tensor depends on its name and the
/// seed only, so that a merged weight holds what its parts held. For one thread:
/// the tensor that was asked for last is kept.
class RandomWeights : public TensorReader {
public:
  explicit RandomWeights(uint64_t seed) : seed(seed) {}
  llvm::LogicalResult read(transformer::SourceAttr source, uint64_t offset,
                           llvm::MutableArrayRef<char> bytes, mlir::Location loc) override;

private:
  uint64_t seed;
  transformer::SourceAttr made; ///< the tensor that was asked for last
  HostTensor tensor;
};

} // namespace tenon

#endif // TENON_CODEGEN_REFERENCE_RANDOMWEIGHTS_H
