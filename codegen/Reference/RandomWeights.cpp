//===- RandomWeights.cpp - A checkpoint that holds whatever is asked for --===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Reference/RandomWeights.h"

#include "codegen/Reference/RandomTensors.h"

#include "llvm/Support/xxhash.h"

#include <cstring>

using namespace mlir;

namespace tenon {

LogicalResult RandomWeights::read(transformer::SourceAttr source, uint64_t offset,
                                  MutableArrayRef<char> bytes, Location loc) {
  if (source != made) {
    std::optional<ElementKind> kind = elementKindOf(source.getElementType());
    if (!kind)
      return emitError(loc) << "no random tensor has elements of type " << source.getElementType();
    tensor = HostTensor(source.getShape(), *kind);
    RandomNumbers random(seed ^ llvm::xxh3_64bits(source.getTensor()));
    fillAsWeight(tensor, random);
    made = source;
  }
  std::memcpy(bytes.data(), tensor.bytes().data() + offset, bytes.size());
  return success();
}

} // namespace tenon
