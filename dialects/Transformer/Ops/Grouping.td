//===- Grouping.td - Ops that become one phase -------------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_OPS_GROUPING_TD
#define TENON_DIALECTS_TRANSFORMER_OPS_GROUPING_TD

include "dialects/Transformer/Ops/OpBase.td"

def Transformer_GroupOp : Transformer_Op<"group",
    [RecursiveMemoryEffects, SingleBlockImplicitTerminator<"YieldOp">, NoRegionArguments]> {
  let summary = "ops that become one phase";
  let description = [{
    A group is still mathematics: its results are what its region yields. It
    promises that its ops become one phase of the task stage: one anchor (a
    product or an attention) decides the tiles, ops before it enter the
    prologue, ops after it the epilogue.

    - (C1) The region yields values of the types of the results.

    ```mlir
    func.func @f(%x: tensor<?x8xf32>, %w: !transformer.weight<8x8xf32>) -> tensor<?x8xf32> {
      %y = transformer.group "output" -> (tensor<?x8xf32>) {
        %b = transformer.linear %x, %w
            : tensor<?x8xf32>, !transformer.weight<8x8xf32> -> tensor<?x8xf32>
        %s = transformer.residual_add %x, %b scale 1.0 : tensor<?x8xf32>
        transformer.yield %s : tensor<?x8xf32>
      }
      return %y : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins StrAttr:$label);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$label (`->` `(` type($results)^ `)`)? $body attr-dict";
  let hasVerifier = 1;
  let extraClassDeclaration = "YieldOp getYield();";
}

def Transformer_YieldOp : Transformer_Op<"yield", [Pure, Terminator, ReturnLike, HasParent<"GroupOp">]> {
  let summary = "the results of a group";
  let description = "Ends the region of a `transformer.group`; see there.";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
}

#endif // TENON_DIALECTS_TRANSFORMER_OPS_GROUPING_TD
