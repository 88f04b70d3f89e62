//===- Wiring.td - Activations and wiring ------------------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_OPS_WIRING_TD
#define TENON_DIALECTS_TRANSFORMER_OPS_WIRING_TD

include "dialects/Transformer/Ops/OpBase.td"

class Transformer_ElementwiseOp<string opMnemonic, list<Trait> traits = []>
    : Transformer_ComputeOp<opMnemonic, !listconcat(traits, [SameOperandsAndResultType,
        DeclareOpInterfaceMethods<Transformer_RowwiseInterface, ["getColumnGranule"]>])>;

def Transformer_ActivationOp : Transformer_ElementwiseOp<"activation"> {
  let summary = "applies an activation function to each element";
  let description = [{
    `result = function(input)`, in f32. `gelu` is exact (erf), `gelu_tanh` the
    tanh formula, `quick_gelu` is `x * sigmoid(1.702 x)`, `relu2` is
    `max(x, 0)^2`.

    ```mlir
    func.func @f(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %y = transformer.activation gelu %x : tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Activation:$function, Transformer_Float:$input);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = "$function $input attr-dict `:` type($result)";
}

def Transformer_GatedActivationOp : Transformer_ElementwiseOp<"gated_activation"> {
  let summary = "the gated half of a gated MLP";
  let description = [{
    `result = function(gate) * up`, in f32. With `limit` L > 0 and `alpha` a,
    the clamped form: `g = min(gate, L)`, `u = clamp(up, -L, L)`,
    `result = (u + 1) * g * sigmoid(a * g)`.

    - (C1) `limit` is not negative.

    Source: blocks GLU and Clamped GLU.
    ```mlir
    func.func @f(%g: tensor<?x8xf32>, %u: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %y = transformer.gated_activation silu %g, %u limit 0.0 alpha 1.0 : tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Activation:$function, Transformer_Float:$gate,
                       Transformer_Float:$up, F32Attr:$limit, F32Attr:$alpha);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $function $gate `,` $up `limit` $limit `alpha` $alpha attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

def Transformer_ResidualAddOp : Transformer_ElementwiseOp<"residual_add"> {
  let summary = "adds a scaled branch to the residual stream";
  let description = [{
    `result = residual + scale * branch`, in f32.

    - (C1) `residual`, `branch` and `result` have one type.
    - (C2) `scale` is finite and not zero.

    Source: block WIRE; `residual_multiplier` in the Granite configuration,
    1.0 elsewhere.
    ```mlir
    func.func @f(%x: tensor<?x64xf32>, %b: tensor<?x64xf32>) -> tensor<?x64xf32> {
      %y = transformer.residual_add %x, %b scale 0.22 : tensor<?x64xf32>
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$residual, Transformer_Float:$branch, F32Attr:$scale);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = "$residual `,` $branch `scale` $scale attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Transformer_ScaleOp : Transformer_ElementwiseOp<"scale"> {
  let summary = "multiplies each element by a constant";
  let description = [{
    `result = factor * input`, in f32.

    - (C1) `factor` is finite.

    Source: block MUP (embeddings, logits); block WIRE, norm-residual.
    ```mlir
    func.func @f(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %y = transformer.scale %x by 0.25 : tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$input, F32Attr:$factor);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = "$input `by` $factor attr-dict `:` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Transformer_SoftcapOp : Transformer_ElementwiseOp<"softcap"> {
  let summary = "bounds each element smoothly";
  let description = [{
    `result = cap * tanh(input / cap)`, in f32.

    - (C1) `cap` is finite and positive.

    Source: block CAP (logits); scores have it in `attend`.
    ```mlir
    func.func @f(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %y = transformer.softcap %x cap 30.0 : tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$input, F32Attr:$cap);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = "$input `cap` $cap attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Transformer_ScaleRowsOp : Transformer_ComputeOp<"scale_rows",
    [AllTypesMatch<["input", "result"]>, DeclareOpInterfaceMethods<Transformer_RowwiseInterface,
       ["getColumnGranule", "narrowsWithColumns"]>]> {
  let summary = "multiplies each row by a number of its own";
  let description = [{
    `result[r, :] = factors[r, 0] * input[r, :]`, in f32.

    - (C1) `factors` has one column.

    Source: block MOE, the gate of a shared expert.
    ```mlir
    func.func @f(%x: tensor<?x8xf32>, %s: tensor<?x1xf32>) -> tensor<?x8xf32> {
      %y = transformer.scale_rows %x, %s : tensor<?x8xf32>, tensor<?x1xf32>
      return %y : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$input, Transformer_Float:$factors);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = "$input `,` $factors attr-dict `:` type($input) `,` type($factors)";
  let hasVerifier = 1;
}

def Transformer_BiasAddOp : Transformer_ComputeOp<"bias_add",
    [AllTypesMatch<["input", "result"]>, DeclareOpInterfaceMethods<Transformer_RowwiseInterface>]> {
  let summary = "adds the same row to every row";
  let description = [{
    `result[r, c] = input[r, c] + bias[c]`, in f32.

    - (C1) `bias` has one element for each column.

    Source: block HEAD (`final_logits_bias` of BART).
    ```mlir
    func.func @f(%x: tensor<?x8xf32>, %b: !transformer.weight<8xf32>) -> tensor<?x8xf32> {
      %y = transformer.bias_add %x, %b : tensor<?x8xf32>, !transformer.weight<8xf32>
      return %y : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$input, Transformer_WeightType:$bias);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = "$input `,` $bias attr-dict `:` type($input) `,` type($bias)";
  let hasVerifier = 1;
}

def Transformer_SplitOp : Transformer_ComputeOp<"split"> {
  let summary = "cuts the columns, or those of each group, into consecutive parts";
  let description = [{
    The columns are `groups` equal groups. Part `i` holds, group after group,
    the columns that follow those of part `i - 1`. With one group, the default,
    the parts are consecutive columns; with a group for each head, they are the
    pieces of all heads.

    - (C1) The columns of the results, in order, add up to those of the input.
    - (C2) `groups` is positive and divides the columns of every result.

    Source: fused projections: `q | k | v` with one group, query and gate of
    each head with a group for each.
    ```mlir
    func.func @f(%x: tensor<?x8xf32>) -> (tensor<?x6xf32>, tensor<?x2xf32>) {
      %a, %b = transformer.split %x : tensor<?x8xf32> -> tensor<?x6xf32>, tensor<?x2xf32>
      return %a, %b : tensor<?x6xf32>, tensor<?x2xf32>
    }
    func.func @g(%x: tensor<?x8xf32>) -> (tensor<?x6xf32>, tensor<?x2xf32>) {
      %a, %b = transformer.split %x groups 2 : tensor<?x8xf32> -> tensor<?x6xf32>, tensor<?x2xf32>
      return %a, %b : tensor<?x6xf32>, tensor<?x2xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$input, DefaultValuedAttr<I64Attr, "1">:$groups);
  let results = (outs Variadic<Transformer_Float>:$parts);
  let assemblyFormat = "$input (`groups` $groups^)? attr-dict `:` type($input) `->` type($parts)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Transformer_ConcatOp : Transformer_ComputeOp<"concat"> {
  let summary = "joins columns, or those of each group, one part after another";
  let description = [{
    The opposite of `split`: each part has `groups` equal groups of columns, and
    a group of the result is the groups of the parts in order.

    - (C1) The columns of the parts, in order, add up to those of the result.
    - (C2) `groups` is positive and divides the columns of every part.

    ```mlir
    func.func @f(%a: tensor<?x6xf32>, %b: tensor<?x2xf32>) -> tensor<?x8xf32> {
      %y = transformer.concat %a, %b groups 2 : tensor<?x6xf32>, tensor<?x2xf32> -> tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<Transformer_Float>:$parts, DefaultValuedAttr<I64Attr, "1">:$groups);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = "$parts (`groups` $groups^)? attr-dict `:` type($parts) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // TENON_DIALECTS_TRANSFORMER_OPS_WIRING_TD
