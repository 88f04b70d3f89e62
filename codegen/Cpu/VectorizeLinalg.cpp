//===- VectorizeLinalg.cpp - Linalg on memory to loops over vectors --------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An op becomes one scf loop for each of its dimensions, in their order. One
// dimension may be taken in steps of 16 lanes: the last one if it is reduced,
// else the last parallel one. A value of the body is then one of three things:
//
//   uniform   the same in all lanes; stays a scalar, broadcast where needed
//   linear    an index that grows by one with the lane; its first lane is kept
//   varying   a vector of 16 lanes
//
// For the sum of squares of 40 columns, on a row %r of memory:
//
//   %v = for %c = 0 to 32 step 16 iter_args(%a = <0, ...>) { fma(load, load, %a) }
//   %m = [1, 1, 1, 1, 1, 1, 1, 1, 0, ...]
//   %w = %v + maskedload * maskedload, where %m; else %v
//   store %r, initial + (sum of the lanes of %w, by halves)
//
// Lanes are summed by halves with shuffles, not by a reduction that each
// machine may order in its own way, so that results are the same everywhere.
//
// Where a dimension cannot be taken in lanes, all of the body is uniform and
// the same loops run over scalars.
//
//===----------------------------------------------------------------------===//

#include "codegen/Cpu/Passes.h"

#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;

namespace tenon {
#define GEN_PASS_DEF_VECTORIZELINALGPASS
#include "codegen/Cpu/Passes.h.inc"
} // namespace tenon

/// f32 lanes of one AVX-512 register, or of two registers of AVX2.
static constexpr int64_t lanes = 16;

/// Sums that do not wait for each other. An addition takes 4 cycles and two
/// start in each, so that 8 would be best; loads keep no more than 4 busy.
static constexpr int64_t accumulators = 4;

/// Vectors from which on several accumulators are worth their merging.
static constexpr int64_t manyVectors = 8;

//===----------------------------------------------------------------------===//
// What can be taken in lanes
//===----------------------------------------------------------------------===//

namespace {

enum class Shape { Uniform, Linear, Varying };

/// How the body of an op is computed when `dim` is taken in lanes.
struct Plan {
  unsigned dim = 0;
  bool isReduction = false;
  bool hasNarrowMemory = false;       ///< elements that AVX2 has no mask for
  DenseMap<Value, Shape> shapes;      ///< of values of the body that are not uniform
  SmallVector<Operation *> combiners; ///< of a reduction, one for each output

  Shape shapeOf(Value value) const { return shapes.lookup_or(value, Shape::Uniform); }
};

/// Finds the plan for one dimension, or the reason why there is none.
class Planner {
public:
  Planner(linalg::GenericOp op, unsigned dim) : op(op) {
    plan.dim = dim;
    plan.isReduction = op.getIteratorTypesArray()[dim] == utils::IteratorType::reduction;
  }

  std::optional<Plan> make();
  StringRef getReason() const { return reason; }

private:
  bool refuse(const Twine &why) {
    reason = why.str();
    return false;
  }
  bool checkOperand(OpOperand &operand);
  bool checkOutputs();
  bool findCombiner(OpOperand &yielded);
  bool checkOp(Operation &inner);
  bool checkLoad(memref::LoadOp load);
  bool isUniform(Operation &inner) {
    return llvm::all_of(inner.getOperands(),
                        [&](Value v) { return plan.shapeOf(v) == Shape::Uniform; });
  }

  linalg::GenericOp op;
  Plan plan;
  std::string reason;
};

} // namespace

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

bool Planner::checkOperand(OpOperand &operand) {
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
  plan.shapes[op.getMatchingBlockArgument(&operand)] = Shape::Varying;
  return true;
}

