//===- Products.td - Products with weights -----------------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_OPS_PRODUCTS_TD
#define TENON_DIALECTS_TRANSFORMER_OPS_PRODUCTS_TD

include "dialects/Transformer/Ops/OpBase.td"

def Transformer_LinearOp : Transformer_ComputeOp<"linear"> {
  let summary = "multiplies each row by a weight matrix and adds a bias";
  let description = [{
    `result[r, n] = sum over k of input[r, k] * weight[n, k] + bias[n]`, summed
    in f32.

    - (C1) `weight` is `[outputs, inputs]`; the input has `inputs` columns, the
      result `outputs`.
    - (C2) `bias`, if given, is `[outputs]`.

    Source: block LIN.
    ```mlir
    func.func @f(%x: tensor<?x64xf32>, %w: !transformer.weight<32x64xbf16>) -> tensor<?x32xf32> {
      %y = transformer.linear %x, %w
          : tensor<?x64xf32>, !transformer.weight<32x64xbf16> -> tensor<?x32xf32>
      return %y : tensor<?x32xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$input, Transformer_WeightType:$weight,
                       Optional<Transformer_WeightType>:$bias);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $input `,` $weight (`bias` $bias^)? attr-dict `:` type($input) `,` type($weight)
    (`,` type($bias)^)? `->` type($result)
  }];
  let hasVerifier = 1;
}

def Transformer_NormalizedLinearOp : Transformer_ComputeOp<"normalized_linear"> {
  let summary = "multiplies each row by a weight matrix whose rows have length one";
  let description = [{
    `result[r, n] = sum over k of input[r, k] * weight[n, k] / l[n]`, summed in
    f32, with `l[n] = max(sqrt(sum over k of weight[n, k]^2), eps)`.

    - (C1) `weight` is `[outputs, inputs]`; the input has `inputs` columns, the
      result `outputs`.
    - (C2) `eps` is finite and not negative.

    Source: block HEAD (NormHead of Baichuan 2).
    ```mlir
    func.func @f(%x: tensor<?x64xf32>, %w: !transformer.weight<32x64xbf16>) -> tensor<?x32xf32> {
      %y = transformer.normalized_linear %x, %w eps 1.0e-12
          : tensor<?x64xf32>, !transformer.weight<32x64xbf16> -> tensor<?x32xf32>
      return %y : tensor<?x32xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$input, Transformer_WeightType:$weight, F32Attr:$eps);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $input `,` $weight `eps` $eps attr-dict `:` type($input) `,` type($weight) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Transformer_ConvolutionOp : Transformer_ComputeOp<"convolution"> {
  let summary = "convolves the rows of each sequence along its positions";
  let description = [{
    With `x[s, j, :]` the input row of position `j` of sequence `s`, zero where
    there is none, and row `r` of the result at position `p` of sequence `s`:
    `result[r, o] = bias[o] + sum over c, m of weight[o, c, m] *
    x[s, stride * p - padding + m, c]`, in f32. `rows` are those of the input,
    `result_rows` those of the result: with a stride they are fewer.

    - (C1) `weight` is `[outputs, inputs, kernel]`; the input has `inputs`
      columns, the result `outputs`.
    - (C2) `bias`, if given, is `[outputs]`.
    - (C3) `stride` is positive; `padding` is not negative and less than the
      kernel.

    Source: block CONV (audio). The patches of a picture, each unfolded into a
    row, are multiplied by `linear` with the kernel as a matrix.
    ```mlir
    func.func @f(%x: tensor<?x4xf32>, %in: !transformer.rows, %out: !transformer.rows,
                 %w: !transformer.weight<6x4x3xf32>) -> tensor<?x6xf32> {
      %y = transformer.convolution %x, %in, %out, %w stride 2 padding 1
          : tensor<?x4xf32>, !transformer.weight<6x4x3xf32> -> tensor<?x6xf32>
      return %y : tensor<?x6xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$input, Transformer_RowsType:$rows,
                       Transformer_RowsType:$result_rows, Transformer_WeightType:$weight,
                       Optional<Transformer_WeightType>:$bias, I64Attr:$stride, I64Attr:$padding);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $input `,` $rows `,` $result_rows `,` $weight (`bias` $bias^ `:` type($bias))?
    `stride` $stride `padding` $padding attr-dict
    `:` type($input) `,` type($weight) `->` type($result)
  }];
  let hasVerifier = 1;
}

#endif // TENON_DIALECTS_TRANSFORMER_OPS_PRODUCTS_TD
