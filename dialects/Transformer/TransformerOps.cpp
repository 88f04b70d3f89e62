//===- TransformerOps.cpp - Verifiers of the transformer ops----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/TransformerDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace tenon::transformer;

#define GET_OP_CLASSES
#include "dialects/Transformer/TransformerOps.cpp.inc"

/// The columns of a tensor of rows.
static int64_t columns(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getShape().back();
}

static bool isFiniteNonZero(const APFloat &value) { return value.isFinite() && !value.isZero(); }

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// Checks that `sources`, one above the other, make a tensor of `type`.
static LogicalResult verifySources(WeightOp op, WeightType type, bool transposed) {
  SmallVector<int64_t> shape(type.getShape());
  if (transposed)
    std::reverse(shape.begin(), shape.end());
  int64_t rows = 0;
  for (auto source : op.getSources().getAsRange<SourceAttr>()) {
    if (source.getElementType() != type.getElementType())
      return op.emitOpError("expected sources of element type ")
             << type.getElementType() << ", got " << source; // (C2)
    if (source.getShape().size() != shape.size() ||
        source.getShape().drop_front() != ArrayRef(shape).drop_front())
      return op.emitOpError("source ") << source << " does not fit into " << type; // (C2)
    rows += source.getShape().empty() ? 0 : source.getShape().front();
  }
  if (!shape.empty() && rows != shape.front())
    return op.emitOpError("expected sources of ")
           << shape.front() << " rows in all, got " << rows; // (C2)
  return success();
}

LogicalResult WeightOp::verify() {
  auto type = cast<WeightType>(getType());
  if (getSources().empty())
    return emitOpError("expected at least one source"); // (C1)
  for (Attribute source : getSources())
    if (!isa<SourceAttr>(source))
      return emitOpError("expected sources, got ") << source; // (C1)
  bool concatenates = !getRecipe().empty() && isa<ConcatRowsAttr>(getRecipe()[0]);
  if (getSources().size() > 1 && !concatenates)
    return emitOpError("expected concat_rows as the first step of a recipe with ")
           << getSources().size() << " sources"; // (C1)
  bool transposed = llvm::any_of(getRecipe(), [](Attribute a) { return isa<TransposeAttr>(a); });
  return verifySources(*this, type, transposed);
}

LogicalResult GetWeightOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto weight = symbols.lookupNearestSymbolFrom<WeightOp>(*this, getNameAttr());
  if (!weight)
    return emitOpError("no weight is named ") << getNameAttr(); // (C1)
  if (weight.getType() != getType())
    return emitOpError("expected type ")
           << weight.getType() << " of " << getNameAttr() << ", got " << getType(); // (C1)
  return success();
}

//===----------------------------------------------------------------------===//
// Rows in and out
//===----------------------------------------------------------------------===//

LogicalResult EmbeddingOp::verify() {
  WeightType table = getTable().getType();
  if (table.getRank() != 2 || table.getDimSize(1) != columns(getResult())) // (C1)
    return emitOpError("expected a table of ") << columns(getResult()) << " columns, got " << table;
  if (!isFiniteNonZero(getScale())) // (C2)
    return emitOpError("expected a finite, non-zero scale, got ") << getScaleAttr();
  return success();
}

