//===- Recurrent.td - Ops with a state of fixed size -------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_OPS_RECURRENT_TD
#define TENON_DIALECTS_TRANSFORMER_OPS_RECURRENT_TD

include "dialects/Transformer/Ops/OpBase.td"

// In all of these a sequence begins at position 0: what the state holds for it
// is forgotten then, so that a fresh sequence needs no preparation.

def Transformer_CausalConvOp : Transformer_ComputeOp<"causal_conv",
    [AllTypesMatch<["state", "state_result"]>, AllTypesMatch<["input", "result"]>]> {
  let summary = "convolves each channel with the last inputs of its sequence";
  let description = [{
    With `x[j, c]` the input of position `j` of the sequence, and zero before its
    first position: `result[r, c] = sum over m of weight[c, 0, m] *
    x[p - kernel + 1 + m, c]`, in f32. The state keeps the last `kernel - 1`
    inputs, rounded once to its element type, and inputs of earlier positions
    are read as it keeps them, also those of this call.

    - (C1) `weight` is `[channels, 1, kernel]`, as checkpoints store it; the
      input has `channels` columns.
    - (C2) The state holds `kernel - 1` inputs of `channels` channels.
    - (C3) State and its result have one type; the state is not used elsewhere.

    Source: block GDN (causal conv).
    ```mlir
    func.func @f(%s: !transformer.conv_tail<8x3xf32>, %x: tensor<?x8xf32>,
                 %w: !transformer.weight<8x1x4xf32>, %rows: !transformer.rows)
        -> (!transformer.conv_tail<8x3xf32>, tensor<?x8xf32>) {
      %t, %y = transformer.causal_conv %s, %x, %w, %rows
          : !transformer.conv_tail<8x3xf32>, tensor<?x8xf32>, !transformer.weight<8x1x4xf32>
      return %t, %y : !transformer.conv_tail<8x3xf32>, tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_ConvTailType:$state, Transformer_Float:$input,
                       Transformer_WeightType:$weight, Transformer_RowsType:$rows);
  let results = (outs Transformer_ConvTailType:$state_result, Transformer_Float:$result);
  let assemblyFormat = [{
    $state `,` $input `,` $weight `,` $rows attr-dict `:` type($state) `,` type($input) `,` type($weight)
  }];
  let hasVerifier = 1;
}

def Transformer_LogDecayOp : Transformer_ComputeOp<"log_decay", [AllTypesMatch<["input", "result"]>]> {
  let summary = "the logarithm of how much each head keeps of its state";
  let description = [{
    `result[r, h] = -exp(rate[h]) * ln(1 + exp(input[r, h] + bias[h]))`, in f32;
    never positive.

    - (C1) `rate` and `bias` have one element for each column.

    Source: block GDN (`rate` is `A_log`, `bias` is `dt_bias`).
    ```mlir
    func.func @f(%a: tensor<?x4xf32>, %r: !transformer.weight<4xf32>, %b: !transformer.weight<4xf32>)
        -> tensor<?x4xf32> {
      %g = transformer.log_decay %a, %r, %b
          : tensor<?x4xf32>, !transformer.weight<4xf32>, !transformer.weight<4xf32>
      return %g : tensor<?x4xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$input, Transformer_WeightType:$rate, Transformer_WeightType:$bias);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $input `,` $rate `,` $bias attr-dict `:` type($input) `,` type($rate) `,` type($bias)
  }];
  let hasVerifier = 1;
}

