//===- TaskDialect.td - The step as phases over tiles ------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TASK_TASKDIALECT_TD
#define TENON_DIALECTS_TASK_TASKDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def Task_Dialect : Dialect {
  let name = "task";
  let cppNamespace = "::tenon::task";
  let summary = "the step as phases over tiles, its buffers and its barriers";
  let description = [{
    A step is a list of phases. A phase is a grid of tiles that any number of
    workers may take in any order; it declares what each tile reads and writes,
    and its body can touch nothing else. Program order is the meaning: one phase
    after another. Which phases wait for which is derived from the declarations.
    Pages exist from here on; machines do not: a worker is a thread or a thread
    block.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
}

def Task_PagedType : TypeDef<Task_Dialect, "Paged"> {
  let mnemonic = "paged";
  let summary = "a state cut into pages of positions";
  let description = [{
    `!task.paged<memref<2x64x64xbf16>>`: the type is that of one page. A page
    holds `positions` consecutive positions of one sequence.
  }];
  let parameters = (ins "::mlir::MemRefType":$page);
  let assemblyFormat = "`<` $page `>`";
}

def Task_SlottedType : TypeDef<Task_Dialect, "Slotted"> {
  let mnemonic = "slotted";
  let summary = "a state of fixed size, one for each sequence";
  let description = [{
    `!task.slotted<memref<4x64x64xf32>>`: the type is that of one sequence's
    state. It is zero when a sequence begins.
  }];
  let parameters = (ins "::mlir::MemRefType":$slot);
  let assemblyFormat = "`<` $slot `>`";
}

def Task_AccessKind : I32EnumAttr<"AccessKind", "what a phase does with an operand", [
    I32EnumAttrCase<"Read", 0, "read">,
    I32EnumAttrCase<"Write", 1, "write">,
    I32EnumAttrCase<"Update", 2, "update">,
    I32EnumAttrCase<"Private", 3, "private">]> {
  let cppNamespace = "::tenon::task";
}

def Task_AccessAttr : AttrDef<Task_Dialect, "Access"> {
  let mnemonic = "access";
  let summary = "how a phase touches an operand";
  let description = [{
    The kind, and the map from the tile to the offsets of the view that the
    body gets; without a map the view is the whole operand. The body's argument
    gives the sizes of the view.

    `read`, `write` (all of the view, before reading it) and `update` (reads and
    writes) are shared between workers; `private` is memory of one worker whose
    contents are only what the prologue and this tile wrote.
  }];
  let parameters = (ins "::tenon::task::AccessKind":$kind, "::mlir::AffineMap":$map);
  let hasCustomAssemblyFormat = 1;
}

#endif // TENON_DIALECTS_TASK_TASKDIALECT_TD
