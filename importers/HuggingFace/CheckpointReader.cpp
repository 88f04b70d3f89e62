//===- CheckpointReader.cpp - Tensors of a checkpoint, for weights --------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/CheckpointReader.h"

using namespace mlir;

namespace tenon::hf {

LogicalResult CheckpointReader::read(transformer::SourceAttr source, uint64_t offset,
                                     MutableArrayRef<char> bytes, Location loc) {
  const TensorEntry *entry = checkpoint.find(source.getTensor());
  if (!entry)
    return emitError(loc) << "the checkpoint has no tensor '" << source.getTensor()
                          << "'; name the folder that the program was imported from";
  if (mlirElementType(loc.getContext(), entry->type) != source.getElementType() ||
      ArrayRef<int64_t>(entry->shape) != source.getShape())
    return emitError(loc) << "expected " << source << ", the checkpoint has elements "
                          << elementTypeName(entry->type) << " of shape [" << entry->shape << "]";
  return checkpoint.readBytes(*entry, offset, bytes);
}

} // namespace tenon::hf