def Transformer_GatedDeltaOp : Transformer_ComputeOp<"gated_delta",
    [AllTypesMatch<["state", "state_result"]>, AllTypesMatch<["query", "key"]>,
     AllTypesMatch<["value", "result"]>, AllTypesMatch<["log_decay", "beta"]>]> {
  let summary = "decays, corrects and reads a matrix for each head, row by row";
  let description = [{
    For each row in order and each head `h` of the state, with `q`, `k` those of
    head `h / (heads / keyHeads)`, `v` and `S` those of `h`: `S = exp(log_decay) S`;
    `u = beta (v - S^T k)`; `S = S + k u^T`; `result = S^T q`, in f32. At
    position 0 of a sequence `S` is zero before.

    - (C1) Query and key have `keyHeads` heads of the state's key size, where
      `keyHeads` divides the state's heads; value and result have one head of
      its value size for each of its heads.
    - (C2) `log_decay` and `beta` have one column for each head of the state.
    - (C3) State and its result have one type with element type f32; the state
      is not used elsewhere.

    Source: block GDN. Queries and keys come from `l2_norm`, `beta` from
    `activation sigmoid`; block GRMS is an `rms_norm` of the result, then
    `gated_activation silu`.
    ```mlir
    func.func @f(%s: !transformer.recurrent<4x3x2xf32>, %q: tensor<?x6xf32>, %k: tensor<?x6xf32>,
                 %v: tensor<?x8xf32>, %g: tensor<?x4xf32>, %b: tensor<?x4xf32>,
                 %rows: !transformer.rows) -> (!transformer.recurrent<4x3x2xf32>, tensor<?x8xf32>) {
      %t, %y = transformer.gated_delta %s, %q, %k, %v, %g, %b, %rows
          : !transformer.recurrent<4x3x2xf32>, tensor<?x6xf32>, tensor<?x8xf32>, tensor<?x4xf32>
      return %t, %y : !transformer.recurrent<4x3x2xf32>, tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_RecurrentType:$state, Transformer_Float:$query, Transformer_Float:$key,
                       Transformer_Float:$value, Transformer_Float:$log_decay, Transformer_Float:$beta,
                       Transformer_RowsType:$rows);
  let results = (outs Transformer_RecurrentType:$state_result, Transformer_Float:$result);
  let assemblyFormat = [{
    $state `,` $query `,` $key `,` $value `,` $log_decay `,` $beta `,` $rows attr-dict
    `:` type($state) `,` type($query) `,` type($value) `,` type($log_decay)
  }];
  let hasVerifier = 1;
}

def Transformer_LightningAttendOp : Transformer_ComputeOp<"lightning_attend",
    [AllTypesMatch<["state", "state_result"]>, AllTypesMatch<["query", "key"]>,
     AllTypesMatch<["value", "result"]>]> {
  let summary = "linear attention with a constant decay for each head, row by row";
  let description = [{
    For each row in order and each head `h`: `S = exp(-slopes[h]) S + k v^T`;
    `result = S^T q`, in f32. At position 0 of a sequence `S` is zero before.

    - (C1) Query and key have one head of the state's key size, value and result
      one of its value size, for each of its heads.
    - (C2) There is one slope, finite, for each head.
    - (C3) State and its result have one type with element type f32; the state
      is not used elsewhere.

    Source: block LLA; the gate after it is an `rms_norm`, then
    `gated_activation sigmoid`.
    ```mlir
    func.func @f(%s: !transformer.recurrent<2x3x3xf32>, %q: tensor<?x6xf32>, %k: tensor<?x6xf32>,
                 %v: tensor<?x6xf32>, %rows: !transformer.rows)
        -> (!transformer.recurrent<2x3x3xf32>, tensor<?x6xf32>) {
      %t, %y = transformer.lightning_attend %s, %q, %k, %v, %rows slopes [0.5, 0.25]
          : !transformer.recurrent<2x3x3xf32>, tensor<?x6xf32>, tensor<?x6xf32>
      return %t, %y : !transformer.recurrent<2x3x3xf32>, tensor<?x6xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_RecurrentType:$state, Transformer_Float:$query, Transformer_Float:$key,
                       Transformer_Float:$value, Transformer_RowsType:$rows, DenseF32ArrayAttr:$slopes);
  let results = (outs Transformer_RecurrentType:$state_result, Transformer_Float:$result);
  let assemblyFormat = [{
    $state `,` $query `,` $key `,` $value `,` $rows `slopes` $slopes attr-dict
    `:` type($state) `,` type($query) `,` type($value)
  }];
  let hasVerifier = 1;
}

#endif // TENON_DIALECTS_TRANSFORMER_OPS_RECURRENT_TD
