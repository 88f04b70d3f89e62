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

def Transformer_Float : RankedTensorOf<[F32]>;
def Transformer_Ids : TensorRankOf<[I32], [1]>;

#endif // TENON_DIALECTS_TRANSFORMER_OPS_OPBASE_TD
