//===- TaskDialect.h - The step as phases over tiles ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TASK_TASKDIALECT_H
#define TENON_DIALECTS_TASK_TASKDIALECT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Task/TaskDialect.h.inc"
#include "dialects/Task/TaskEnums.h.inc"

namespace tenon::task {
/// Whether tiles may change what they access so.
inline bool writes(AccessKind kind) {
  return kind == AccessKind::Write || kind == AccessKind::Update;
}

/// What memory of `type`, which has static sizes, takes. No element shares a byte
/// with another, be it a single bit: code stores each for itself.
int64_t sizeBytesOf(mlir::MemRefType type);
} // namespace tenon::task

namespace tenon::task {
/// Attributes of a module, i64, which assign-states sets: the bytes of a page,
/// which holds some positions of all paged states, and of a sequence's slot.
inline constexpr llvm::StringLiteral pageBytesAttribute = "task.page_bytes";
inline constexpr llvm::StringLiteral slotBytesAttribute = "task.slot_bytes";
} // namespace tenon::task

#define GET_ATTRDEF_CLASSES
#include "dialects/Task/TaskAttributes.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Task/TaskTypes.h.inc"

#define GET_OP_CLASSES
#include "dialects/Task/TaskOps.h.inc"

#endif // TENON_DIALECTS_TASK_TASKDIALECT_H