/// A combiner is `yield combine(accumulator, value)`, in any order of the two.
bool Planner::findCombiner(OpOperand &yielded) {
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

bool Planner::checkOutputs() {
  for (OpOperand &output : op.getDpsInitsMutable())
    if (op.getMatchingIndexingMap(&output).isFunctionOfDim(plan.dim) == plan.isReduction)
      return refuse("an output is not written once for each lane");
  if (!plan.isReduction)
    return true;
  return llvm::all_of(op.getBody()->getTerminator()->getOpOperands(),
                      [&](OpOperand &yielded) { return findCombiner(yielded); });
}

bool Planner::checkLoad(memref::LoadOp load) {
  Value last = load.getIndices().empty() ? Value() : load.getIndices().back();
  bool isContiguous =
      last && plan.shapeOf(last) == Shape::Linear && hasUnitLastStride(load.getMemRefType()) &&
      isLaneType(load.getMemRefType().getElementType()) &&
      llvm::all_of(load.getIndices().drop_back(),
                   [&](Value index) { return plan.shapeOf(index) == Shape::Uniform; });
  if (!isContiguous)
    return refuse("the body reads memory at scattered places");
  plan.hasNarrowMemory |= isNarrow(load.getType());
  plan.shapes[load] = Shape::Varying;
  return true;
}

static bool dividesIntegers(Operation &op) {
  return isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp, arith::CeilDivSIOp,
             arith::CeilDivUIOp, arith::FloorDivSIOp>(op);
}

bool Planner::checkOp(Operation &inner) {
  if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
    if (index.getDim() == plan.dim)
      plan.shapes[index] = Shape::Linear;
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
    Shape left = plan.shapeOf(inner.getOperand(0)), right = plan.shapeOf(inner.getOperand(1));
    if ((left == Shape::Linear && right == Shape::Uniform) ||
        (isa<arith::AddIOp>(inner) && left == Shape::Uniform && right == Shape::Linear)) {
      plan.shapes[inner.getResult(0)] = Shape::Linear;
      return true;
    }
  }
  if (!OpTrait::hasElementwiseMappableTraits(&inner))
    return refuse("the body has '" + inner.getName().getStringRef() + "', which has no lanes");
  // Lanes beyond the end hold zero, and a machine traps on division by it.
  if (dividesIntegers(inner) && plan.shapeOf(inner.getOperand(1)) != Shape::Uniform)
    return refuse("the body divides integers by another number in each lane");
  for (Value result : inner.getResults())
    plan.shapes[result] = Shape::Varying;
  return true;
}

