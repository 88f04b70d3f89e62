//===- UpstreamOps.cpp - Ops of MLIR's own dialects in a step -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/TransformerToTask/UpstreamOps.h"

#include "dialects/Transformer/TransformerDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace tenon {

bool isRows(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() > 0 && tensor.isDynamicDim(0) &&
         tensor.getNumDynamicDims() == 1 && tensor.getElementType().isIntOrFloat();
}

/// A number, or a tensor that has one size whatever the rows are.
static bool isFixed(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  return !shaped || (isa<RankedTensorType>(type) && shaped.hasStaticShape());
}

bool isUpstream(Operation *op) {
  return isa_and_nonnull<arith::ArithDialect, linalg::LinalgDialect, math::MathDialect,
                         tensor::TensorDialect>(op->getDialect());
}

Operation *firstOfRun(Operation *op) {
  Operation *first = op;
  for (; op; op = op->getPrevNode()) {
    if (isa<transformer::GetWeightOp>(op) || isIngredient(op))
      continue;
    if (!isUpstream(op))
      break;
    first = op;
  }
  return first;
}

bool isRowCount(Value value) {
  auto dim = value.getDefiningOp<tensor::DimOp>();
  return dim && isRows(dim.getSource().getType()) && dim.getConstantIndex() == 0;
}

SmallVector<Value> valuesRead(Operation *op) {
  llvm::SetVector<Value> values(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), values);
  return values.takeVector();
}

SmallVector<Value> rowsRead(Operation *op) {
  SmallVector<Value> rows;
  for (Value value : valuesRead(op))
    if (isRows(value.getType()) && !(value.getDefiningOp() && isIngredient(value.getDefiningOp())))
      rows.push_back(value);
  return rows;
}

/// Whether `value` is the same for every number of rows.
static bool isConstant(Value value) {
  Operation *op = value.getDefiningOp();
  return op && isFixed(value.getType()) && !isRowCount(value) && isIngredient(op);
}

bool isIngredient(Operation *op) {
  if (!isUpstream(op) || !isMemoryEffectFree(op))
    return false;
  if (auto dim = dyn_cast<tensor::DimOp>(op); dim && isRows(dim.getSource().getType()))
    return isRowCount(dim);
  if (auto empty = dyn_cast<tensor::EmptyOp>(op); empty && isRows(empty.getType()))
    return isRowCount(empty.getDynamicSizes().front());
  if (auto splat = dyn_cast<tensor::SplatOp>(op); splat && isRows(splat.getType()))
    return isRowCount(splat.getDynamicSizes().front()) && isConstant(splat.getInput());
  return llvm::all_of(op->getResultTypes(), isFixed) && llvm::all_of(valuesRead(op), isConstant);
}

/// The tensor that decides how many rows `rows` has: an ingredient was given the
/// number of another.
static Value originOf(Value rows) {
  while (Operation *op = rows.getDefiningOp()) {
    auto count = llvm::find_if(op->getOperands(), isRowCount);
    if (!isa<tensor::EmptyOp, tensor::SplatOp>(op) || count == op->operand_end())
      break;
    rows = (*count).getDefiningOp<tensor::DimOp>().getSource();
  }
  return rows;
}

SmallVector<Value> rowOrigins(Operation *op) {
  SmallVector<Value> origins;
  for (Value value : valuesRead(op)) {
    if (isRows(value.getType()))
      origins.push_back(originOf(value));
    else if (isRowCount(value))
      origins.push_back(originOf(value.getDefiningOp<tensor::DimOp>().getSource()));
  }
  return origins;
}

//===----------------------------------------------------------------------===//
// Row by row
//===----------------------------------------------------------------------===//

static std::string whyNotRowByRow(linalg::LinalgOp op) {
  constexpr StringLiteral mixes = "a row of its result depends on other rows";
  std::optional<unsigned> row;
  for (OpOperand &output : op.getDpsInitsMutable()) {
    // A result is rows, so it has an index.
    auto first = dyn_cast<AffineDimExpr>(op.getMatchingIndexingMap(&output).getResult(0));
    if (!first || (row && *row != first.getPosition()))
      return "its loops do not go over the rows of each result";
    row = first.getPosition();
  }
  if (!row || op.getIteratorTypesArray()[*row] != utils::IteratorType::parallel)
    return mixes.str();
  for (OpOperand &operand : op->getOpOperands()) {
    ArrayRef<AffineExpr> indices = op.getMatchingIndexingMap(&operand).getResults();
    if (isRows(operand.get().getType())) {
      auto first = dyn_cast<AffineDimExpr>(indices.front());
      if (!first || first.getPosition() != *row)
        return mixes.str();
      indices = indices.drop_front();
    }
    if (llvm::any_of(indices, [&](AffineExpr index) { return index.isFunctionOfDim(*row); }))
      return mixes.str();
  }
  WalkResult numbers =
      op->walk([&](linalg::IndexOp index) { return WalkResult(success(index.getDim() != *row)); });
  return numbers.wasInterrupted() ? "it reads the number of a row, which differs from step to step"
                                  : "";
}

/// A reshape that leaves the first axis alone.
static std::string whyNotRowByRow(ArrayRef<ReassociationIndices> groups) {
  return groups.front().size() == 1 ? "" : "it makes other rows of its rows";
}

std::string whyNotRowByRow(Operation *op) {
  bool isElementwise = OpTrait::hasElementwiseMappableTraits(op);
  bool takesCount = isa<tensor::ExpandShapeOp>(op);
  if (!isElementwise && !takesCount && !isa<linalg::LinalgOp, tensor::CollapseShapeOp>(op))
    return "it is not known to compute each row apart";
  if (!llvm::all_of(op->getResultTypes(), isRows))
    return "its result is no tensor of rows, whose first size alone is dynamic";
  for (Value value : valuesRead(op))
    if (!isRows(value.getType()) && !isConstant(value) && !(takesCount && isRowCount(value)))
      return "it reads a value that is neither rows nor made of constants";
  if (isElementwise)
    return "";
  return llvm::TypeSwitch<Operation *, std::string>(op)
      .Case([](linalg::LinalgOp structured) { return whyNotRowByRow(structured); })
      .Case<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(
          [](auto reshape) { return whyNotRowByRow(reshape.getReassociationIndices()); });
}

} // namespace tenon
