//===- TaskOps.cpp - Verifiers of the task ops ----------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Task/TaskDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace tenon::task;

#define GET_OP_CLASSES
#include "dialects/Task/TaskOps.cpp.inc"

//===----------------------------------------------------------------------===//
// What a program has
//===----------------------------------------------------------------------===//

int64_t tenon::task::sizeBytesOf(MemRefType type) {
  return type.getNumElements() * llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

LogicalResult WeightOp::verify() {
  int64_t index = getIndexAttr().getInt();
  if (index < 0) // (C1)
    return emitOpError("expected an index that is not negative, got ") << index;
  return success();
}

//===----------------------------------------------------------------------===//
// What a step has
//===----------------------------------------------------------------------===//

/// Whether `type` is that of argument `number`, a memory, of a step for `rows`.
static bool isStepMemory(Type argument, unsigned number, int64_t rows) {
  constexpr unsigned positions = 1, logits = 5, embeddings = 9;
  auto type = dyn_cast<MemRefType>(argument);
  bool isMatrix = number == positions || number == logits || number == embeddings;
  if (!type || type.getRank() != (isMatrix ? 2 : 1) || type.getShape().front() != rows)
    return false;
  Type element = type.getElementType();
  if (number == embeddings && !type.hasStaticShape())
    return false;
  return number == logits || number == embeddings ? element.isF32() : element.isInteger(32);
}

LogicalResult StepOp::verify() {
  Block &body = getBody().front();
  unsigned count = body.getNumArguments();
  if (getVocabulary().value_or(1) < 1) // (C2)
    return emitOpError("expected a vocabulary of at least 1, got ") << *getVocabulary();
  if (count != leastArguments && count != mostArguments) // (C1)
    return emitOpError("expected ") << leastArguments << " or " << mostArguments
                                    << " arguments of the region, got " << count;
  constexpr unsigned firstCount = 6, lastCount = 8;
  for (unsigned i = 0; i < count; ++i) {
    Type type = body.getArgument(i).getType();
    bool isCount = i >= firstCount && i <= lastCount;
    if (isCount && !type.isIndex()) // (C1)
      return emitOpError("argument ") << i << " of the region is not an index";
    if (!isCount && !isStepMemory(type, i, static_cast<int64_t>(getRows()))) // (C1)
      return emitOpError("argument ")
             << i << " of the region is not one of a step for " << getRows() << " rows: " << type;
  }
  return success();
}

/// Whether all of `types` are numbers that a plan computes with.
static bool areNumbers(TypeRange types) {
  return llvm::all_of(types, [](Type type) { return isa<IntegerType, IndexType>(type); });
}

/// Whether `memory` holds integers that a step is called with.
static bool isStepInput(Value memory) {
  auto argument = dyn_cast<BlockArgument>(memory);
  return argument && isa<StepOp>(argument.getOwner()->getParentOp()) &&
         cast<MemRefType>(memory.getType()).getElementType().isInteger(32);
}

/// Checks that a plan may hold the ops of `block`. (C2)
static LogicalResult verifyPlanned(Block &block) {
  for (Operation &op : block) {
    auto load = dyn_cast<memref::LoadOp>(op);
    auto loop = dyn_cast<scf::ForOp>(op);
    bool isArith = isa_and_nonnull<arith::ArithDialect>(op.getDialect());
    bool isKnown =
        load   ? isStepInput(load.getMemRef())
        : loop ? areNumbers(op.getOperandTypes())
               : isa<YieldOp, scf::YieldOp>(op) || (isArith && areNumbers(op.getOperandTypes()) &&
                                                    areNumbers(op.getResultTypes()));
    if (!isKnown)
      return op.emitOpError("is not allowed in a plan, which holds arith ops on integers, loads of "
                            "i32 out of arguments of the step, and scf.for");
    if (loop && failed(verifyPlanned(*loop.getBody())))
      return failure();
  }
  return success();
}

LogicalResult PlanOp::verifyRegions() {
  Block &block = getBody().front();
  if (block.getNumArguments() != 0 || !isa<YieldOp>(block.getTerminator()) ||
      TypeRange(block.getTerminator()->getOperandTypes()) != TypeRange(getResultTypes())) // (C1)
    return emitOpError("expected a region without arguments that yields one index for each of ")
           << getNumResults() << " results";
  return verifyPlanned(block);
}

LogicalResult BufferOp::verify() {
  auto type = cast<MemRefType>(getType());
  if (!type.hasStaticShape() || !type.getLayout().isIdentity()) // (C1)
    return emitOpError("expected static sizes and the identity layout, got ") << type;
  return success();
}

/// Checks names and turn of an op that picks one of several symbols. (C2)
static LogicalResult verifyTurn(Operation *op, ArrayAttr names, Value turn) {
  if (names.empty() || (names.size() > 1) != static_cast<bool>(turn))
    return op->emitOpError("expected one name, or several names and a turn; got ")
           << names.size() << " names and " << (turn ? "a" : "no") << " turn";
  return success();
}

LogicalResult GetWeightOp::verify() { return verifyTurn(*this, getNames(), getTurn()); }
LogicalResult GetStateOp::verify() { return verifyTurn(*this, getNames(), getTurn()); }

LogicalResult GetWeightOp::verifySymbolUses(SymbolTableCollection &symbols) {
  for (auto name : getNames().getAsRange<FlatSymbolRefAttr>()) {
    auto weight = symbols.lookupNearestSymbolFrom<WeightOp>(*this, name);
    if (!weight || weight.getType() != getType()) // (C1)
      return emitOpError("expected ") << name << " to be a weight of type " << getType();
  }
  return success();
}

LogicalResult GetStateOp::verifySymbolUses(SymbolTableCollection &symbols) {
  for (auto name : getNames().getAsRange<FlatSymbolRefAttr>()) {
    auto state = symbols.lookupNearestSymbolFrom<StateOp>(*this, name);
    Type type = getType();
    if (auto paged = dyn_cast<PagedType>(type))
      type = paged.getPage();
    else
      type = cast<SlottedType>(type).getSlot();
    if (!state || state.getType() != type || state.getPaged() != isa<PagedType>(getType())) // (C1)
      return emitOpError("expected ") << name << " to be a state of type " << getType();
  }
  return success();
}

LogicalResult RepeatOp::verify() {
  if (getTurnsAttr().getInt() < 1 || getBody().getNumArguments() != 1 ||
      !getBody().getArgument(0).getType().isIndex()) // (C1)
    return emitOpError("expected at least one turn and a region with one index argument");
  return success();
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

/// Checks an operand against what it is. (C4)
static LogicalResult verifyOperand(PhaseOp phase, unsigned index) {
  Value operand = phase.getAccessed()[index];
  AccessKind kind = phase.getAccess(index).getKind();
  auto buffer = operand.getDefiningOp<BufferOp>();
  bool isPrivate = buffer && buffer.getIsPrivate();
  if (isPrivate != (kind == AccessKind::Private))
    return phase.emitOpError("operand ")
           << index << (isPrivate ? " is" : " is not") << " a private buffer, but is accessed to "
           << stringifyAccessKind(kind);
  if (operand.getDefiningOp<GetWeightOp>() && kind != AccessKind::Read)
    return phase.emitOpError("operand ")
           << index << " is a weight, but is accessed to " << stringifyAccessKind(kind);
  return success();
}

LogicalResult PhaseOp::verify() {
  if (getExtents().empty()) // (C1)
    return emitOpError("expected at least one extent");
  if (getExtents().size() != getBounds().size()) // (C1)
    return emitOpError("expected an upper bound for each of ")
           << getExtents().size() << " extents, got " << getBounds().size();
  if (getValues().size() != getValueBounds().size()) // (C1)
    return emitOpError("expected an upper bound for each of ")
           << getValues().size() << " values, got " << getValueBounds().size();
  if (getAccesses().size() != getAccessed().size()) // (C1)
    return emitOpError("expected an access for each of ")
           << getAccessed().size() << " operands, got " << getAccesses().size();
  for (Attribute access : getAccesses())
    if (!isa<AccessAttr>(access)) // (C1)
      return emitOpError("expected an access, got ") << access;
  for (unsigned i = 0; i < getAccessed().size(); ++i) {
    if (failed(verifyOperand(*this, i)))
      return failure();
    for (unsigned j = 0; j < i; ++j)
      if (getAccessed()[i] == getAccessed()[j] &&
          (writes(getAccess(i).getKind()) || writes(getAccess(j).getKind()))) // (C5)
        return emitOpError("operands ")
               << j << " and " << i << " are the same memory, which is written;"
               << " access it once, to update it";
  }
  return success();
}

/// Checks that `view` can be a view of `operand` under `access`. (C2)
static LogicalResult verifyView(PhaseOp phase, unsigned index, Type view) {
  AccessAttr access = phase.getAccess(index);
  Type operand = phase.getAccessed()[index].getType();
  if (!access.getMap()) {
    if (operand != view)
      return phase.emitOpError("operand ")
             << index << " is accessed whole as " << view << ", but its type is " << operand;
    return success();
  }
  auto from = dyn_cast<MemRefType>(operand), to = dyn_cast<MemRefType>(view);
  if (!from || !to || from.getElementType() != to.getElementType() ||
      from.getRank() != to.getRank() || !to.hasStaticShape() ||
      access.getMap().getNumDims() != phase.getExtents().size() ||
      access.getMap().getNumResults() != from.getRank())
    return phase.emitOpError("access ") << access << " cannot make " << view << " from " << operand;
  for (auto [whole, part] : llvm::zip(from.getShape(), to.getShape()))
    if (part > whole)
      return phase.emitOpError("the view ") << view << " does not fit into " << operand;
  return success();
}

/// The argument of a phase's region that `value` is a view of, if any.
static BlockArgument viewedArgument(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    auto view = dyn_cast<ViewLikeOpInterface>(op);
    if (view) {
      value = view.getViewSource();
      continue;
    }
    if (auto page = dyn_cast<PageOp>(op))
      value = page.getState();
    else if (auto slot = dyn_cast<SlotOp>(op))
      value = slot.getState();
    else
      return {};
  }
  return cast<BlockArgument>(value);
}

/// Checks that `region` writes only where its accesses allow it. (C3)
static LogicalResult verifyWrites(PhaseOp phase, Region &region, unsigned firstView,
                                  bool privateOnly) {
  WalkResult result = region.walk([&](MemoryEffectOpInterface op) {
    SmallVector<MemoryEffects::EffectInstance> effects;
    op.getEffects(effects);
    for (const MemoryEffects::EffectInstance &effect : effects) {
      if (!isa<MemoryEffects::Write>(effect.getEffect()) || !effect.getValue())
        continue;
      BlockArgument argument = viewedArgument(effect.getValue());
      if (!argument || argument.getOwner()->getParent() != &region)
        continue;
      unsigned index = argument.getArgNumber() - firstView;
      AccessKind kind = phase.getAccess(index).getKind();
      if (kind == AccessKind::Read || (privateOnly && kind != AccessKind::Private)) {
        op->emitOpError("writes to operand ")
            << index << " of phase " << phase.getLabelAttr() << ", which declares to "
            << stringifyAccessKind(kind) << " it"
            << (privateOnly ? " and has it in its prologue" : "");
        return WalkResult::interrupt();
      }
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// Checks that the arguments of a region from `first` on are indices. (C2)
static LogicalResult verifyIndices(PhaseOp phase, Region &region, unsigned first, unsigned count,
                                   StringRef name) {
  for (BlockArgument argument : region.getArguments().slice(first, count))
    if (!argument.getType().isIndex())
      return phase.emitOpError("expected argument ")
             << argument.getArgNumber() << " of the " << name << " to be an index, got "
             << argument.getType();
  return success();
}

LogicalResult PhaseOp::verifyRegions() {
  unsigned tiles = getExtents().size(), views = getAccessed().size(), values = getValues().size();
  if (getBody().getNumArguments() != tiles + views + values) // (C2)
    return emitOpError("expected ") << tiles + views + values << " arguments of the body, got "
                                    << getBody().getNumArguments();
  for (unsigned i = 0; i < views; ++i)
    if (failed(verifyView(*this, i, getView(i).getType())))
      return failure();
  if (failed(verifyIndices(*this, getBody(), 0, tiles, "body")) ||
      failed(verifyIndices(*this, getBody(), tiles + views, values, "body")) ||
      failed(verifyWrites(*this, getBody(), tiles, /*privateOnly=*/false)))
    return failure();
  if (!hasPrologue())
    return success();
  if (getPrologue().getNumArguments() != views + values) // (C2)
    return emitOpError("expected ") << views + values << " arguments of the prologue, got "
                                    << getPrologue().getNumArguments();
  for (auto [argument, operand] : llvm::zip(getPrologue().getArguments(), getAccessed()))
    if (argument.getType() != operand.getType()) // (C2)
      return emitOpError("expected argument ")
             << argument.getArgNumber() << " of the prologue to be of type " << operand.getType()
             << ", got " << argument.getType();
  if (failed(verifyIndices(*this, getPrologue(), views, values, "prologue")))
    return failure();
  return verifyWrites(*this, getPrologue(), 0, /*privateOnly=*/true);
}

//===----------------------------------------------------------------------===//
// What a tile can do
//===----------------------------------------------------------------------===//

LogicalResult PageOp::verify() {
  if (getState().getType().getPage() != getType()) // (C1)
    return emitOpError("expected the type of a page, ")
           << getState().getType().getPage() << ", got " << getType();
  return success();
}

LogicalResult SlotOp::verify() {
  if (getState().getType().getSlot() != getType()) // (C1)
    return emitOpError("expected the type of a slot, ")
           << getState().getType().getSlot() << ", got " << getType();
  return success();
}

LogicalResult MatmulOp::verify() {
  auto input = cast<MemRefType>(getInput().getType());
  auto weight = cast<MemRefType>(getWeight().getType());
  auto output = cast<MemRefType>(getOutput().getType());
  if (!output.getElementType().isF32() || !isa<FloatType>(weight.getElementType()) ||
      (!input.getElementType().isF32() &&
       input.getElementType() != weight.getElementType())) // (C1)
    return emitOpError("expected an f32 output, a weight of floats and an input of f32 or of "
                       "the weight's type");
  if (input.getRank() != 2 || output.getRank() != 2 || weight.getRank() != 4 ||
      !weight.hasStaticShape() ||
      output.getShape().back() != weight.getDimSize(2) * weight.getDimSize(0) ||
      static_cast<int64_t>(getInputs()) > input.getShape().back() ||
      static_cast<int64_t>(getInputs()) > weight.getDimSize(1) * weight.getDimSize(3)) // (C2)
    return emitOpError("shapes do not fit: ") << input << " times " << weight << " into " << output;
  return success();
}

LogicalResult AttendOp::verify() {
  auto width = static_cast<int64_t>(getHeads() * getHeadDim());
  for (Value value : {getQuery(), getOutput()}) {
    auto type = cast<MemRefType>(value.getType());
    if (type.getRank() != 2 || type.getDimSize(1) != width ||
        !type.getElementType().isF32()) // (C1)
      return emitOpError("expected query and output of ") << width << " f32 columns, got " << type;
  }
  MemRefType keys = getKeys().getType().getPage(), values = getValues().getType().getPage();
  auto headDim = static_cast<int64_t>(getHeadDim());
  auto isPage = [](MemRefType type) {
    return type.getRank() == 3 && type.hasStaticShape() && isa<FloatType>(type.getElementType());
  };
  if (!isPage(keys) || !isPage(values) || keys.getDimSize(1) != headDim ||
      values.getDimSize(2) < headDim || keys.getDimSize(0) != values.getDimSize(0) ||
      keys.getDimSize(2) != values.getDimSize(1)) // (C2)
    return emitOpError("expected pages of floats of ")
           << headDim << " key components and at least as many value columns, for the same heads "
           << "and positions, got " << keys << " and " << values;
  if (getHeads() % keys.getDimSize(0) != 0) // (C2)
    return emitOpError("expected ")
           << getHeads() << " query heads to share " << keys.getDimSize(0) << " state heads evenly";
  if (!getFirstPage() != !getMarks() || !getLastPage() != !getMarks()) // (C3)
    return emitOpError("expected a first page, a last page and marks, or none of them");
  if (!getMarks())
    return success();
  auto marks = cast<MemRefType>(getMarks().getType());
  if (marks.getRank() != 3 || marks.getDimSize(1) != static_cast<int64_t>(getHeads()) ||
      marks.getDimSize(2) != 2 || !marks.getElementType().isF32()) // (C3)
    return emitOpError("expected marks of 2 f32 for each of ")
           << getHeads() << " heads, got " << marks;
  return success();
}
