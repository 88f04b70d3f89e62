//===- CheckpointReader.h - Tensors of a checkpoint, for weights ----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_HUGGINGFACE_CHECKPOINTREADER_H
#define TENON_IMPORTERS_HUGGINGFACE_CHECKPOINTREADER_H

#include "dialects/Transformer/TensorReader.h"
#include "importers/HuggingFace/Checkpoint.h"

namespace tenon::hf {

/// Reads the tensors of `checkpoint`, which outlives this. The program may come
/// from a file: what its sources say is compared with the checkpoint.
class CheckpointReader : public TensorReader {
public:
  explicit CheckpointReader(const Checkpoint &checkpoint) : checkpoint(checkpoint) {}
  llvm::LogicalResult read(transformer::SourceAttr source, uint64_t offset,
                           llvm::MutableArrayRef<char> bytes, mlir::Location loc) override;

private:
  const Checkpoint &checkpoint;
};

} // namespace tenon::hf

#endif // TENON_IMPORTERS_HUGGINGFACE_CHECKPOINTREADER_H
