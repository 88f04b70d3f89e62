//===- TransformerDialect.h - The model as mathematics --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_TRANSFORMERDIALECT_H
#define TENON_DIALECTS_TRANSFORMER_TRANSFORMERDIALECT_H

#include "dialects/Transformer/StateParts.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Transformer/RecipeStep.h"

#include "dialects/Transformer/TransformerAttrInterfaces.h.inc"
#include "dialects/Transformer/TransformerDialect.h.inc"
#include "dialects/Transformer/TransformerEnums.h.inc"
#include "dialects/Transformer/TransformerInterfaces.h.inc"
#include "dialects/Transformer/TransformerTypeInterfaces.h.inc"

namespace tenon::transformer {
/// Attribute of a row variant, i64: the most rows that the function is made for.
inline constexpr llvm::StringLiteral rowsAttribute = "transformer.rows";
} // namespace tenon::transformer

#define GET_ATTRDEF_CLASSES
#include "dialects/Transformer/TransformerAttributes.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Transformer/TransformerTypes.h.inc"

#define GET_OP_CLASSES
#include "dialects/Transformer/TransformerOps.h.inc"

namespace tenon::transformer {

/// A row has a position in at most so many axes.
inline constexpr int64_t maxPositionAxes = 16;

/// How many position axes the rotary tables of `module` use, at least 1.
int64_t positionAxesOf(mlir::ModuleOp module);

/// The operand that `result` replaces, a state of the same type: of several the
/// one with as many of its type before it. Null when `result` is no state, or
/// replaces none.
mlir::Value replacedState(mlir::OpResult result);

} // namespace tenon::transformer

#endif // TENON_DIALECTS_TRANSFORMER_TRANSFORMERDIALECT_H
