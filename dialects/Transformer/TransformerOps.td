//===- TransformerOps.td - The ops of the transformer stage -*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In the order of docs/spec/transformer.md: weights, rows in and out, products,
// norms, rotary positions, attention, activations, wiring, grouping.
// The examples are parsed by the tests.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_TRANSFORMEROPS_TD
#define TENON_DIALECTS_TRANSFORMER_TRANSFORMEROPS_TD

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

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

def Transformer_WeightOp : Transformer_Op<"weight", [Symbol]> {
  let summary = "declares a weight: a name, a type, sources and a recipe";
  let description = [{
    The bytes are what the recipe makes of the sources: its steps, applied in
    order to the tensors of the checkpoint. An empty recipe takes the one
    source as it is. The type is that of the model's mathematics: a recipe that
    packs changes the layout of the bytes, never the type.

    - (C1) There is at least one source; more than one needs `concat_rows` as
      the first step.
    - (C2) The sources have the type's element type and columns, and together
      its rows (before a `transpose`: its columns).

    ```mlir
    transformer.weight @q : !transformer.weight<256x128xbf16>
        from [#transformer.source<"model.safetensors"::"q.weight" : 256x128xbf16>]
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<Transformer_WeightType>:$type,
                       ArrayAttr:$sources, DefaultValuedAttr<ArrayAttr, "{}">:$recipe);
  let assemblyFormat = "$sym_name `:` $type `from` $sources (`recipe` $recipe^)? attr-dict";
  let hasVerifier = 1;
}

def Transformer_GetWeightOp : Transformer_Op<"get_weight",
    [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the weight of a name";
  let description = [{
    - (C1) The name is that of a `transformer.weight` of the same type.

    ```mlir
    transformer.weight @n : !transformer.weight<128xf32>
        from [#transformer.source<"model.safetensors"::"norm.weight" : 128xf32>]
    func.func @f() -> !transformer.weight<128xf32> {
      %n = transformer.get_weight @n : !transformer.weight<128xf32>
      return %n : !transformer.weight<128xf32>
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$name);
  let results = (outs Transformer_WeightType:$weight);
  let assemblyFormat = "$name attr-dict `:` type($weight)";
}

//===----------------------------------------------------------------------===//
// Rows in and out
//===----------------------------------------------------------------------===//

def Transformer_EmbeddingOp : Transformer_ComputeOp<"embedding"> {
  let summary = "looks up the embedding of each token";
  let description = [{
    `result[r, :] = scale * table[tokens[r], :]`, in f32.

    - (C1) The columns of the table are those of the result.
    - (C2) `scale` is finite and not zero.

    Source: block EMB; `scale` is the square root of the hidden size in Gemma.
    ```mlir
    func.func @f(%t: tensor<?xi32>, %w: !transformer.weight<512x64xbf16>) -> tensor<?x64xf32> {
      %x = transformer.embedding %t, %w scale 1.0
          : tensor<?xi32>, !transformer.weight<512x64xbf16> -> tensor<?x64xf32>
      return %x : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Ids:$tokens, Transformer_WeightType:$table, F32Attr:$scale);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $tokens `,` $table `scale` $scale attr-dict `:` type($tokens) `,` type($table) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Transformer_SelectRowsOp : Transformer_ComputeOp<"select_rows"> {
  let summary = "takes the rows whose numbers are given";
  let description = [{
    `result[i, :] = input[indices[i], :]`.

    - (C1) Input and result have the same columns.

    ```mlir
    func.func @f(%x: tensor<?x64xf32>, %i: tensor<?xi32>) -> tensor<?x64xf32> {
      %y = transformer.select_rows %x, %i : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$input, Transformer_Ids:$indices);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = "$input `,` $indices attr-dict `:` type($input) `,` type($indices) `->` type($result)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

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

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

def Transformer_RmsNormOp : Transformer_ComputeOp<"rms_norm",
    [AllTypesMatch<["input", "result"]>, DeclareOpInterfaceMethods<Transformer_RowwiseInterface,
       ["getColumnGranule", "cloneForColumns", "narrowsWithColumns"]>]> {
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

//===----------------------------------------------------------------------===//
// Rotary positions
//===----------------------------------------------------------------------===//

def Transformer_RotaryTableOp : Transformer_ComputeOp<"rotary_table", [AllTypesMatch<["cos", "sin"]>]> {
  let summary = "cosines and sines of the angles of each row";
  let description = [{
    `angle[r, k] = position[r] * frequencies[k]`, rounded to f32;
    `cos[r, k] = factor * cos(angle[r, k])`, `sin` likewise. Every kind of
    frequency scaling is a list of frequencies and a factor. With more than one
    position axis, `axes[k]` names the axis of frequency `k`.

    - (C1) There are as many frequencies as the results have columns.
    - (C2) Frequencies and factor are finite; the factor is not zero.
    - (C3) `axes`, if given, has one entry, not negative, for each frequency.

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
    $rows `frequencies` $frequencies `factor` $factor (`axes` $axes^)? attr-dict `:` type($cos)
  }];
  let hasVerifier = 1;
}

def Transformer_RopeOp : Transformer_ComputeOp<"rope",
    [AllTypesMatch<["input", "result"]>, AllTypesMatch<["cos", "sin"]>, DeclareOpInterfaceMethods<Transformer_RowwiseInterface,
       ["getColumnGranule", "cloneForColumns", "narrowsWithColumns"]>]> {
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

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

def Transformer_KvAppendOp : Transformer_ComputeOp<"kv_append",
    [AllTypesMatch<["state", "result"]>, AllTypesMatch<["keys", "values"]>]> {
  let summary = "adds keys and values of the rows to a state";
  let description = [{
    The key and value of row `r` become those of its position in its sequence,
    rounded once to the state's element type.

    - (C1) Keys and values have `heads * head_dim` columns of the state.
    - (C2) State and result have one type; the state is not used elsewhere.

    ```mlir
    func.func @f(%s: !transformer.kv<2x4xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>,
                 %rows: !transformer.rows) -> !transformer.kv<2x4xf32> {
      %t = transformer.kv_append %s, %k, %v, %rows : !transformer.kv<2x4xf32>, tensor<?x8xf32>
      return %t : !transformer.kv<2x4xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_KvType:$state, Transformer_Float:$keys, Transformer_Float:$values,
                       Transformer_RowsType:$rows);
  let results = (outs Transformer_KvType:$result);
  let assemblyFormat = [{
    $state `,` $keys `,` $values `,` $rows attr-dict `:` type($state) `,` type($keys)
  }];
  let hasVerifier = 1;
}

def Transformer_AttendOp : Transformer_ComputeOp<"attend", [AllTypesMatch<["query", "result"]>]> {
  let summary = "softmax attention of each row over the state of its sequence";
  let description = [{
    With `p` the position of row `r`, `j` a position of its sequence, `h` a
    query head and `g = h / (heads / stateHeads)`:
    `s[j] = scale * dot(query[r, h, :], key[j, g, :])`; with `softcap` c > 0,
    `s = c * tanh(s / c)`; with `slopes`, `s += slopes[h] * (j - p)`; visible
    are `j <= p`, and with `window` W > 0 only `p - j < W`. The result is the
    softmax of the visible scores times the values, in f32. With `sinks`, a
    score `sinks[h]` takes part in the softmax and has no value.

    - (C1) The query has `heads * head_dim` columns; `heads` is a multiple of
      the state's.
    - (C2) `scale` is finite; `softcap` and `window` are not negative.
    - (C3) `sinks` and `slopes`, if given, have one element per head.

    Source: blocks ATT, SWA, CAP, SINK, ALIBI.
    ```mlir
    func.func @f(%q: tensor<?x16xf32>, %s: !transformer.kv<2x4xf32>, %rows: !transformer.rows)
        -> tensor<?x16xf32> {
      %y = transformer.attend %q, %s, %rows heads 4 scale 0.5 window 0 softcap 0.0
          : tensor<?x16xf32>, !transformer.kv<2x4xf32>
      return %y : tensor<?x16xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$query, Transformer_KvType:$state, Transformer_RowsType:$rows,
                       Optional<Transformer_WeightType>:$sinks, I64Attr:$heads, F32Attr:$scale,
                       I64Attr:$window, F32Attr:$softcap, OptionalAttr<DenseF32ArrayAttr>:$slopes);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $query `,` $state `,` $rows (`sinks` $sinks^ `:` type($sinks))? `heads` $heads `scale` $scale `window` $window
    `softcap` $softcap (`slopes` $slopes^)? attr-dict `:` type($query) `,` type($state)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Activations and wiring
//===----------------------------------------------------------------------===//

class Transformer_ElementwiseOp<string opMnemonic, list<Trait> traits = []>
    : Transformer_ComputeOp<opMnemonic, !listconcat(traits, [SameOperandsAndResultType,
        DeclareOpInterfaceMethods<Transformer_RowwiseInterface,
          ["getColumnGranule", "cloneForColumns"]>])>;

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

def Transformer_SplitOp : Transformer_ComputeOp<"split"> {
  let summary = "cuts the columns into consecutive parts";
  let description = [{
    - (C1) The columns of the results, in order, add up to those of the input.

    ```mlir
    func.func @f(%x: tensor<?x8xf32>) -> (tensor<?x6xf32>, tensor<?x2xf32>) {
      %a, %b = transformer.split %x : tensor<?x8xf32> -> tensor<?x6xf32>, tensor<?x2xf32>
      return %a, %b : tensor<?x6xf32>, tensor<?x2xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$input);
  let results = (outs Variadic<Transformer_Float>:$parts);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($parts)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Grouping
//===----------------------------------------------------------------------===//

def Transformer_GroupOp : Transformer_Op<"group",
    [RecursiveMemoryEffects, SingleBlockImplicitTerminator<"YieldOp">, NoRegionArguments]> {
  let summary = "ops that become one phase";
  let description = [{
    A group is still mathematics: its results are what its region yields. It
    promises that its ops become one phase of the task stage: one anchor (a
    product or an attention) decides the tiles, ops before it enter the
    prologue, ops after it the epilogue.

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

#endif // TENON_DIALECTS_TRANSFORMER_TRANSFORMEROPS_TD
