//===- TransformerOps.cpp - Verifiers of the transformer ops --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/OpChecks.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/STLExtras.h"

#include <numeric>

using namespace mlir;
using namespace tenon::transformer;

/// Reads `[1.0, 0.01]`.
static ParseResult parseExactFloats(OpAsmParser &parser, DenseF32ArrayAttr &floats) {
  SmallVector<float> values;
  auto parseOne = [&]() -> ParseResult {
    APFloat value(APFloat::IEEEsingle());
    if (parser.parseFloat(value.getSemantics(), value))
      return failure();
    values.push_back(value.convertToFloat());
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseOne))
    return failure();
  floats = DenseF32ArrayAttr::get(parser.getContext(), values);
  return success();
}

/// Prints each float so that it is read back as it was; an array attribute
/// would print seven digits of it.
static void printExactFloats(OpAsmPrinter &printer, Operation *, DenseF32ArrayAttr floats) {
  printer << '[';
  llvm::interleaveComma(floats.asArrayRef(), printer,
                        [&](float value) { printer << APFloat(value); });
  printer << ']';
}

#define GET_OP_CLASSES
#include "dialects/Transformer/TransformerOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// `shape` without dimensions of size one.
static SmallVector<int64_t> squeezed(ArrayRef<int64_t> shape) {
  return llvm::to_vector(llvm::make_filter_range(shape, [](int64_t size) { return size != 1; }));
}

