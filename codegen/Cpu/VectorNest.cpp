//===- VectorNest.cpp - The loops of an op, over vectors ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Cpu/VectorNest.h"

#include "codegen/Cpu/VectorWriter.h"

#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace tenon::cpu;

/// Sums that do not wait for each other. An addition takes 4 cycles and two
/// start in each, so that 8 would be best; loads keep no more than 4 busy.
static constexpr int64_t accumulators = 4;

/// Vectors from which on several accumulators are worth their merging.
static constexpr int64_t manyVectors = 8;

static VectorType laneType(Type element) { return VectorType::get({lanes}, element); }

void VectorNest::emit() {
  findSizes();
  BodyValues values;
  if (plan && plan->isReduction)
    assert(plan->dim + 1 == op.getNumLoops() && "a reduction in lanes is the innermost loop");
  emitLoops(/*dim=*/0, values);
}

/// The size of a dimension is that of any operand that it indexes alone; a
/// static one is preferred.
void VectorNest::findSizes() {
  sizes.resize(op.getNumLoops());
  for (OpOperand &operand : op->getOpOperands()) {
    auto type = dyn_cast<MemRefType>(operand.get().getType());
    if (!type)
      continue;
    for (auto [axis, result] : llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults())) {
      auto dim = dyn_cast<AffineDimExpr>(result);
      if (!dim || isa_and_nonnull<Attribute>(sizes[dim.getPosition()]))
        continue;
      OpFoldResult &size = sizes[dim.getPosition()];
      if (!type.isDynamicDim(axis))
        size = b.getIndexAttr(type.getDimSize(axis));
      else if (!size)
        size = memref::DimOp::create(b, operand.get(), axis).getResult();
    }
  }
}

