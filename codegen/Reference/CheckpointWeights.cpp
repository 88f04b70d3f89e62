//===- CheckpointWeights.cpp - The weights of a checkpoint, for the reference ===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Reference/CheckpointWeights.h"

using namespace mlir;

namespace tenon {

FailureOr<HostTensor> CheckpointWeights::read(transformer::SourceAttr source, Location loc) {
  const hf::TensorEntry *entry = checkpoint.find(source.getTensor());
  if (!entry)
    return emitError(loc) << "the checkpoint has no tensor '" << source.getTensor()
                          << "'; name the folder that the program was imported from";
  std::optional<ElementKind> kind = elementKindOf(source.getElementType());
  if (!kind || hf::mlirElementType(loc.getContext(), entry->type) != source.getElementType() ||
      ArrayRef<int64_t>(entry->shape) != source.getShape())
    return emitError(loc) << "expected " << source << ", the checkpoint has elements "
                          << hf::elementTypeName(entry->type) << " of shape [" << entry->shape
                          << "]";
  HostTensor result(source.getShape(), *kind);
  if (failed(checkpoint.read(*entry, 0, entry->rows(), result.bytes())))
    return failure();
  return result;
}

} // namespace tenon