std::optional<Plan> Planner::make() {
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

//===----------------------------------------------------------------------===//
// The loops
//===----------------------------------------------------------------------===//

namespace {

/// Values of the body of an op while it is written out.
struct Values {
  IRMapping scalars;              ///< uniform values, and the first lane of linear ones
  DenseMap<Value, Value> vectors; ///< varying values, and others once they were needed so
};

/// Writes the loops of one op in front of it.
class NestEmitter {
public:
  NestEmitter(linalg::GenericOp op, std::optional<Plan> plan)
      : op(op), plan(std::move(plan)), b(op.getLoc(), op), ivs(op.getNumLoops()) {}
  void emit();

private:
  void findSizes();
  void emitLoops(unsigned dim, Values &values);
  void emitLanes(unsigned dim, Values &values);
  void emitTail(unsigned dim, Values &values, Value full, Value total);
  void emitScalarTail(unsigned dim, Values &values, Value full, Value total);
  void emitLanesAt(unsigned dim, const Values &values, Value base, Value active);
  void emitBody(Values &values);
  void emitReduction(Values &values);
  SmallVector<Value> emitPartials(Values &values, ArrayRef<Value> neutral);
  SmallVector<Value> emitRest(Values &values, SmallVector<Value> partial);
  SmallVector<Value> emitFullVectors(Values &values, OpFoldResult from, OpFoldResult to,
                                     int64_t copies, SmallVector<Value> partials);
  SmallVector<Value> emitStep(const Values &values, Value base, ArrayRef<Value> partials);
  SmallVector<Value> merge(ArrayRef<Value> partials);
  void storeReduced(Values &values, ArrayRef<Value> partials);

  void emitUniform(Values &values, bool mayLoad);
  void emitVarying(Values &values);
  void emitOp(Operation &inner, Values &values);
  void emitVector(Operation &inner, Values &values);
  void cloneScalar(Operation &inner, Values &values);
  Value vectorOf(Value value, Values &values);
  bool isSkipped(Operation &inner) { return plan && llvm::is_contained(plan->combiners, &inner); }

  Value load(Value memory, ValueRange indices);
  void store(Value vector, Value memory, ValueRange indices);
  SmallVector<Value> indicesOf(OpOperand &operand);
  Value combine(unsigned output, Value accumulator, Value value);
  Value accumulate(unsigned output, Value partial, Values &values);
  Value index(int64_t value) { return arith::ConstantIndexOp::create(b, value); }
  Value indexOf(OpFoldResult size) { return getValueOrCreateConstantIndexOp(b, b.getLoc(), size); }
  Value constantMask(int64_t active);
  Value dynamicMask(Value active);

  linalg::GenericOp op;
  std::optional<Plan> plan;
  ImplicitLocOpBuilder b;
  SmallVector<OpFoldResult> sizes;
  SmallVector<Value> ivs;
  Value mask; ///< null where all lanes are active
};

} // namespace

static VectorType laneType(Type element) { return VectorType::get({lanes}, element); }

void NestEmitter::emit() {
  findSizes();
  Values values;
  if (plan && plan->isReduction)
    assert(plan->dim + 1 == op.getNumLoops() && "a reduction in lanes is the innermost loop");
  emitLoops(/*dim=*/0, values);
}

/// The size of a dimension is that of any operand that it indexes alone; a
/// static one is preferred.
void NestEmitter::findSizes() {
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

void NestEmitter::emitLoops(unsigned dim, Values &values) {
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

void NestEmitter::emitLanesAt(unsigned dim, const Values &values, Value base, Value active) {
  ivs[dim] = base;
  mask = active;
  Values inner = values;
  emitLoops(dim + 1, inner);
  mask = Value();
}

/// The loop over full vectors, then what is left.
void NestEmitter::emitLanes(unsigned dim, Values &values) {
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
void NestEmitter::emitTail(unsigned dim, Values &values, Value full, Value total) {
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
void NestEmitter::emitScalarTail(unsigned dim, Values &values, Value full, Value total) {
  auto loop = scf::ForOp::create(b, full, total, index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  std::optional<Plan> ofLanes;
  std::swap(plan, ofLanes);
  emitLanesAt(dim, values, loop.getInductionVar(), /*active=*/Value());
  std::swap(plan, ofLanes);
}

/// The body once, and its results to memory.
void NestEmitter::emitBody(Values &values) {
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

Value NestEmitter::combine(unsigned output, Value accumulator, Value value) {
  Operation *combiner = plan->combiners[output];
  OperationState state(b.getLoc(), combiner->getName());
  state.addOperands({accumulator, value});
  state.addTypes(value.getType());
  state.addAttributes(combiner->getAttrs());
  return b.create(state)->getResult(0);
}

void NestEmitter::emitReduction(Values &values) {
  std::optional<int64_t> size = getConstantIntValue(sizes[plan->dim]);
  emitUniform(values, /*mayLoad=*/size && *size > 0);
  SmallVector<Value> neutral;
  for (Operation *combiner : plan->combiners) {
    VectorType type = laneType(combiner->getResult(0).getType());
    auto value = DenseElementsAttr::get(type, Attribute(*arith::getNeutralElement(combiner)));
    neutral.push_back(arith::ConstantOp::create(b, value));
  }
  storeReduced(values, emitRest(values, emitPartials(values, neutral)));
  if (!plan->hasNarrowMemory || (size && *size % lanes == 0))
    return;
  Value total = indexOf(sizes[plan->dim]);
  Value rest = arith::RemUIOp::create(b, total, index(lanes));
  emitScalarTail(plan->dim, values, arith::SubIOp::create(b, total, rest), total);
}

/// Sums of as many full vectors as the accumulators take together; the copies
/// are merged into one for each output.
SmallVector<Value> NestEmitter::emitPartials(Values &values, ArrayRef<Value> neutral) {
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
SmallVector<Value> NestEmitter::merge(ArrayRef<Value> partials) {
  size_t outputs = plan->combiners.size();
  SmallVector<Value> merged(partials);
  for (; merged.size() > outputs; merged.truncate(merged.size() / 2))
    for (size_t i = 0, half = merged.size() / 2; i < half; ++i)
      merged[i] = combine(i % outputs, merged[i], merged[half + i]);
  return merged;
}

SmallVector<Value> NestEmitter::emitFullVectors(Values &values, OpFoldResult from, OpFoldResult to,
                                                int64_t copies, SmallVector<Value> partials) {
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
SmallVector<Value> NestEmitter::emitRest(Values &values, SmallVector<Value> partial) {
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
Value NestEmitter::accumulate(unsigned output, Value partial, Values &values) {
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
SmallVector<Value> NestEmitter::emitStep(const Values &uniform, Value base,
                                         ArrayRef<Value> partials) {
  ivs[plan->dim] = base;
  Values values = uniform;
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
void NestEmitter::storeReduced(Values &values, ArrayRef<Value> partials) {
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

SmallVector<Value> NestEmitter::indicesOf(OpOperand &operand) {
  SmallVector<Value> indices;
  for (AffineExpr result : op.getMatchingIndexingMap(&operand).getResults())
    indices.push_back(affine::expandAffineExpr(b, b.getLoc(), result, ivs, {}));
  return indices;
}

/// Reads the uniform operands and computes what depends on nothing else.
/// Called in front of the loop over lanes too, where the induction variables
/// of inner loops are not there yet and where the body may not run at all:
/// `mayLoad` allows loads in the body. What is there already is not repeated.
void NestEmitter::emitUniform(Values &values, bool mayLoad) {
  auto isUniform = [&](Value value) { return !plan || plan->shapeOf(value) == Shape::Uniform; };
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

void NestEmitter::cloneScalar(Operation &inner, Values &values) {
  Operation *copy = b.clone(inner, values.scalars);
  copy->walk([&](linalg::IndexOp position) {
    position.replaceAllUsesWith(ivs[position.getDim()]);
    position.erase();
  });
}

/// Reads the varying operands and computes all that is not uniform.
void NestEmitter::emitVarying(Values &values) {
  if (!plan)
    return;
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    if (plan->shapeOf(argument) == Shape::Varying && !argument.use_empty())
      values.vectors[argument] = load(operand.get(), indicesOf(operand));
  }
  for (Operation &inner : op.getBody()->without_terminator())
    if (!isSkipped(inner) && plan->shapeOf(inner.getResult(0)) != Shape::Uniform)
      emitOp(inner, values);
}

void NestEmitter::emitOp(Operation &inner, Values &values) {
  if (plan->shapeOf(inner.getResult(0)) == Shape::Varying)
    return emitVector(inner, values);
  if (auto position = dyn_cast<linalg::IndexOp>(inner))
    values.scalars.map(position.getResult(), ivs[plan->dim]);
  else
    cloneScalar(inner, values); // of the first lane
}

void NestEmitter::emitVector(Operation &inner, Values &values) {
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
Value NestEmitter::vectorOf(Value value, Values &values) {
  if (Value found = values.vectors.lookup(value))
    return found;
  Value scalar = values.scalars.lookupOrDefault(value);
  Value wide = vector::BroadcastOp::create(b, laneType(scalar.getType()), scalar);
  if (plan->shapeOf(value) == Shape::Linear) {
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

Value NestEmitter::load(Value memory, ValueRange indices) {
  VectorType type = laneType(cast<MemRefType>(memory.getType()).getElementType());
  if (!mask)
    return vector::LoadOp::create(b, type, memory, indices);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  return vector::MaskedLoadOp::create(b, type, memory, indices, mask, zero);
}

void NestEmitter::store(Value vector, Value memory, ValueRange indices) {
  if (mask)
    vector::MaskedStoreOp::create(b, memory, indices, mask, vector);
  else
    vector::StoreOp::create(b, vector, memory, indices);
}

Value NestEmitter::constantMask(int64_t active) {
  SmallVector<bool> bits(lanes, false);
  std::fill_n(bits.begin(), active, true);
  auto type = laneType(b.getI1Type());
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, bits));
}

/// Lanes are numbered in 32 bits: one comparison of a register.
Value NestEmitter::dynamicMask(Value active) {
  VectorType type = laneType(b.getI32Type());
  auto steps = llvm::to_vector(llvm::seq<int32_t>(0, lanes));
  Value step = arith::ConstantOp::create(b, DenseElementsAttr::get(type, ArrayRef(steps)));
  Value narrow = arith::IndexCastOp::create(b, b.getI32Type(), active);
  Value count = vector::BroadcastOp::create(b, type, narrow);
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, step, count);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// The dimensions to try, the best one first.
static SmallVector<unsigned> candidateDims(linalg::GenericOp op) {
  SmallVector<unsigned> dims;
  SmallVector<utils::IteratorType> loops = op.getIteratorTypesArray();
  if (!loops.empty() && loops.back() == utils::IteratorType::reduction)
    dims.push_back(loops.size() - 1);
  for (unsigned dim = loops.size(); dim-- > 0;)
    if (loops[dim] == utils::IteratorType::parallel) {
      dims.push_back(dim);
      break;
    }
  return dims;
}

namespace {
struct VectorizeLinalg : tenon::impl::VectorizeLinalgPassBase<VectorizeLinalg> {
  using Base::Base;

  void runOnOperation() override;
  std::optional<Plan> choose(linalg::GenericOp op);
};
} // namespace

std::optional<Plan> VectorizeLinalg::choose(linalg::GenericOp op) {
  std::string reason = "it has no dimension to take in lanes";
  for (unsigned dim : candidateDims(op)) {
    Planner planner(op, dim);
    if (std::optional<Plan> plan = planner.make())
      return plan;
    reason = planner.getReason().str();
  }
  auto options = remark::RemarkOpts::name("vectorize-linalg")
                     .category("vectorization")
                     .function(getOperation().getName());
  remark::missed(op.getLoc(), options)
      << "runs on scalars" << remark::reason("{0}", StringRef(reason));
  return std::nullopt;
}

void VectorizeLinalg::runOnOperation() {
  IRRewriter rewriter(&getContext());
  SmallVector<memref::CopyOp> copies;
  getOperation()->walk([&](memref::CopyOp copy) { copies.push_back(copy); });
  for (memref::CopyOp copy : copies) {
    rewriter.setInsertionPoint(copy);
    linalg::makeMemRefCopyOp(rewriter, copy.getLoc(), copy.getSource(), copy.getTarget());
    rewriter.eraseOp(copy);
  }
  SmallVector<linalg::LinalgOp> ops;
  getOperation()->walk([&](linalg::LinalgOp op) {
    if (op.hasPureBufferSemantics())
      ops.push_back(op);
  });
  for (linalg::LinalgOp op : ops) {
    auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
    if (!generic) {
      rewriter.setInsertionPoint(op);
      FailureOr<linalg::GenericOp> general = linalg::generalizeNamedOp(rewriter, op);
      if (failed(general)) {
        op.emitOpError("has no general form; vectorize-linalg has no loops for it");
        return signalPassFailure();
      }
      generic = *general;
    }
    std::optional<Plan> plan = choose(generic);
    ++(plan ? vectorized : scalar);
    NestEmitter(generic, std::move(plan)).emit();
    generic.erase();
  }
}
