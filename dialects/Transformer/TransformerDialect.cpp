//===- TransformerDialect.cpp - Types and attributes ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Transformer/TransformerDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tenon::transformer;

#include "dialects/Transformer/TransformerAttrInterfaces.cpp.inc"
#include "dialects/Transformer/TransformerDialect.cpp.inc"
#include "dialects/Transformer/TransformerEnums.cpp.inc"
#include "dialects/Transformer/TransformerInterfaces.cpp.inc"
#include "dialects/Transformer/TransformerTypeInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Transformer/TransformerAttributes.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Transformer/TransformerTypes.cpp.inc"

void TransformerDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Transformer/TransformerOps.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Transformer/TransformerTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Transformer/TransformerAttributes.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Shapes in types: `256x512xbf16`
//===----------------------------------------------------------------------===//

/// Parses `256x512xbf16` into a static shape and an element type.
static ParseResult parseShapeAndType(AsmParser &parser, SmallVectorImpl<int64_t> &shape,
                                     Type &elementType) {
  return failure(parser.parseDimensionList(shape, /*allowDynamic=*/false) ||
                 parser.parseType(elementType));
}

static void printShapeAndType(AsmPrinter &printer, ArrayRef<int64_t> shape, Type elementType) {
  for (int64_t size : shape)
    printer << size << 'x';
  printer << elementType;
}

/// What weights and their sources ask of a shape and an element type: that the
/// number of bytes is known, and is a number.
static LogicalResult verifyStored(function_ref<InFlightDiagnostic()> emitError,
                                  ArrayRef<int64_t> shape, Type elementType) {
  if (!elementType.isIntOrFloat())
    return emitError() << "expected elements of an integer or float type, got " << elementType;
  int64_t bits = elementType.getIntOrFloatBitWidth();
  for (int64_t size : shape) {
    if (size < 1)
      return emitError() << "expected positive sizes, got " << size;
    if (llvm::MulOverflow(bits, size, bits))
      return emitError() << "expected fewer than 2^63 bits, got sizes " << shape << " of "
                         << elementType;
  }
  return success();
}

LogicalResult WeightType::verify(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<int64_t> shape, Type elementType) {
  return verifyStored(emitError, shape, elementType);
}

int64_t WeightType::getNumElements() const {
  int64_t count = 1;
  for (int64_t size : getShape())
    count *= size;
  return count;
}

SmallVector<int64_t> PackAttr::packedShape(int64_t rows, int64_t columns) const {
  int64_t padded = (columns + getMultiple() - 1) / getMultiple() * getMultiple();
  return {groups(rows) * blocksPerGroup(), padded / getColumns(), getLanes(), getColumns()};
}

Type WeightType::parse(AsmParser &parser) {
  SMLoc start = parser.getCurrentLocation();
  SmallVector<int64_t> shape;
  Type elementType;
  if (parser.parseLess() || parseShapeAndType(parser, shape, elementType) || parser.parseGreater())
    return {};
  auto emitError = [&] { return parser.emitError(start); };
  return WeightType::getChecked(emitError, parser.getContext(), shape, elementType);
}

void WeightType::print(AsmPrinter &printer) const {
  printer << '<';
  printShapeAndType(printer, getShape(), getElementType());
  printer << '>';
}

//===----------------------------------------------------------------------===//
// States: `<2x64xbf16>`
//===----------------------------------------------------------------------===//

/// Parses the body of state type `State`, `count` sizes and an element type, as
/// in `example`.
template <typename State, size_t count>
static Type parseState(AsmParser &parser, StringRef example) {
  SMLoc start = parser.getCurrentLocation();
  SmallVector<int64_t> sizes;
  Type elementType;
  if (parser.parseLess() || parseShapeAndType(parser, sizes, elementType) || parser.parseGreater())
    return {};
  auto emitError = [&] { return parser.emitError(start); };
  if (sizes.size() != count) {
    emitError() << "expected " << count << " sizes, as in " << example << ", got " << sizes.size();
    return {};
  }
  return [&]<size_t... number>(std::index_sequence<number...>) -> Type {
    return State::getChecked(emitError, parser.getContext(), sizes[number]..., elementType);
  }(std::make_index_sequence<count>());
}

/// What every state type asks of its sizes and its element type.
static LogicalResult verifyState(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<int64_t> sizes, Type elementType) {
  for (int64_t size : sizes)
    if (size < 1)
      return emitError() << "expected positive sizes, got " << size;
  if (!isa<FloatType>(elementType))
    return emitError() << "expected elements of a float type, got " << elementType;
  return success();
}

static void printState(AsmPrinter &printer, ArrayRef<int64_t> sizes, Type elementType) {
  printer << '<';
  printShapeAndType(printer, sizes, elementType);
  printer << '>';
}

LogicalResult KvType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t heads,
                             int64_t headDim, Type elementType) {
  return verifyState(emitError, {heads, headDim}, elementType);
}

Type KvType::parse(AsmParser &parser) { return parseState<KvType, 2>(parser, "kv<2x64xbf16>"); }

void KvType::print(AsmPrinter &printer) const {
  printState(printer, {getHeads(), getHeadDim()}, getElementType());
}

LogicalResult CrossType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t heads,
                                int64_t headDim, Type elementType) {
  return verifyState(emitError, {heads, headDim}, elementType);
}

