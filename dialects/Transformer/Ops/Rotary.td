//===- Rotary.td - Positions as rotations ------------------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_OPS_ROTARY_TD
#define TENON_DIALECTS_TRANSFORMER_OPS_ROTARY_TD

include "dialects/Transformer/Ops/OpBase.td"

def Transformer_RotaryTableOp : Transformer_ComputeOp<"rotary_table", [AllTypesMatch<["cos", "sin"]>]> {
  let summary = "cosines and sines of the angles of each row";
  let description = [{
    `angle[r, k] = position[r] * frequencies[k]`, rounded to f32;
    `cos[r, k] = factor * cos(angle[r, k])`, `sin` likewise. Every kind of
    frequency scaling is a list of frequencies and a factor. With more than one
    position axis, `axes[k]` names the axis of frequency `k`: sections of a
    multimodal model are runs of one axis, its interleaved form is `1 2 3 1 2 3`.

    Frequencies are constants: a scaling that depends on the length of the
    sequence (dynamic, longrope) is resolved by the importer, which takes the
    list for the longest context of the program.

    - (C1) There are as many frequencies as the results have columns.
    - (C2) Frequencies and factor are finite; the factor is not zero.
    - (C3) `axes`, if given, has one entry, from 0 to 15, for each frequency.

    Source: blocks ROPE, RSC and MROPE.
    ```mlir
    func.func @f(%rows: !transformer.rows) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
      %c, %s = transformer.rotary_table %rows frequencies [1.0, 0.01] factor 1.0
          : tensor<?x2xf32>
      return %c, %s : tensor<?x2xf32>, tensor<?x2xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_RowsType:$rows, DenseF32ArrayAttr:$frequencies, F32Attr:$factor,
                       OptionalAttr<DenseI64ArrayAttr>:$axes);
  let results = (outs Transformer_Float:$cos, Transformer_Float:$sin);
  let assemblyFormat = [{
    $rows `frequencies` custom<ExactFloats>($frequencies) `factor` $factor (`axes` $axes^)? attr-dict `:` type($cos)
  }];
  let hasVerifier = 1;
}

def Transformer_RopeOp : Transformer_ComputeOp<"rope",
    [AllTypesMatch<["input", "result"]>, AllTypesMatch<["cos", "sin"]>, DeclareOpInterfaceMethods<Transformer_RowwiseInterface,
       ["getColumnGranule", "narrowsWithColumns"]>]> {
  let summary = "rotates the first components of each head by its position";
  let description = [{
    The columns are heads of `head_dim` components. With `n` columns in `cos`,
    the first `2 n` components of each head rotate: in `halves`, component `k`
    with `k + n`; in `interleaved`, `2 k` with `2 k + 1`:
    `a' = a cos - b sin`, `b' = b cos + a sin`. The rest passes through.

    - (C1) Input and result have one type; `head_dim` divides the columns.
    - (C2) `cos` and `sin` have one type, with at most `head_dim / 2` columns.

    Source: block ROPE.
    ```mlir
    func.func @f(%x: tensor<?x8xf32>, %c: tensor<?x2xf32>, %s: tensor<?x2xf32>) -> tensor<?x8xf32> {
      %y = transformer.rope %x, %c, %s halves head_dim 4 : tensor<?x8xf32>, tensor<?x2xf32>
      return %y : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$input, Transformer_Float:$cos, Transformer_Float:$sin,
                       Transformer_RotaryStyle:$style, I64Attr:$head_dim);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $input `,` $cos `,` $sin $style `head_dim` $head_dim attr-dict `:` type($input) `,` type($cos)
  }];
  let hasVerifier = 1;
}

def Transformer_LognScaleOp : Transformer_ComputeOp<"logn_scale",
    [AllTypesMatch<["input", "result"]>, DeclareOpInterfaceMethods<Transformer_RowwiseInterface,
       ["getColumnGranule"]>]> {
  let summary = "scales rows by the logarithm of their position";
  let description = [{
    With `n = position[r] + 1`, `result[r, :] = input[r, :] * ln(n) / ln(length)`
    where `n > length`, and `input[r, :]` elsewhere, in f32.

    - (C1) `length` is greater than 1.

    Source: block RSC, queries of Qwen v1; `length` is the trained context.
    ```mlir
    func.func @f(%q: tensor<?x8xf32>, %rows: !transformer.rows) -> tensor<?x8xf32> {
      %y = transformer.logn_scale %q, %rows length 2048 : tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$input, Transformer_RowsType:$rows, I64Attr:$length);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = "$input `,` $rows `length` $length attr-dict `:` type($input)";
  let hasVerifier = 1;
}

#endif // TENON_DIALECTS_TRANSFORMER_OPS_ROTARY_TD
