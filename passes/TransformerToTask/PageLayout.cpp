//===- PageLayout.cpp - How states lie in pages and slots -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/TransformerToTask/PageLayout.h"

#include "codegen/Target.h"

#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tenon::transformer;

namespace tenon {

SmallVector<Value> PageLayout::place(ArrayRef<Value> indices) const {
  return llvm::map_to_vector(axes, [&](unsigned axis) { return indices[axis]; });
}

static SmallVector<PageLayout> kvLayouts(KvType type) {
  int64_t heads = type.getHeads(), headDim = type.getHeadDim();
  Type element = type.getElementType();
  // Keys are transposed: the positions of a component lie together.
  auto keys = MemRefType::get({heads, headDim, pagePositions}, element);
  int64_t columns = llvm::alignTo(headDim, vectorLanes);
  auto values = MemRefType::get({heads, pagePositions, columns}, element);
  return {{keys, /*paged=*/true, {1, 2, 0}}, {values, /*paged=*/true, {1, 0, 2}}};
}

SmallVector<PageLayout> layoutsOf(StateTypeInterface type) {
  if (auto kv = dyn_cast<KvType>(type))
    return kvLayouts(kv);
  return llvm::map_to_vector(type.getStateParts(), [](const StatePart &part) {
    SmallVector<int64_t> shape;
    if (part.growsWithPositions)
      shape.push_back(pagePositions);
    llvm::append_range(shape, part.shape);
    SmallVector<unsigned> axes = llvm::to_vector(llvm::seq<unsigned>(0, shape.size()));
    return PageLayout{MemRefType::get(shape, part.elementType), part.growsWithPositions,
                      std::move(axes)};
  });
}

} // namespace tenon
