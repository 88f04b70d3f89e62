//===- TransformerTiling.cpp - Ops on a tile of columns -------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each op says how many columns belong together, and how it looks on a tile
// of them. Conversion to the task stage uses this to place an op into the
// epilogue of a product whose tile holds some columns only.
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/TransformerDialect.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace tenon::transformer;

Operation *RowwiseInterface::cloneNarrowed(Operation *op, OpBuilder &builder, ValueRange operands,
                                           int64_t size) {
  Operation *clone = builder.clone(*op);
  clone->setOperands(operands);
  for (Value result : clone->getResults()) {
    auto type = cast<RankedTensorType>(result.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape.back() = size;
    result.setType(type.clone(shape));
  }
  return clone;
}

/// `clone`, on a tile of `size` columns, of a norm in groups. A dynamic number
/// of columns gives no number of groups: the size of a group is then that of the
/// type and the groups which the clone keeps.
template <typename Norm> static void narrowGroups(Norm norm, Norm clone, int64_t size) {
  if (ShapedType::isDynamic(size))
    clone.getResult().setType(norm.getResult().getType());
  else
    clone.setGroups(size / norm.getColumnGranule());
}

bool RmsNormOp::mayBeRepeated() { return true; }

int64_t RmsNormOp::getColumnGranule() {
  return getResult().getType().getShape().back() / getGroups();
}

bool RmsNormOp::narrowsWithColumns(unsigned index) { return index == 0; }

Operation *RmsNormOp::cloneForColumns(OpBuilder &builder, ValueRange operands, int64_t size) {
  auto clone = cast<RmsNormOp>(RowwiseInterface::cloneNarrowed(*this, builder, operands, size));
  narrowGroups(*this, clone, size);
  return clone;
}

int64_t RopeOp::getColumnGranule() { return getHeadDim(); }

bool RopeOp::narrowsWithColumns(unsigned index) { return index == 0; }

int64_t ActivationOp::getColumnGranule() { return 1; }

int64_t GatedActivationOp::getColumnGranule() { return 1; }

int64_t ResidualAddOp::getColumnGranule() { return 1; }

int64_t ScaleOp::getColumnGranule() { return 1; }

int64_t SoftcapOp::getColumnGranule() { return 1; }

int64_t ScaleRowsOp::getColumnGranule() { return 1; }

bool ScaleRowsOp::narrowsWithColumns(unsigned index) { return index == 0; }

int64_t LognScaleOp::getColumnGranule() { return 1; }

bool L2NormOp::mayBeRepeated() { return true; }

int64_t L2NormOp::getColumnGranule() {
  return getResult().getType().getShape().back() / getGroups();
}

Operation *L2NormOp::cloneForColumns(OpBuilder &builder, ValueRange operands, int64_t size) {
  auto clone = cast<L2NormOp>(RowwiseInterface::cloneNarrowed(*this, builder, operands, size));
  narrowGroups(*this, clone, size);
  return clone;
}

bool LayerNormOp::mayBeRepeated() { return true; }
