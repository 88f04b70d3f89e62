//===- CheckpointWeights.h - The weights of a checkpoint, for the reference ===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_REFERENCE_CHECKPOINTWEIGHTS_H
#define TENON_CODEGEN_REFERENCE_CHECKPOINTWEIGHTS_H

#include "codegen/Reference/WeightSource.h"
#include "importers/HuggingFace/Checkpoint.h"

namespace tenon {

/// Reads whole tensors of `checkpoint`, which outlives this.
class CheckpointWeights : public WeightSource {
public:
  explicit CheckpointWeights(const hf::Checkpoint &checkpoint) : checkpoint(checkpoint) {}
  llvm::FailureOr<HostTensor> read(transformer::SourceAttr source, mlir::Location loc) override;

private:
  const hf::Checkpoint &checkpoint;
};

} // namespace tenon

#endif // TENON_CODEGEN_REFERENCE_CHECKPOINTWEIGHTS_H
