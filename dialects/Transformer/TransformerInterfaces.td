//===- TransformerInterfaces.td - What every op can do -----*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_TRANSFORMERINTERFACES_TD
#define TENON_DIALECTS_TRANSFORMER_TRANSFORMERINTERFACES_TD

include "mlir/IR/OpBase.td"

def Transformer_ReferenceInterface : OpInterface<"ReferenceInterface"> {
  let cppNamespace = "::tenon::transformer";
  let description = [{
    The meaning of an op as a program of linalg, arith, math and tensor ops in
    f32. Operands come converted: a weight as the tensor of its shape and
    element type, a state as the tensors its type names, the rows as sequence
    `[rows]` and positions `[rows, axes]`, both i32; so an operand may be
    several values. The reference path, the fall-back of ops without a fast
    lowering and the bodies of most phases are made by this one method.
  }];
  let methods = [
    InterfaceMethod<[{
      Builds the meaning at the insertion point.
      Returns for each result of the op the values that stand for it.
    }],
    "::llvm::SmallVector<::llvm::SmallVector<::mlir::Value>>", "buildReference",
    (ins "::mlir::OpBuilder &":$builder, "::llvm::ArrayRef<::mlir::ValueRange>":$operands)>
  ];
}

def Transformer_ReferenceTypeInterface : TypeInterface<"ReferenceTypeInterface"> {
  let cppNamespace = "::tenon::transformer";
  let description = [{
    A type whose values are one or more tensors in the reference form: weights,
    the rows and every state (see StateTypeInterface). Conversion to the reference form asks this and
    knows no type by name.
  }];
  let methods = [
    InterfaceMethod<[{
      The tensors that stand for one value, in the order in which
      ReferenceInterface gets and returns them. Sequences, positions and rows
      are dynamic.
    }],
    "::llvm::SmallVector<::mlir::RankedTensorType>", "getReferenceTypes", (ins)>
  ];
}

def Transformer_StateTypeInterface : TypeInterface<"StateTypeInterface"> {
  let cppNamespace = "::tenon::transformer";
  let description = [{
    A type of what sequences remember between steps. It says of each of its
    tensors whether it grows with the positions of a sequence: from the task
    stage on such a part lies in pages, any other in the slot of the sequence,
    which is zero when the sequence begins.
  }];
  let methods = [
    InterfaceMethod<"One part for each tensor of the reference form, in that order.",
    "::llvm::SmallVector<::tenon::transformer::StatePart>", "getStateParts", (ins)>
  ];
}

def Transformer_StateWriteInterface : OpInterface<"StateWriteInterface"> {
  let cppNamespace = "::tenon::transformer";
  let description = [{
    An op whose row `r` becomes the element of its position in the parts of a
    state that grow with positions, rounded once; other positions stay as they
    are. So it can be computed row by row, in the memory of the state.
  }];
  let methods = [
    InterfaceMethod<"The state before.", "::mlir::Value", "getStateBefore", (ins), "",
    "return $_op.getState();">,
    InterfaceMethod<"The state after.", "::mlir::Value", "getStateAfter", (ins), "",
    "return $_op.getResult();">,
    InterfaceMethod<"The rows that are written.", "::mlir::Value", "getWrittenRows", (ins), "",
    "return $_op.getRows();">,
    InterfaceMethod<[{
      For each part that grows, in order, the tensor `[rows, columns]` that is
      written to it.
    }],
    "::llvm::SmallVector<::mlir::Value>", "getWrittenTensors", (ins)>,
    InterfaceMethod<[{
      What becomes of the parts of fixed size, `parts`, when the rows `rows`
      (sequence and positions, as in ReferenceInterface) are written.
    }],
    "::llvm::SmallVector<::mlir::Value>", "buildFixedParts",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$parts, "::mlir::ValueRange":$rows),
    "", "return ::llvm::SmallVector<::mlir::Value>(parts);">
  ];
}

