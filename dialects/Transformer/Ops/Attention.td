//===- Attention.td - Softmax attention --------------------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_OPS_ATTENTION_TD
#define TENON_DIALECTS_TRANSFORMER_OPS_ATTENTION_TD

include "dialects/Transformer/Ops/OpBase.td"

def Transformer_KvAppendOp : Transformer_ComputeOp<"kv_append",
    [AllTypesMatch<["state", "result"]>, AllTypesMatch<["keys", "values"]>,
     DeclareOpInterfaceMethods<Transformer_StateWriteInterface>]> {
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

def Transformer_AttendOp : Transformer_ComputeOp<"attend",
    [AllTypesMatch<["query", "result"]>, AttrSizedOperandSegments,
     DeclareOpInterfaceMethods<Transformer_AttentionInterface>]> {
  let summary = "softmax attention of each row over the state of its sequence";
  let description = [{
    With `p` the position of row `r`, `j` a position of its sequence, `h` a
    query head and `g = h / (heads / stateHeads)`:
    `s[j] = scale * dot(query[r, h, :], key[j, g, :])`; with `softcap` c > 0,
    `s = c * tanh(s / c)`; with `slopes`, `s += slopes[h] * (j - p)`; with a
    `relative` table, `s += relative[bucket(j - p), h]`; visible are `j <= p`,
    and with `window` W > 0 only `p - j < W`. The result is the softmax of the
    visible scores times the values, in f32. With `sinks`, a score `sinks[h]`
    takes part in the softmax and has no value.

    The bucket of a distance `n = p - j`, with `b` rows in the table and
    `e = b / 2`: `n` where `n < e`, otherwise
    `min(e + floor(ln(n / e) / ln(max_distance / e) * (b - e)), b - 1)`.

    - (C1) The query has `heads * head_dim` columns; `heads` is a multiple of
      the state's.
    - (C2) `scale` is finite; `softcap` and `window` are not negative.
    - (C3) `sinks` and `slopes`, if given, have one element per head.
    - (C4) `relative`, if given, is `[buckets, heads]` with an even number of
      buckets, and `max_distance`, given with it only, is greater than half of
      them.

    Source: blocks ATT, SWA, CAP, SINK, ALIBI, RELB. Block OGATE is a
    `gated_activation sigmoid` of the result.
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
                       I64Attr:$window, F32Attr:$softcap, OptionalAttr<DenseF32ArrayAttr>:$slopes,
                       Optional<Transformer_WeightType>:$relative, OptionalAttr<I64Attr>:$max_distance);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $query `,` $state `,` $rows (`sinks` $sinks^ `:` type($sinks))? `heads` $heads `scale` $scale `window` $window
    `softcap` $softcap (`slopes` $slopes^)?
    (`relative` $relative^ `:` type($relative) `max_distance` $max_distance)?
    attr-dict `:` type($query) `,` type($state)
  }];
  let builders = [OpBuilder<(ins "::mlir::Type":$result, "::mlir::Value":$query,
      "::mlir::Value":$state, "::mlir::Value":$rows, "::mlir::Value":$sinks,
      "::mlir::IntegerAttr":$heads, "::mlir::FloatAttr":$scale, "::mlir::IntegerAttr":$window,
      "::mlir::FloatAttr":$softcap, "::mlir::DenseF32ArrayAttr":$slopes), [{
    build($_builder, $_state, result, query, state, rows, sinks, heads, scale, window, softcap,
          slopes, /*relative=*/nullptr, /*max_distance=*/nullptr);
  }]>];
  let hasVerifier = 1;
}

