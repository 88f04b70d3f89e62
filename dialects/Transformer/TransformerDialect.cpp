//===- TransformerDialect.cpp - Types and attributes------------------------===//
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

#include "dialects/Transformer/TransformerDialect.cpp.inc"
#include "dialects/Transformer/TransformerEnums.cpp.inc"
#include "dialects/Transformer/TransformerInterfaces.cpp.inc"

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

int64_t WeightType::getNumElements() const {
  int64_t count = 1;
  for (int64_t size : getShape())
    count *= size;
  return count;
}

Type WeightType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  Type elementType;
  if (parser.parseLess() || parseShapeAndType(parser, shape, elementType) || parser.parseGreater())
    return {};
  return WeightType::get(parser.getContext(), shape, elementType);
}

void WeightType::print(AsmPrinter &printer) const {
  printer << '<';
  printShapeAndType(printer, getShape(), getElementType());
  printer << '>';
}

Type KvType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  Type elementType;
  if (parser.parseLess() || parseShapeAndType(parser, shape, elementType) || parser.parseGreater())
    return {};
  if (shape.size() != 2) {
    parser.emitError(parser.getCurrentLocation())
        << "expected heads and head size, as in kv<2x64xbf16>, got " << shape.size() << " sizes";
    return {};
  }
  return KvType::get(parser.getContext(), shape[0], shape[1], elementType);
}

void KvType::print(AsmPrinter &printer) const {
  printer << '<' << getHeads() << 'x' << getHeadDim() << 'x' << getElementType() << '>';
}

//===----------------------------------------------------------------------===//
// Sources: `<"file"::"tensor" : 256x512xbf16>`
//===----------------------------------------------------------------------===//

Attribute SourceAttr::parse(AsmParser &parser, Type) {
  std::string file, tensor;
  SmallVector<int64_t> shape;
  Type elementType;
  if (parser.parseLess() || parser.parseString(&file) || parser.parseColon() ||
      parser.parseColon() || parser.parseString(&tensor) || parser.parseColon() ||
      parseShapeAndType(parser, shape, elementType) || parser.parseGreater())
    return {};
  return SourceAttr::get(parser.getContext(), file, tensor, shape, elementType);
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
