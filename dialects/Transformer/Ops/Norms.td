//===- Norms.td - Norms ------------------------------------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_OPS_NORMS_TD
#define TENON_DIALECTS_TRANSFORMER_OPS_NORMS_TD

include "dialects/Transformer/Ops/OpBase.td"

def Transformer_RmsNormOp : Transformer_ComputeOp<"rms_norm",
    [AllTypesMatch<["input", "result"]>, DeclareOpInterfaceMethods<Transformer_RowwiseInterface,
       ["getColumnGranule", "cloneForColumns", "narrowsWithColumns", "mayBeRepeated"]>]> {
  let summary = "divides each group of columns by its root mean square";
  let description = [{
    The columns are split into `groups` equal groups. In each,
    `result = input / sqrt(mean(input^2) + eps) * weight`, or
    `* (offset + weight)` with `offset` 1 in the Gemma way.

    - (C1) Input and result have one type; `groups` divides the columns.
    - (C2) `weight` has as many elements as a group has columns.
    - (C3) `eps` is finite and not negative.

    Source: blocks RMS, RMS1 and QKN (`groups` is the number of heads).
    ```mlir
    func.func @f(%x: tensor<?x64xf32>, %w: !transformer.weight<16xf32>) -> tensor<?x64xf32> {
      %y = transformer.rms_norm %x, %w eps 1.0e-6 groups 4 offset 0.0
          : tensor<?x64xf32>, !transformer.weight<16xf32>
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$input, Transformer_WeightType:$weight, F32Attr:$eps,
                       I64Attr:$groups, F32Attr:$offset);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $input `,` $weight `eps` $eps `groups` $groups `offset` $offset attr-dict
    `:` type($input) `,` type($weight)
  }];
  let hasVerifier = 1;
}

def Transformer_LayerNormOp : Transformer_ComputeOp<"layer_norm",
    [AllTypesMatch<["input", "result"]>, DeclareOpInterfaceMethods<Transformer_RowwiseInterface,
       ["mayBeRepeated"]>]> {
  let summary = "gives each row mean zero and variance one, then scale and shift";
  let description = [{
    With mean `m` and biased variance `v` of a row,
    `result = (input - m) / sqrt(v + eps) * weight + bias`, in f32.

    - (C1) `weight`, and `bias` if given, have one element for each column.
    - (C2) `eps` is finite and not negative.

    Source: block LN.
    ```mlir
    func.func @f(%x: tensor<?x64xf32>, %w: !transformer.weight<64xf32>,
                 %b: !transformer.weight<64xf32>) -> tensor<?x64xf32> {
      %y = transformer.layer_norm %x, %w bias %b eps 1.0e-5
          : tensor<?x64xf32>, !transformer.weight<64xf32>, !transformer.weight<64xf32>
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$input, Transformer_WeightType:$weight,
                       Optional<Transformer_WeightType>:$bias, F32Attr:$eps);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $input `,` $weight (`bias` $bias^)? `eps` $eps attr-dict
    `:` type($input) `,` type($weight) (`,` type($bias)^)?
  }];
  let hasVerifier = 1;
}

def Transformer_L2NormOp : Transformer_ComputeOp<"l2_norm",
    [AllTypesMatch<["input", "result"]>, DeclareOpInterfaceMethods<Transformer_RowwiseInterface,
       ["getColumnGranule", "cloneForColumns", "mayBeRepeated"]>]> {
  let summary = "divides each group of columns by its length";
  let description = [{
    The columns are split into `groups` equal groups. In each,
    `result = scale * input / sqrt(sum(input^2) + eps)`, in f32.

    - (C1) `groups` divides the columns.
    - (C2) `eps` is finite and not negative.
    - (C3) `scale` is finite and not zero.

    Source: queries and keys of block GDN (`groups` is the number of heads);
    embeddings of sentences.
    ```mlir
    func.func @f(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
      %y = transformer.l2_norm %x eps 1.0e-6 groups 4 scale 0.25 : tensor<?x64xf32>
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$input, F32Attr:$eps, I64Attr:$groups, F32Attr:$scale);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = "$input `eps` $eps `groups` $groups `scale` $scale attr-dict `:` type($input)";
  let hasVerifier = 1;
}

#endif // TENON_DIALECTS_TRANSFORMER_OPS_NORMS_TD
