//===- OpBase.td - Classes of ops --------------------------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_OPS_OPBASE_TD
#define TENON_DIALECTS_TRANSFORMER_OPS_OPBASE_TD

include "dialects/Transformer/TransformerDialect.td"
include "dialects/Transformer/TransformerInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Transformer_Op<string opMnemonic, list<Trait> traits = []>
    : Op<Transformer_Dialect, opMnemonic, traits>;

/// An op with a meaning: pure, and executable by the reference path.
class Transformer_ComputeOp<string opMnemonic, list<Trait> traits = []>
    : Transformer_Op<opMnemonic,
        !listconcat(traits, [Pure, DeclareOpInterfaceMethods<Transformer_ReferenceInterface>])>;

/// Rows of f32; their number is dynamic mostly, that of columns never.
def Transformer_Float : Type<
    And<[TensorRankOf<[F32], [2]>.predicate,
         CPred<"!::llvm::cast<::mlir::RankedTensorType>($_self).isDynamicDim(1)">]>,
    "rows of f32 with a fixed number of columns", "::mlir::RankedTensorType">;
def Transformer_Ids : TensorRankOf<[I32], [1]>;

#endif // TENON_DIALECTS_TRANSFORMER_OPS_OPBASE_TD