def Transformer_AttendRowsOp : Transformer_ComputeOp<"attend_rows",
    [AllTypesMatch<["query", "result"]>, AllTypesMatch<["keys", "values"]>]> {
  let summary = "softmax attention of each row over the rows of its sequence";
  let description = [{
    As `attend`, but keys and values are those of the rows themselves, and
    every row of the same sequence is visible, before and after; with `window`
    W > 0 only those with `|j - p| < W`; slopes count `-|j - p|`. No row sees another sequence, so a
    ragged batch needs no padding.

    The bucket of `j - p`, with `b` rows in the `relative` table, `d = |j - p|`
    and `e = b / 4`: `d` where `d < e`, otherwise
    `min(e + floor(ln(d / e) / ln(max_distance / e) * (b / 2 - e)), b / 2 - 1)`,
    and `b / 2` more where `j > p`.

    - (C1) The query has `heads` equal heads; keys and values have as many
      components in each of `kv_heads` heads, which divide `heads`.
    - (C2) `scale` is finite; `softcap` and `window` are not negative.
    - (C3) `slopes`, if given, have one element per head.
    - (C4) `relative`, if given, is `[buckets, heads]` with a number of buckets
      that 4 divides, and `max_distance`, given with it only, is greater than a
      quarter of them.

    Source: blocks ATT (bidirectional, padding), ALIBI, RELB.
    ```mlir
    func.func @f(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>,
                 %rows: !transformer.rows) -> tensor<?x16xf32> {
      %y = transformer.attend_rows %q, %k, %v, %rows heads 4 kv_heads 2 scale 0.5 window 0 softcap 0.0
          : tensor<?x16xf32>, tensor<?x8xf32>
      return %y : tensor<?x16xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$query, Transformer_Float:$keys, Transformer_Float:$values,
                       Transformer_RowsType:$rows, I64Attr:$heads, I64Attr:$kv_heads, F32Attr:$scale,
                       I64Attr:$window, F32Attr:$softcap, OptionalAttr<DenseF32ArrayAttr>:$slopes,
                       Optional<Transformer_WeightType>:$relative, OptionalAttr<I64Attr>:$max_distance);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $query `,` $keys `,` $values `,` $rows `heads` $heads `kv_heads` $kv_heads `scale` $scale
    `window` $window `softcap` $softcap (`slopes` $slopes^)?
    (`relative` $relative^ `:` type($relative) `max_distance` $max_distance)?
    attr-dict `:` type($query) `,` type($keys)
  }];
  let hasVerifier = 1;
}

def Transformer_CrossWriteOp : Transformer_ComputeOp<"cross_write",
    [AllTypesMatch<["state", "result"]>, AllTypesMatch<["keys", "values"]>,
     DeclareOpInterfaceMethods<Transformer_StateWriteInterface, ["buildFixedParts"]>]> {
  let summary = "makes keys and values of an encoder's rows a state";
  let description = [{
    The sequences of the rows lose what the state held for them and get the keys
    and values of their rows, rounded once to the state's element type. A
    sequence's length becomes its greatest position plus one. Other sequences
    stay as they are.

    - (C1) Keys and values have `heads * head_dim` columns of the state.
    - (C2) State and result have one type; the state is not used elsewhere.

    Source: block ATT (cross).
    ```mlir
    func.func @f(%s: !transformer.cross<2x4xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>,
                 %rows: !transformer.rows) -> !transformer.cross<2x4xf32> {
      %t = transformer.cross_write %s, %k, %v, %rows : !transformer.cross<2x4xf32>, tensor<?x8xf32>
      return %t : !transformer.cross<2x4xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_CrossType:$state, Transformer_Float:$keys, Transformer_Float:$values,
                       Transformer_RowsType:$rows);
  let results = (outs Transformer_CrossType:$result);
  let assemblyFormat = [{
    $state `,` $keys `,` $values `,` $rows attr-dict `:` type($state) `,` type($keys)
  }];
  let hasVerifier = 1;
}

def Transformer_CrossAttendOp : Transformer_ComputeOp<"cross_attend",
    [AllTypesMatch<["query", "result"]>,
     DeclareOpInterfaceMethods<Transformer_AttentionInterface>]> {
  let summary = "softmax attention of each row over its sequence's encoder input";
  let description = [{
    As `attend`, but every position that the state holds for the row's sequence
    is visible. A sequence without encoder input gets zeros.

    - (C1) The query has `heads * head_dim` columns; `heads` is a multiple of
      the state's.
    - (C2) `scale` is finite.

    Source: block ATT (cross).
    ```mlir
    func.func @f(%q: tensor<?x16xf32>, %s: !transformer.cross<2x4xf32>, %rows: !transformer.rows)
        -> tensor<?x16xf32> {
      %y = transformer.cross_attend %q, %s, %rows heads 4 scale 0.5
          : tensor<?x16xf32>, !transformer.cross<2x4xf32>
      return %y : tensor<?x16xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$query, Transformer_CrossType:$state,
                       Transformer_RowsType:$rows, I64Attr:$heads, F32Attr:$scale);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $query `,` $state `,` $rows `heads` $heads `scale` $scale attr-dict
    `:` type($query) `,` type($state)
  }];
  let hasVerifier = 1;
}

#endif // TENON_DIALECTS_TRANSFORMER_OPS_ATTENTION_TD