static int64_t product(ArrayRef<int64_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

/// How many rows of `shape` a source contributes; 0 if it does not fit.
static int64_t rowsOfSource(ArrayRef<int64_t> source, ArrayRef<int64_t> shape) {
  if (shape.empty() || squeezed(source) == squeezed(shape.drop_front()))
    return 1;
  if (source.empty() || source.size() < shape.size())
    return 0;
  bool same = source.size() == shape.size() && source.drop_front() == shape.drop_front();
  bool folded = shape.size() == 2 && product(source.drop_front()) == shape.back();
  if (same || folded)
    return source.front();
  return squeezed(source) == squeezed(shape) ? shape.front() : 0;
}

/// Checks that the sources, one above the other, make a tensor of `type`, or of
/// that turned.
static LogicalResult verifySources(WeightOp op, WeightType type, bool transposed) {
  SmallVector<int64_t> shape(type.getShape());
  if (transposed)
    std::reverse(shape.begin(), shape.end());
  int64_t rows = 0;
  for (auto source : op.getSources().getAsRange<SourceAttr>()) {
    int64_t count = rowsOfSource(source.getShape(), shape);
    if (count == 0)
      return op.emitOpError("source ") << source << " does not fit into " << type; // (C2)
    rows += count;
  }
  if (!shape.empty() && rows != shape.front())
    return op.emitOpError("expected sources of ")
           << shape.front() << " rows in all, got " << rows; // (C2)
  return success();
}

/// Checks that the recipe makes a tensor of the weight's type.
static LogicalResult verifyRecipe(WeightOp op) {
  FailureOr<RecipeSteps> steps =
      makeRecipeSteps(op.getSources(), op.getRecipe(), [&] { return op.emitOpError(); }); // (C3)
  if (failed(steps))
    return failure();
  if (hasLayout(op.getRecipe()))
    steps->pop_back();
  auto type = cast<WeightType>(op.getType());
  Attribute first = op.getSources()[0];
  RankedTensorType made = steps->empty() ? tensorTypeOf(first) : steps->back()->type();
  Type stored = tensorTypeOf(first).getElementType();
  if (made.getElementType() != type.getElementType() && made.getElementType() == stored)
    return op.emitOpError("expected sources of element type ")
           << type.getElementType() << ", got " << first; // (C2)
  auto keepsShape = [](Attribute step) {
    return isa<ConcatRowsAttr, TransposeAttr, ToF32Attr, PackAttr>(step);
  };
  bool plain = llvm::all_of(op.getRecipe(), keepsShape);
  bool same = made.getElementType() == type.getElementType() &&
              (plain || made.getShape() == type.getShape());
  if (!same)
    return op.emitOpError("expected a recipe that makes ") << type << ", got " << made; // (C3)
  bool transposed = llvm::any_of(op.getRecipe(), llvm::IsaPred<TransposeAttr>);
  return plain ? verifySources(op, type, transposed) : success();
}

LogicalResult WeightOp::verify() {
  if (getSources().empty())
    return emitOpError("expected at least one source"); // (C1)
  for (Attribute source : getSources())
    if (!isa<SourceAttr>(source))
      return emitOpError("expected sources, got ") << source; // (C1)
  if (getSources().size() > 1 && getRecipe().empty())
    return emitOpError("expected concat_rows as the first step of a recipe with ")
           << getSources().size() << " sources"; // (C1)
  return verifyRecipe(*this);
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

LogicalResult TransposeOp::verify() {
  auto from = cast<WeightType>(getWeight().getType()), to = cast<WeightType>(getResult().getType());
  SmallVector<int64_t> turned = llvm::to_vector(llvm::reverse(from.getShape()));
  if (from.getRank() != 2 || to.getShape() != ArrayRef<int64_t>(turned) ||
      to.getElementType() != from.getElementType()) // (C1)
    return emitOpError("expected a matrix and its turned shape, got ") << from << " and " << to;
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
  if (getGiven() && columns(getGiven()) != columns(getResult())) // (C3)
    return emitOpError("expected given rows of ")
           << columns(getResult()) << " columns, got " << columns(getGiven());
  return success();
}

LogicalResult SelectRowsOp::verify() {
  if (columns(getInput()) != columns(getResult())) // (C1)
    return emitOpError("expected ")
           << columns(getInput()) << " columns, got " << columns(getResult());
  return success();
}

LogicalResult PositionEmbeddingOp::verify() {
  WeightType table = getTable().getType();
  if (table.getRank() != 2 || table.getDimSize(1) != columns(getResult())) // (C1)
    return emitOpError("expected a table of ") << columns(getResult()) << " columns, got " << table;
  int64_t offset = getOffset();
  if (offset < 0 || offset >= table.getDimSize(0)) // (C2)
    return emitOpError("expected an offset inside the ")
           << table.getDimSize(0) << " rows of the table, got " << offset;
  return success();
}

LogicalResult ReplaceRowsOp::verify() {
  if (columns(getInput()) != columns(getReplacement())) // (C1)
    return emitOpError("expected a replacement of ")
           << columns(getInput()) << " columns, got " << columns(getReplacement());
  return success();
}

LogicalResult PoolOp::verify() {
  if (columns(getInput()) != columns(getResult())) // (C1)
    return emitOpError("expected a result of ")
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

LogicalResult NormalizedLinearOp::verify() {
  if (!hasShape(getWeight(), {columns(getResult()), columns(getInput())})) // (C1)
    return emitOpError("expected a weight of shape [")
           << columns(getResult()) << ", " << columns(getInput()) << "], got "
           << getWeight().getType();
  if (!isFiniteNotNegative(getEps())) // (C2)
    return emitOpError("expected a finite eps that is not negative, got ") << getEpsAttr();
  return success();
}

LogicalResult ConvolutionOp::verify() {
  WeightType weight = getWeight().getType();
  if (weight.getRank() != 3 || weight.getDimSize(0) != columns(getResult()) ||
      weight.getDimSize(1) != columns(getInput())) // (C1)
    return emitOpError("expected a weight of shape [")
           << columns(getResult()) << ", " << columns(getInput()) << ", kernel], got " << weight;
  if (!isAbsentOr(getBias(), {columns(getResult())})) // (C2)
    return emitOpError("expected a bias of shape [")
           << columns(getResult()) << "], got " << getBias().getType();
  int64_t stride = getStride(), padding = getPadding();
  if (stride < 1 || padding < 0 || padding >= weight.getDimSize(2)) // (C3)
    return emitOpError("expected a positive stride and a padding less than the kernel of ")
           << weight.getDimSize(2) << ", got " << stride << " and " << padding;
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

LogicalResult LayerNormOp::verify() {
  if (!hasShape(getWeight(), {columns(getInput())}) ||
      !isAbsentOr(getBias(), {columns(getInput())})) // (C1)
    return emitOpError("expected a weight and a bias of ") << columns(getInput()) << " elements";
  if (!isFiniteNotNegative(getEps())) // (C2)
    return emitOpError("expected a finite eps that is not negative, got ") << getEpsAttr();
  return success();
}

LogicalResult L2NormOp::verify() {
  int64_t groups = getGroups();
  if (groups < 1 || columns(getInput()) % groups != 0) // (C1)
    return emitOpError("expected groups that divide ")
           << columns(getInput()) << " columns, got " << groups;
  if (!isFiniteNotNegative(getEps())) // (C2)
    return emitOpError("expected a finite eps that is not negative, got ") << getEpsAttr();
  if (!isFiniteNonZero(getScale())) // (C3)
    return emitOpError("expected a finite, non-zero scale, got ") << getScaleAttr();
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
    if (axes->size() != frequencies.size() || llvm::any_of(*axes, [](int64_t axis) {
          return axis < 0 || axis >= maxPositionAxes;
        })) // (C3)
      return emitOpError("expected an axis for each of the ")
             << frequencies.size() << " frequencies, from 0 to " << maxPositionAxes - 1;
  return success();
}

int64_t tenon::transformer::positionAxesOf(ModuleOp module) {
  int64_t axes = 1;
  module.walk([&](RotaryTableOp table) {
    if (std::optional<ArrayRef<int64_t>> used = table.getAxes())
      for (int64_t axis : *used)
        axes = std::max(axes, axis + 1);
  });
  return axes;
}

Value tenon::transformer::replacedState(OpResult result) {
  Type type = result.getType();
  if (!isa<StateTypeInterface>(type))
    return {};
  auto isOfType = [&](Value value) { return value.getType() == type; };
  Operation *op = result.getOwner();
  auto before = llvm::count_if(op->getResults().take_front(result.getResultNumber()), isOfType);
  for (Value operand : llvm::make_filter_range(op->getOperands(), isOfType))
    if (before-- == 0)
      return operand;
  return {};
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

LogicalResult LognScaleOp::verify() {
  int64_t length = getLength();
  if (length <= 1) // (C1)
    return emitOpError("expected a length greater than 1, got ") << length;
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

LogicalResult ScaleOp::verify() {
  if (!getFactor().isFinite()) // (C1)
    return emitOpError("expected a finite factor, got ") << getFactorAttr();
  return success();
}

LogicalResult SoftcapOp::verify() {
  if (!isFiniteNonZero(getCap()) || getCap().isNegative()) // (C1)
    return emitOpError("expected a finite, positive cap, got ") << getCapAttr();
  return success();
}

LogicalResult ScaleRowsOp::verify() {
  if (columns(getFactors()) != 1) // (C1)
    return emitOpError("expected factors of one column, got ") << columns(getFactors());
  return success();
}

LogicalResult BiasAddOp::verify() {
  if (!hasShape(getBias(), {columns(getInput())})) // (C1)
    return emitOpError("expected a bias of shape [")
           << columns(getInput()) << "], got " << getBias().getType();
  return success();
}

/// Checks that `parts` make `whole`, each in `groups` groups.
static LogicalResult verifyParts(Operation *op, ValueRange parts, Value whole, int64_t groups) {
  int64_t total = 0;
  for (Value part : parts)
    total += columns(part);
  if (total != columns(whole)) // (C1)
    return op->emitOpError("expected parts of ")
           << columns(whole) << " columns in all, got " << total;
  for (Value part : parts)
    if (groups < 1 || columns(part) % groups != 0) // (C2)
      return op->emitOpError("expected groups that divide ")
             << columns(part) << " columns, got " << groups;
  return success();
}

LogicalResult SplitOp::verify() { return verifyParts(*this, getParts(), getInput(), getGroups()); }

LogicalResult ConcatOp::verify() {
  return verifyParts(*this, getParts(), getResult(), getGroups());
}

//===----------------------------------------------------------------------===//
// Grouping
//===----------------------------------------------------------------------===//

YieldOp GroupOp::getYield() { return cast<YieldOp>(getBody().front().getTerminator()); }

LogicalResult GroupOp::verify() {
  if (getYield().getOperandTypes() != getResultTypes()) // (C1)
    return emitOpError("expected to yield values of the types of its results");
  return success();
}