void VectorNest::emitLoops(unsigned dim, BodyValues &values) {
  if (dim == op.getNumLoops())
    return emitBody(values);
  if (plan && plan->dim == dim)
    return plan->isReduction ? emitReduction(values) : emitLanes(dim, values);
  if (getConstantIntValue(sizes[dim]) == 1) {
    ivs[dim] = index(0);
    return emitLoops(dim + 1, values);
  }
  auto loop = scf::ForOp::create(b, index(0), indexOf(sizes[dim]), index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  ivs[dim] = loop.getInductionVar();
  emitLoops(dim + 1, values);
}

void VectorNest::emitLanesAt(unsigned dim, const BodyValues &values, Value base, Value active) {
  ivs[dim] = base;
  mask = active;
  BodyValues inner = values;
  emitLoops(dim + 1, inner);
  mask = Value();
}

/// The loop over full vectors, then what is left.
void VectorNest::emitLanes(unsigned dim, BodyValues &values) {
  std::optional<int64_t> size = getConstantIntValue(sizes[dim]);
  if (dim + 1 == op.getNumLoops())
    emitUniform(values, /*mayLoad=*/size && *size > 0);
  Value total = indexOf(sizes[dim]);
  Value full =
      size ? index(*size - *size % lanes)
           : arith::SubIOp::create(b, total, arith::RemUIOp::create(b, total, index(lanes)));
  if (size && *size / lanes == 1)
    emitLanesAt(dim, values, index(0), /*active=*/Value());
  else if (!size || *size >= lanes) {
    auto loop = scf::ForOp::create(b, index(0), full, index(lanes));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    emitLanesAt(dim, values, loop.getInductionVar(), /*active=*/Value());
  }
  if (!size || *size % lanes)
    emitTail(dim, values, full, total);
}

/// The lanes from `full` on: under a mask, or one by one.
void VectorNest::emitTail(unsigned dim, BodyValues &values, Value full, Value total) {
  if (plan->hasNarrowMemory)
    return emitScalarTail(dim, values, full, total);
  if (std::optional<int64_t> size = getConstantIntValue(sizes[dim]))
    return emitLanesAt(dim, values, full, constantMask(*size % lanes));
  Value any = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, full, total);
  auto tail = scf::IfOp::create(b, any, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(tail.thenBlock());
  emitLanesAt(dim, values, full, dynamicMask(arith::SubIOp::create(b, total, full)));
}

/// Without a plan, a body is one of scalars.
void VectorNest::emitScalarTail(unsigned dim, BodyValues &values, Value full, Value total) {
  auto loop = scf::ForOp::create(b, full, total, index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  std::optional<VectorizationPlan> ofLanes;
  std::swap(plan, ofLanes);
  emitLanesAt(dim, values, loop.getInductionVar(), /*active=*/Value());
  std::swap(plan, ofLanes);
}

/// The body once, and its results to memory.
void VectorNest::emitBody(BodyValues &values) {
  emitUniform(values, /*mayLoad=*/true);
  emitVarying(values);
  for (auto [yielded, output] :
       llvm::zip_equal(op.getBody()->getTerminator()->getOperands(), op.getDpsInitsMutable())) {
    SmallVector<Value> indices = indicesOf(output);
    if (plan)
      store(vectorOf(yielded, values), output.get(), indices);
    else
      memref::StoreOp::create(b, values.scalars.lookupOrDefault(yielded), output.get(), indices);
  }
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

Value VectorNest::combine(unsigned output, Value accumulator, Value value) {
  Operation *combiner = plan->combiners[output];
  OperationState state(b.getLoc(), combiner->getName());
  state.addOperands({accumulator, value});
  state.addTypes(value.getType());
  state.addAttributes(combiner->getAttrs());
  return b.create(state)->getResult(0);
}

void VectorNest::emitReduction(BodyValues &values) {
  std::optional<int64_t> size = getConstantIntValue(sizes[plan->dim]);
  emitUniform(values, /*mayLoad=*/size && *size > 0);
  SmallVector<Value> neutral;
  for (Operation *combiner : plan->combiners) {
    VectorType type = laneType(combiner->getResult(0).getType());
    auto value = DenseElementsAttr::get(type, Attribute(*arith::getNeutralElement(combiner)));
    neutral.push_back(arith::ConstantOp::create(b, value));
  }
  storeReduced(emitRest(values, emitPartials(values, neutral)));
  if (!plan->hasNarrowMemory || (size && *size % lanes == 0))
    return;
  Value total = indexOf(sizes[plan->dim]);
  Value rest = arith::RemUIOp::create(b, total, index(lanes));
  emitScalarTail(plan->dim, values, arith::SubIOp::create(b, total, rest), total);
}

/// Sums of as many full vectors as the accumulators take together; the copies
/// are merged into one for each output.
SmallVector<Value> VectorNest::emitPartials(BodyValues &values, ArrayRef<Value> neutral) {
  std::optional<int64_t> size = getConstantIntValue(sizes[plan->dim]);
  if (size && *size < manyVectors * lanes)
    return SmallVector<Value>(neutral);
  SmallVector<Value> partials;
  for (int64_t copy = 0; copy < accumulators; ++copy)
    llvm::append_range(partials, neutral);
  constexpr int64_t step = accumulators * lanes;
  OpFoldResult to;
  if (size)
    to = b.getIndexAttr(*size - *size % step);
  else {
    Value total = indexOf(sizes[plan->dim]);
    Value rest = arith::RemUIOp::create(b, total, index(step));
    to = arith::SubIOp::create(b, total, rest).getResult();
  }
  return merge(emitFullVectors(values, b.getIndexAttr(0), to, accumulators, partials));
}

/// Merges the copies of each output, pair by pair.
SmallVector<Value> VectorNest::merge(ArrayRef<Value> partials) {
  size_t outputs = plan->combiners.size();
  SmallVector<Value> merged(partials);
  for (; merged.size() > outputs; merged.truncate(merged.size() / 2))
    for (size_t i = 0, half = merged.size() / 2; i < half; ++i)
      merged[i] = combine(i % outputs, merged[i], merged[half + i]);
  return merged;
}

SmallVector<Value> VectorNest::emitFullVectors(BodyValues &values, OpFoldResult from,
                                               OpFoldResult to, int64_t copies,
                                               SmallVector<Value> partials) {
  std::optional<int64_t> first = getConstantIntValue(from), last = getConstantIntValue(to);
  if (first && last && *first == *last)
    return partials;
  size_t outputs = plan->combiners.size();
  auto emitCopies = [&](Value base, ValueRange carried) {
    SmallVector<Value> next;
    for (int64_t copy = 0; copy < copies; ++copy) {
      Value place = copy ? arith::AddIOp::create(b, base, index(copy * lanes)) : base;
      llvm::append_range(
          next,
          emitStep(values, place, SmallVector<Value>(carried.slice(copy * outputs, outputs))));
    }
    return next;
  };
  if (first && last && *first + copies * lanes == *last)
    return emitCopies(indexOf(from), partials);
  auto loop = scf::ForOp::create(b, indexOf(from), indexOf(to), index(copies * lanes), partials);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next = emitCopies(loop.getInductionVar(), loop.getRegionIterArgs());
  scf::YieldOp::create(b, next);
  return SmallVector<Value>(loop.getResults());
}

/// What the accumulators left: full vectors one by one, then some lanes.
SmallVector<Value> VectorNest::emitRest(BodyValues &values, SmallVector<Value> partial) {
  OpFoldResult total = sizes[plan->dim];
  if (std::optional<int64_t> size = getConstantIntValue(total)) {
    int64_t done = *size < manyVectors * lanes ? 0 : *size - *size % (accumulators * lanes);
    int64_t full = *size - *size % lanes;
    partial = emitFullVectors(values, b.getIndexAttr(done), b.getIndexAttr(full), 1, partial);
    if (full == *size || plan->hasNarrowMemory)
      return partial;
    mask = constantMask(*size - full);
    partial = emitStep(values, index(full), partial);
    mask = Value();
    return partial;
  }
  Value size = indexOf(total);
  Value rest = arith::RemUIOp::create(b, size, index(lanes));
  Value full = arith::SubIOp::create(b, size, rest);
  Value undone = arith::RemUIOp::create(b, size, index(accumulators * lanes));
  Value done = arith::SubIOp::create(b, size, undone);
  partial = emitFullVectors(values, done, full, 1, partial);
  if (plan->hasNarrowMemory)
    return partial;
  Value any = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, rest, index(0));
  auto tail = scf::IfOp::create(b, ValueRange(partial).getTypes(), any, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(tail.elseBlock());
  scf::YieldOp::create(b, partial);
  b.setInsertionPointToStart(tail.thenBlock());
  mask = dynamicMask(rest);
  scf::YieldOp::create(b, emitStep(values, full, partial));
  mask = Value();
  return SmallVector<Value>(tail.getResults());
}

/// Combines one more vector with `partial`. A product that is summed is fused
/// with its sum, here rather than by LLVM, so that every machine does it.
Value VectorNest::accumulate(unsigned output, Value partial, BodyValues &values) {
  Operation *combiner = plan->combiners[output];
  bool isFirst = combiner->getOperand(0) == op.getRegionOutputArgs()[output];
  Value value = combiner->getOperand(isFirst ? 1 : 0);
  auto product = value.getDefiningOp<arith::MulFOp>();
  if (!isa<arith::AddFOp>(combiner) || !product || product->getBlock() != op.getBody())
    return combine(output, partial, vectorOf(value, values));
  return math::FmaOp::create(b, vectorOf(product.getLhs(), values),
                             vectorOf(product.getRhs(), values), partial);
}

/// Combines one vector of each output. Inactive lanes leave it as it is.
SmallVector<Value> VectorNest::emitStep(const BodyValues &uniform, Value base,
                                        ArrayRef<Value> partials) {
  ivs[plan->dim] = base;
  BodyValues values = uniform;
  emitUniform(values, /*mayLoad=*/true);
  emitVarying(values);
  SmallVector<Value> next;
  for (auto [output, combiner] : llvm::enumerate(plan->combiners)) {
    Value sum = accumulate(output, partials[output], values);
    next.push_back(mask ? arith::SelectOp::create(b, mask, sum, partials[output]) : sum);
  }
  return next;
}

/// Combines the lanes by halves, then the result with what the output holds.
void VectorNest::storeReduced(ArrayRef<Value> partials) {
  ivs[plan->dim] = index(0);
  for (auto [number, output] : llvm::enumerate(op.getDpsInitsMutable())) {
    Value sum = partials[number];
    for (int64_t width = lanes / 2; width; width /= 2) {
      auto low = llvm::to_vector(llvm::seq<int64_t>(0, width));
      auto high = llvm::to_vector(llvm::seq<int64_t>(width, 2 * width));
      Value lower = vector::ShuffleOp::create(b, sum, sum, low);
      Value upper = vector::ShuffleOp::create(b, sum, sum, high);
      sum = combine(number, lower, upper);
    }
    Value scalar = vector::ExtractOp::create(b, sum, 0);
    SmallVector<Value> indices = indicesOf(output);
    Value initial = memref::LoadOp::create(b, output.get(), indices);
    memref::StoreOp::create(b, combine(number, initial, scalar), output.get(), indices);
  }
}

//===----------------------------------------------------------------------===//
// The body
//===----------------------------------------------------------------------===//

SmallVector<Value> VectorNest::indicesOf(OpOperand &operand) {
  SmallVector<Value> indices;
  for (AffineExpr result : op.getMatchingIndexingMap(&operand).getResults())
    indices.push_back(affine::expandAffineExpr(b, b.getLoc(), result, ivs, {}));
  return indices;
}

/// Reads the uniform operands and computes what depends on nothing else.
/// Called in front of the loop over lanes too, where the induction variables
/// of inner loops are not there yet and where the body may not run at all:
/// `mayLoad` allows loads in the body. What is there already is not repeated.
void VectorNest::emitUniform(BodyValues &values, bool mayLoad) {
  auto isUniform = [&](Value value) { return !plan || plan->shapeOf(value) == LaneShape::Uniform; };
  auto isReady = [&](Value value) {
    return value.getParentBlock() != op.getBody() || values.scalars.contains(value);
  };
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    if (!isUniform(argument) || argument.use_empty() || values.scalars.contains(argument) ||
        (plan && plan->isReduction && op.isDpsInit(&operand)))
      continue;
    Value value = operand.get();
    if (isa<MemRefType>(value.getType()))
      value = memref::LoadOp::create(b, value, indicesOf(operand));
    values.scalars.map(argument, value);
  }
  for (Operation &inner : op.getBody()->without_terminator()) {
    bool isDone = inner.getNumResults() && values.scalars.contains(inner.getResult(0));
    if (isDone || isSkipped(inner) || !llvm::all_of(inner.getResults(), isUniform))
      continue;
    if (plan &&
        (!llvm::all_of(inner.getOperands(), isReady) || (!mayLoad && !isMemoryEffectFree(&inner))))
      continue;
    if (auto position = dyn_cast<linalg::IndexOp>(inner))
      values.scalars.map(position.getResult(), ivs[position.getDim()]);
    else
      cloneScalar(inner, values);
  }
}

void VectorNest::cloneScalar(Operation &inner, BodyValues &values) {
  Operation *copy = b.clone(inner, values.scalars);
  copy->walk([&](linalg::IndexOp position) {
    position.replaceAllUsesWith(ivs[position.getDim()]);
    position.erase();
  });
}

/// Reads the varying operands and computes all that is not uniform.
void VectorNest::emitVarying(BodyValues &values) {
  if (!plan)
    return;
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    if (plan->shapeOf(argument) == LaneShape::Varying && !argument.use_empty())
      values.vectors[argument] = load(operand.get(), indicesOf(operand));
  }
  for (Operation &inner : op.getBody()->without_terminator())
    if (!isSkipped(inner) && plan->shapeOf(inner.getResult(0)) != LaneShape::Uniform)
      emitOp(inner, values);
}

void VectorNest::emitOp(Operation &inner, BodyValues &values) {
  if (plan->shapeOf(inner.getResult(0)) == LaneShape::Varying)
    return emitVector(inner, values);
  if (auto position = dyn_cast<linalg::IndexOp>(inner))
    values.scalars.map(position.getResult(), ivs[plan->dim]);
  else
    cloneScalar(inner, values); // of the first lane
}

void VectorNest::emitVector(Operation &inner, BodyValues &values) {
  if (auto read = dyn_cast<memref::LoadOp>(inner)) {
    SmallVector<Value> indices;
    for (Value position : read.getIndices())
      indices.push_back(values.scalars.lookupOrDefault(position));
    values.vectors[read] = load(values.scalars.lookupOrDefault(read.getMemRef()), indices);
    return;
  }
  OperationState state(inner.getLoc(), inner.getName());
  for (Value operand : inner.getOperands())
    state.operands.push_back(vectorOf(operand, values));
  for (Type type : inner.getResultTypes())
    state.addTypes(laneType(type));
  state.addAttributes(inner.getAttrs());
  Operation *wide = b.create(state);
  for (auto [from, to] : llvm::zip_equal(inner.getResults(), wide->getResults()))
    values.vectors[from] = to;
}

/// \returns `value` in all lanes, made from its scalar form if need be.
Value VectorNest::vectorOf(Value value, BodyValues &values) {
  if (Value found = values.vectors.lookup(value))
    return found;
  Value scalar = values.scalars.lookupOrDefault(value);
  Value wide = vector::BroadcastOp::create(b, laneType(scalar.getType()), scalar);
  if (plan->shapeOf(value) == LaneShape::Linear) {
    VectorType type = laneType(b.getIndexType());
    SmallVector<Attribute> steps;
    for (int64_t lane = 0; lane < lanes; ++lane)
      steps.push_back(b.getIndexAttr(lane));
    auto step = DenseElementsAttr::get(type, steps);
    wide = arith::AddIOp::create(b, wide, arith::ConstantOp::create(b, step));
  }
  return values.vectors[value] = wide;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value VectorNest::load(Value memory, ValueRange indices) {
  VectorType type = laneType(cast<MemRefType>(memory.getType()).getElementType());
  if (!mask)
    return vector::LoadOp::create(b, type, memory, indices);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  return vector::MaskedLoadOp::create(b, type, memory, indices, mask, zero);
}

void VectorNest::store(Value vector, Value memory, ValueRange indices) {
  if (mask)
    vector::MaskedStoreOp::create(b, memory, indices, mask, vector);
  else
    vector::StoreOp::create(b, vector, memory, indices);
}

Value VectorNest::constantMask(int64_t active) {
  SmallVector<bool> bits(lanes, false);
  std::fill_n(bits.begin(), active, true);
  auto type = laneType(b.getI1Type());
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, bits));
}

/// Lanes are numbered in 32 bits: one comparison of a register.
Value VectorNest::dynamicMask(Value active) {
  VectorType type = laneType(b.getI32Type());
  auto steps = llvm::to_vector(llvm::seq<int32_t>(0, lanes));
  Value step = arith::ConstantOp::create(b, DenseElementsAttr::get(type, ArrayRef(steps)));
  Value narrow = arith::IndexCastOp::create(b, b.getI32Type(), active);
  Value count = vector::BroadcastOp::create(b, type, narrow);
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, step, count);
}
