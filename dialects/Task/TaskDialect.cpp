//===- TaskDialect.cpp - Types and attributes -----------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Task/TaskDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tenon::task;

#include "dialects/Task/TaskDialect.cpp.inc"
#include "dialects/Task/TaskEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Task/TaskAttributes.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Task/TaskTypes.cpp.inc"

void TaskDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Task/TaskOps.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Task/TaskTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Task/TaskAttributes.cpp.inc"
      >();
}

// <read> or <read, (d0) -> (d0, 0)>
Attribute AccessAttr::parse(AsmParser &parser, Type) {
  std::string word;
  AffineMap map;
  if (parser.parseLess() || parser.parseKeywordOrString(&word))
    return {};
  std::optional<AccessKind> kind = symbolizeAccessKind(word);
  if (!kind) {
    parser.emitError(parser.getCurrentLocation())
        << "expected read, write, update or private, got '" << word << "'";
    return {};
  }
  if (succeeded(parser.parseOptionalComma()) && parser.parseAffineMap(map))
    return {};
  if (parser.parseGreater())
    return {};
  return AccessAttr::get(parser.getContext(), *kind, map);
}

void AccessAttr::print(AsmPrinter &printer) const {
  printer << '<' << stringifyAccessKind(getKind());
  if (getMap())
    printer << ", " << getMap();
  printer << '>';
}