def Transformer_AttentionInterface : OpInterface<"AttentionInterface"> {
  let cppNamespace = "::tenon::transformer";
  let description = [{
    Softmax attention of rows over a state. It can be computed over some of the
    positions at a time, since what comes of them adds up: the reference form
    takes all at once, the fall-back of the task stage one page after another.
    Operands come converted, as in ReferenceInterface.
  }];
  let methods = [
    InterfaceMethod<"Heads in the sums.", "int64_t", "getSumHeads", (ins), "",
    "return $_op.getHeads();">,
    InterfaceMethod<"Components of a head in the sums.", "int64_t", "getSumSize", (ins)>,
    InterfaceMethod<[{
      How many positions of its sequence, from 0 on, a row at `position` may
      see, as an index. `fixedParts` are the tensors of the state's parts of
      fixed size, for the row's sequence only.
    }],
    "::mlir::Value", "buildSeenPositions",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::Value":$position, "::mlir::ValueRange":$fixedParts)>,
    InterfaceMethod<[{
      Attends to the positions that the tensors of the state hold: those from
      `first`, an index, on.
    }],
    "::tenon::transformer::AttentionSum", "buildSum",
    (ins "::mlir::OpBuilder &":$builder, "::llvm::ArrayRef<::mlir::ValueRange>":$operands,
         "::mlir::Value":$first)>,
    InterfaceMethod<"The result of the op, of the sum over all positions.",
    "::mlir::Value", "buildResult",
    (ins "::mlir::OpBuilder &":$builder, "::llvm::ArrayRef<::mlir::ValueRange>":$operands,
         "::tenon::transformer::AttentionSum":$sum)>
  ];
}

def Transformer_RowwiseInterface : OpInterface<"RowwiseInterface"> {
  let cppNamespace = "::tenon::transformer";
  let description = [{
    An op whose row i of every result depends on row i of its tensors only.
    A tile of rows can be computed apart; with getColumnGranule() > 0 also a
    tile of columns.
  }];
  let methods = [
    InterfaceMethod<[{
      Columns of the result that must lie in one tile: 1 for elementwise ops,
      the head for rope, all of them when columns cannot be split.
    }],
    "int64_t", "getColumnGranule", (ins), "", [{
      auto type = ::llvm::cast<::mlir::RankedTensorType>($_op->getResult(0).getType());
      return type.getDimSize(type.getRank() - 1);
    }]>,
    InterfaceMethod<[{
      Clones the op for `size` columns of its results, a multiple of the
      granule. Of `operands` those that narrowsWithColumns() names hold these
      columns only. An op that counts columns in an attribute changes it.
    }],
    "::mlir::Operation *", "cloneForColumns",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$operands, "int64_t":$size), "", [{
      return ::tenon::transformer::RowwiseInterface::cloneNarrowed($_op, builder, operands, size);
    }]>,
    InterfaceMethod<[{
      Whether operand `index` is indexed by the columns of the result, and so
      is narrowed with them.
    }],
    "bool", "narrowsWithColumns", (ins "unsigned":$index), "", [{
      return ::llvm::isa<::mlir::RankedTensorType>($_op->getOperand(index).getType());
    }]>,
    InterfaceMethod<[{
      Whether each worker may compute the op anew for all rows, before a
      product that reads its result: so cheap that a barrier costs more. Norms
      are. The op has one operand of rows, the first.
    }],
    "bool", "mayBeRepeated", (ins), "", "return false;">
  ];
  let extraClassDeclaration = [{
    /// A clone of `op` on `operands` with results of `size` columns.
    static ::mlir::Operation *cloneNarrowed(::mlir::Operation *op, ::mlir::OpBuilder &builder,
                                            ::mlir::ValueRange operands, int64_t size);
  }];
}

def Transformer_RecipeStepInterface : AttrInterface<"RecipeStepInterface"> {
  let cppNamespace = "::tenon::transformer";
  let description = [{
    An attribute that is a step of a weight's recipe. Everything that evaluates
    recipes (the file, the reference path, inspection) asks this and knows no
    step by name, so that a step has one place where its meaning is written.
  }];
  let methods = [
    InterfaceMethod<[{
      The step for inputs of these types: the sources for the first step of a
      recipe, else what the step before makes. Returns null after an error when
      it cannot take them.
    }],
    "::std::unique_ptr<::tenon::transformer::RecipeStep>", "makeStep",
    (ins "::llvm::ArrayRef<::mlir::RankedTensorType>":$inputs,
         "::tenon::transformer::EmitError":$emitError)>,
    InterfaceMethod<[{
      Whether the step only orders bytes: the values of the weight, and its
      type, stay. It is the last one of a recipe.
    }],
    "bool", "isLayout", (ins), "", "return false;">,
    InterfaceMethod<[{
      Whether each element of the result is made of the one element at its
      place, so that joining rows may come before the step as well as after it.
    }],
    "bool", "isElementwise", (ins), "", "return false;">
  ];
}

#endif // TENON_DIALECTS_TRANSFORMER_TRANSFORMERINTERFACES_TD