LogicalResult SelectRowsOp::verify() {
  if (columns(getInput()) != columns(getResult())) // (C1)
    return emitOpError("expected ")
           << columns(getInput()) << " columns, got " << columns(getResult());
  return success();
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

LogicalResult LinearOp::verify() {
  WeightType weight = getWeight().getType();
  if (weight.getRank() != 2 || weight.getDimSize(0) != columns(getResult()) ||
      weight.getDimSize(1) != columns(getInput())) // (C1)
    return emitOpError("expected a weight of shape [")
           << columns(getResult()) << ", " << columns(getInput()) << "], got " << weight;
  if (getBias() && (getBias().getType().getRank() != 1 ||
                    getBias().getType().getDimSize(0) != columns(getResult()))) // (C2)
    return emitOpError("expected a bias of shape [")
           << columns(getResult()) << "], got " << getBias().getType();
  return success();
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

LogicalResult RmsNormOp::verify() {
  int64_t groups = getGroups();
  if (getInput().getType() != getResult().getType() || groups < 1 ||
      columns(getInput()) % groups != 0) // (C1)
    return emitOpError("expected groups that divide ")
           << columns(getInput()) << " columns, got " << groups;
  WeightType weight = getWeight().getType();
  if (weight.getRank() != 1 || weight.getDimSize(0) != columns(getInput()) / groups) // (C2)
    return emitOpError("expected a weight of shape [")
           << columns(getInput()) / groups << "], got " << weight;
  if (!getEps().isFinite() || getEps().isNegative()) // (C3)
    return emitOpError("expected a finite eps that is not negative, got ") << getEpsAttr();
  return success();
}

//===----------------------------------------------------------------------===//
// Rotary positions
//===----------------------------------------------------------------------===//

LogicalResult RotaryTableOp::verify() {
  ArrayRef<float> frequencies = getFrequencies();
  if (static_cast<int64_t>(frequencies.size()) != columns(getCos())) // (C1)
    return emitOpError("expected ")
           << columns(getCos()) << " frequencies, got " << frequencies.size();
  if (!llvm::all_of(frequencies, [](float f) { return std::isfinite(f); }) ||
      !isFiniteNonZero(getFactor())) // (C2)
    return emitOpError("expected finite frequencies and a finite, non-zero factor");
  if (std::optional<ArrayRef<int64_t>> axes = getAxes())
    if (axes->size() != frequencies.size() ||
        llvm::any_of(*axes, [](int64_t axis) { return axis < 0; })) // (C3)
      return emitOpError("expected an axis for each of the ")
             << frequencies.size() << " frequencies";
  return success();
}

LogicalResult RopeOp::verify() {
  int64_t headDim = getHeadDim();
  if (getInput().getType() != getResult().getType() || headDim < 1 ||
      columns(getInput()) % headDim != 0) // (C1)
    return emitOpError("expected a head_dim that divides ")
           << columns(getInput()) << " columns, got " << headDim;
  if (getCos().getType() != getSin().getType() || 2 * columns(getCos()) > headDim) // (C2)
    return emitOpError("expected at most ") << headDim / 2 << " angles for a head of " << headDim
                                            << " components, got " << columns(getCos());
  return success();
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

LogicalResult KvAppendOp::verify() {
  KvType state = getState().getType();
  int64_t width = state.getHeads() * state.getHeadDim();
  if (columns(getKeys()) != width || columns(getValues()) != width) // (C1)
    return emitOpError("expected keys and values of ")
           << width << " columns, got " << columns(getKeys()) << " and " << columns(getValues());
  if (state != getResult().getType() || !getState().hasOneUse()) // (C2)
    return emitOpError("expected a state that is used once and replaced by one of its type");
  return success();
}

/// Whether `weight`, if any, has one element per head.
static bool isPerHead(Value weight, int64_t heads) {
  if (!weight)
    return true;
  auto type = cast<WeightType>(weight.getType());
  return type.getRank() == 1 && type.getDimSize(0) == heads;
}

LogicalResult AttendOp::verify() {
  KvType state = getState().getType();
  int64_t heads = getHeads();
  if (heads < 1 || heads % state.getHeads() != 0 ||
      columns(getQuery()) != heads * state.getHeadDim()) // (C1)
    return emitOpError("expected a multiple of ")
           << state.getHeads() << " heads of " << state.getHeadDim() << " components, got " << heads
           << " heads in " << columns(getQuery()) << " columns";
  if (!getScale().isFinite() || getSoftcap().isNegative() || getWindow() < 0) // (C2)
    return emitOpError("expected a finite scale, and a window and softcap that are not negative");
  if (!isPerHead(getSinks(), heads) ||
      (getSlopes() && static_cast<int64_t>(getSlopes()->size()) != heads)) // (C3)
    return emitOpError("expected one sink and one slope for each of ") << heads << " heads";
  return success();
}

//===----------------------------------------------------------------------===//
// Activations and wiring
//===----------------------------------------------------------------------===//

LogicalResult GatedActivationOp::verify() {
  if (getLimit().isNegative()) // (C1)
    return emitOpError("expected a limit that is not negative, got ") << getLimitAttr();
  return success();
}

LogicalResult ResidualAddOp::verify() {
  if (!isFiniteNonZero(getScale())) // (C2)
    return emitOpError("expected a finite, non-zero scale, got ") << getScaleAttr();
  return success();
}

LogicalResult SplitOp::verify() {
  int64_t total = 0;
  for (Value part : getParts())
    total += columns(part);
  if (total != columns(getInput())) // (C1)
    return emitOpError("expected parts of ")
           << columns(getInput()) << " columns in all, got " << total;
  return success();
}

//===----------------------------------------------------------------------===//
// Grouping
//===----------------------------------------------------------------------===//

YieldOp GroupOp::getYield() { return cast<YieldOp>(getBody().front().getTerminator()); }

LogicalResult GroupOp::verify() {
  if (getYield().getOperandTypes() != getResultTypes())
    return emitOpError("expected to yield values of the types of its results");
  return success();
}
