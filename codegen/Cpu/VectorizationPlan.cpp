//===- VectorizationPlan.cpp - What of an op can be taken in lanes --------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Cpu/VectorizationPlan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace tenon::cpu;

/// Whether a vector of this type lies in memory as its elements do.
static bool isLaneType(Type type) {
  return type.isIntOrFloat() && !type.isInteger(1) && type.getIntOrFloatBitWidth() % 8 == 0;
}

/// AVX2 masks memory in words of 32 and 64 bits. LLVM would branch for each
/// lane of less, and call a library to round a bf16 that is only moved.
static bool isNarrow(Type element) { return element.getIntOrFloatBitWidth() < 32; }

static bool hasUnitLastStride(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset;
  return succeeded(type.getStridesAndOffset(strides, offset)) && !strides.empty() &&
         strides.back() == 1;
}

bool VectorizationPlanner::checkOperand(OpOperand &operand) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  if (!map.isFunctionOfDim(plan.dim))
    return true;
  auto type = dyn_cast<MemRefType>(operand.get().getType());
  bool isLast = isa<AffineDimExpr>(map.getResults().back()) &&
                llvm::none_of(map.getResults().drop_back(),
                              [&](AffineExpr result) { return result.isFunctionOfDim(plan.dim); });
  if (!type || !isLast || !map.getResults().back().isFunctionOfDim(plan.dim) ||
      !hasUnitLastStride(type))
    return refuse("operand " + Twine(operand.getOperandNumber()) +
                  " does not lie in memory element after element");
  if (!isLaneType(type.getElementType()))
    return refuse("operand " + Twine(operand.getOperandNumber()) +
                  " has elements that are not whole bytes");
  plan.hasNarrowMemory |= isNarrow(type.getElementType());
  plan.shapes[op.getMatchingBlockArgument(&operand)] = LaneShape::Varying;
  return true;
}

/// A combiner is `yield combine(accumulator, value)`, in any order of the two.
bool VectorizationPlanner::findCombiner(OpOperand &yielded) {
  Value accumulator = op.getRegionOutputArgs()[yielded.getOperandNumber()];
  Operation *combiner = yielded.get().getDefiningOp();
  if (!combiner || combiner->getBlock() != op.getBody() || combiner->getNumOperands() != 2 ||
      !yielded.get().hasOneUse() || !accumulator.hasOneUse() ||
      *accumulator.user_begin() != combiner || !arith::getNeutralElement(combiner))
    return refuse("the body reduces in a way that has no neutral element");
  Type type = accumulator.getType();
  if (isa<FloatType>(type) && type.getIntOrFloatBitWidth() < 32)
    return refuse("a sum of fewer than 32 bits is kept in its order");
  plan.combiners.push_back(combiner);
  return true;
}

bool VectorizationPlanner::checkOutputs() {
  for (OpOperand &output : op.getDpsInitsMutable())
    if (op.getMatchingIndexingMap(&output).isFunctionOfDim(plan.dim) == plan.isReduction)
      return refuse("an output is not written once for each lane");
  if (!plan.isReduction)
    return true;
  return llvm::all_of(op.getBody()->getTerminator()->getOpOperands(),
                      [&](OpOperand &yielded) { return findCombiner(yielded); });
}

bool VectorizationPlanner::checkLoad(memref::LoadOp load) {
  Value last = load.getIndices().empty() ? Value() : load.getIndices().back();
  bool isContiguous =
      last && plan.shapeOf(last) == LaneShape::Linear && hasUnitLastStride(load.getMemRefType()) &&
      isLaneType(load.getMemRefType().getElementType()) &&
      llvm::all_of(load.getIndices().drop_back(),
                   [&](Value index) { return plan.shapeOf(index) == LaneShape::Uniform; });
  if (!isContiguous)
    return refuse("the body reads memory at scattered places");
  plan.hasNarrowMemory |= isNarrow(load.getType());
  plan.shapes[load] = LaneShape::Varying;
  return true;
}

static bool dividesIntegers(Operation &op) {
  return isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp, arith::CeilDivSIOp,
             arith::CeilDivUIOp, arith::FloorDivSIOp>(op);
}

bool VectorizationPlanner::checkOp(Operation &inner) {
  if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
    if (index.getDim() == plan.dim)
      plan.shapes[index] = LaneShape::Linear;
    return true;
  }
  if (inner.getNumRegions())
    return refuse("the body has '" + inner.getName().getStringRef() + "', which has a region");
  if (isUniform(inner) || llvm::is_contained(plan.combiners, &inner))
    return true;
  if (auto load = dyn_cast<memref::LoadOp>(inner))
    return checkLoad(load);
  // base + lane stays a base for loads; both sides linear is not.
  if (isa<arith::AddIOp, arith::SubIOp>(inner) && inner.getOperand(0).getType().isIndex()) {
    LaneShape left = plan.shapeOf(inner.getOperand(0)), right = plan.shapeOf(inner.getOperand(1));
    if ((left == LaneShape::Linear && right == LaneShape::Uniform) ||
        (isa<arith::AddIOp>(inner) && left == LaneShape::Uniform && right == LaneShape::Linear)) {
      plan.shapes[inner.getResult(0)] = LaneShape::Linear;
      return true;
    }
  }
  if (!OpTrait::hasElementwiseMappableTraits(&inner))
    return refuse("the body has '" + inner.getName().getStringRef() + "', which has no lanes");
  // Lanes beyond the end hold zero, and a machine traps on division by it.
  if (dividesIntegers(inner) && plan.shapeOf(inner.getOperand(1)) != LaneShape::Uniform)
    return refuse("the body divides integers by another number in each lane");
  for (Value result : inner.getResults())
    plan.shapes[result] = LaneShape::Varying;
  return true;
}

std::optional<VectorizationPlan> VectorizationPlanner::make() {
  for (OpOperand &operand : op->getOpOperands())
    if (!checkOperand(operand))
      return std::nullopt;
  if (!checkOutputs())
    return std::nullopt;
  for (Operation &inner : op.getBody()->without_terminator())
    if (!checkOp(inner))
      return std::nullopt;
  return std::move(plan);
}