Type CrossType::parse(AsmParser &parser) {
  return parseState<CrossType, 2>(parser, "cross<2x64xbf16>");
}

void CrossType::print(AsmPrinter &printer) const {
  printState(printer, {getHeads(), getHeadDim()}, getElementType());
}

LogicalResult LatentType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rank,
                                 int64_t rope, Type elementType) {
  return verifyState(emitError, {rank, rope}, elementType);
}

Type LatentType::parse(AsmParser &parser) {
  return parseState<LatentType, 2>(parser, "latent<512x64xbf16>");
}

void LatentType::print(AsmPrinter &printer) const {
  printState(printer, {getRank(), getRope()}, getElementType());
}

LogicalResult RecurrentType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t heads,
                                    int64_t keyDim, int64_t valueDim, Type elementType) {
  return verifyState(emitError, {heads, keyDim, valueDim}, elementType);
}

Type RecurrentType::parse(AsmParser &parser) {
  return parseState<RecurrentType, 3>(parser, "recurrent<32x128x128xf32>");
}

void RecurrentType::print(AsmPrinter &printer) const {
  printState(printer, {getHeads(), getKeyDim(), getValueDim()}, getElementType());
}

LogicalResult ConvTailType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t channels,
                                   int64_t length, Type elementType) {
  return verifyState(emitError, {channels, length}, elementType);
}

Type ConvTailType::parse(AsmParser &parser) {
  return parseState<ConvTailType, 2>(parser, "conv_tail<512x3xbf16>");
}

void ConvTailType::print(AsmPrinter &printer) const {
  printState(printer, {getChannels(), getLength()}, getElementType());
}

//===----------------------------------------------------------------------===//
// Types in the reference form
//===----------------------------------------------------------------------===//

using ReferenceTypes = SmallVector<RankedTensorType>;
static constexpr int64_t anySize = ShapedType::kDynamic;

ReferenceTypes WeightType::getReferenceTypes() const {
  return {RankedTensorType::get(getShape(), getElementType())};
}

ReferenceTypes RowsType::getReferenceTypes() const {
  Type i32 = IntegerType::get(getContext(), 32);
  return {RankedTensorType::get({anySize}, i32), RankedTensorType::get({anySize, anySize}, i32)};
}

//===----------------------------------------------------------------------===//
// Parts of states
//===----------------------------------------------------------------------===//

RankedTensorType StatePart::referenceType() const {
  SmallVector<int64_t> sizes(growsWithPositions ? 2 : 1, anySize);
  llvm::append_range(sizes, shape);
  return RankedTensorType::get(sizes, elementType);
}

/// A part with elements for each position, or for each sequence.
static StatePart paged(StringRef name, ArrayRef<int64_t> shape, Type elementType) {
  return {name, /*growsWithPositions=*/true, SmallVector<int64_t>(shape), elementType};
}
static StatePart fixed(StringRef name, ArrayRef<int64_t> shape, Type elementType) {
  return {name, /*growsWithPositions=*/false, SmallVector<int64_t>(shape), elementType};
}

SmallVector<StatePart> KvType::getStateParts() const {
  int64_t shape[] = {getHeads(), getHeadDim()};
  return {paged("keys", shape, getElementType()), paged("values", shape, getElementType())};
}

SmallVector<StatePart> CrossType::getStateParts() const {
  int64_t shape[] = {getHeads(), getHeadDim()};
  return {paged("keys", shape, getElementType()), paged("values", shape, getElementType()),
          fixed("length", {}, IntegerType::get(getContext(), 32))};
}

SmallVector<StatePart> LatentType::getStateParts() const {
  return {paged("latents", getRank(), getElementType()),
          paged("keys", getRope(), getElementType())};
}

SmallVector<StatePart> RecurrentType::getStateParts() const {
  return {fixed("memory", {getHeads(), getKeyDim(), getValueDim()}, getElementType())};
}

SmallVector<StatePart> ConvTailType::getStateParts() const {
  return {fixed("tail", {getChannels(), getLength()}, getElementType())};
}

//===----------------------------------------------------------------------===//
// Sources: `<"file"::"tensor" : 256x512xbf16>`
//===----------------------------------------------------------------------===//

LogicalResult SourceAttr::verify(function_ref<InFlightDiagnostic()> emitError, StringRef, StringRef,
                                 ArrayRef<int64_t> shape, Type elementType) {
  return verifyStored(emitError, shape, elementType);
}

Attribute SourceAttr::parse(AsmParser &parser, Type) {
  SMLoc start = parser.getCurrentLocation();
  std::string file, tensor;
  SmallVector<int64_t> shape;
  Type elementType;
  if (parser.parseLess() || parser.parseString(&file) || parser.parseColon() ||
      parser.parseColon() || parser.parseString(&tensor) || parser.parseColon() ||
      parseShapeAndType(parser, shape, elementType) || parser.parseGreater())
    return {};
  auto emitError = [&] { return parser.emitError(start); };
  return SourceAttr::getChecked(emitError, parser.getContext(), file, tensor, shape, elementType);
}

void SourceAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printer.printString(getFile());
  printer << "::";
  printer.printString(getTensor());
  printer << " : ";
  printShapeAndType(printer, getShape(), getElementType());
  printer << '>';
}
