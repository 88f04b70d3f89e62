//===- Latent.td - Attention over latents ------------------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_OPS_LATENT_TD
#define TENON_DIALECTS_TRANSFORMER_OPS_LATENT_TD

include "dialects/Transformer/Ops/OpBase.td"

def Transformer_LatentAppendOp : Transformer_ComputeOp<"latent_append",
    [AllTypesMatch<["state", "result"]>,
     DeclareOpInterfaceMethods<Transformer_StateWriteInterface>]> {
  let summary = "adds latents and shared rotated keys of the rows to a state";
  let description = [{
    The latent and the key of row `r` become those of its position in its
    sequence, rounded once to the state's element type. Both are as the
    attention reads them: the latent normed, the key rotated.

    - (C1) `latents` has `rank` columns of the state, `keys` its `rope`.
    - (C2) State and result have one type; the state is not used elsewhere.

    Source: block MLA.
    ```mlir
    func.func @f(%s: !transformer.latent<6x2xf32>, %c: tensor<?x6xf32>, %k: tensor<?x2xf32>,
                 %rows: !transformer.rows) -> !transformer.latent<6x2xf32> {
      %t = transformer.latent_append %s, %c, %k, %rows
          : !transformer.latent<6x2xf32>, tensor<?x6xf32>, tensor<?x2xf32>
      return %t : !transformer.latent<6x2xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_LatentType:$state, Transformer_Float:$latents, Transformer_Float:$keys,
                       Transformer_RowsType:$rows);
  let results = (outs Transformer_LatentType:$result);
  let assemblyFormat = [{
    $state `,` $latents `,` $keys `,` $rows attr-dict `:` type($state) `,` type($latents) `,` type($keys)
  }];
  let hasVerifier = 1;
}

def Transformer_LatentAttendOp : Transformer_ComputeOp<"latent_attend",
    [DeclareOpInterfaceMethods<Transformer_AttentionInterface>]> {
  let summary = "attention over latents, each expanded into keys and values";
  let description = [{
    With `c[j]` the latent and `k[j]` the shared key of position `j`, and the
    rows of `weight` for head `h` split into `wk[h]` (`nope` rows) and `wv[h]`
    (`value` rows): `key[j, h] = wk[h] c[j]`, `value[j, h] = wv[h] c[j]`,
    `s[j] = scale * (dot(query[r, h], key[j, h]) + dot(query_rope[r, h], k[j]))`.
    Visible are `j <= p`. The result is the softmax of the visible scores times
    the values, in f32: `[rows, heads * value]`.

    - (C1) `query` has `heads` equal heads of `nope` components, the result
      `heads` equal heads of `value` components.
    - (C2) `query_rope` has `heads` heads of the state's `rope` components.
    - (C3) `weight` is `[heads * (nope + value), rank]`, as checkpoints store it.
    - (C4) `scale` is finite.

    Source: block MLA, expanded. Best for many rows.
    ```mlir
    func.func @f(%q: tensor<?x12xf32>, %p: tensor<?x6xf32>, %s: !transformer.latent<5x2xf32>,
                 %rows: !transformer.rows, %w: !transformer.weight<21x5xf32>) -> tensor<?x9xf32> {
      %y = transformer.latent_attend %q, %p, %s, %rows, %w heads 3 scale 0.5
          : tensor<?x12xf32>, tensor<?x6xf32>, !transformer.latent<5x2xf32>,
            !transformer.weight<21x5xf32> -> tensor<?x9xf32>
      return %y : tensor<?x9xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$query, Transformer_Float:$query_rope, Transformer_LatentType:$state,
                       Transformer_RowsType:$rows, Transformer_WeightType:$weight, I64Attr:$heads,
                       F32Attr:$scale);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $query `,` $query_rope `,` $state `,` $rows `,` $weight `heads` $heads `scale` $scale attr-dict
    `:` type($query) `,` type($query_rope) `,` type($state) `,` type($weight) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Transformer_LatentAttendAbsorbedOp : Transformer_ComputeOp<"latent_attend_absorbed",
    [DeclareOpInterfaceMethods<Transformer_AttentionInterface>]> {
  let summary = "attention over latents as they are, the weights moved to the query";
  let description = [{
    The same numbers as `latent_attend`, in another order: with `q' = query[r, h]
    key_weight[h]`, `s[j] = scale * (dot(q', c[j]) + dot(query_rope[r, h], k[j]))`;
    with `o` the softmax of the visible scores times the latents,
    `result[r, h] = value_weight[h] o`. No key and no value is ever formed.

    - (C1) `query` has `heads` equal heads of `nope` components, the result
      `heads` equal heads of `value` components.
    - (C2) `query_rope` has `heads` heads of the state's `rope` components.
    - (C3) `key_weight` is `[heads, nope, rank]`, `value_weight` `[heads, value,
      rank]`.
    - (C4) `scale` is finite.

    Source: block MLA, absorbed. Best for few rows.
    ```mlir
    func.func @f(%q: tensor<?x12xf32>, %p: tensor<?x6xf32>, %s: !transformer.latent<5x2xf32>,
                 %rows: !transformer.rows, %k: !transformer.weight<3x4x5xf32>,
                 %v: !transformer.weight<3x3x5xf32>) -> tensor<?x9xf32> {
      %y = transformer.latent_attend_absorbed %q, %p, %s, %rows, %k, %v heads 3 scale 0.5
          : tensor<?x12xf32>, tensor<?x6xf32>, !transformer.latent<5x2xf32>,
            !transformer.weight<3x4x5xf32>, !transformer.weight<3x3x5xf32> -> tensor<?x9xf32>
      return %y : tensor<?x9xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$query, Transformer_Float:$query_rope, Transformer_LatentType:$state,
                       Transformer_RowsType:$rows, Transformer_WeightType:$key_weight,
                       Transformer_WeightType:$value_weight, I64Attr:$heads, F32Attr:$scale);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $query `,` $query_rope `,` $state `,` $rows `,` $key_weight `,` $value_weight
    `heads` $heads `scale` $scale attr-dict `:` type($query) `,` type($query_rope) `,` type($state) `,`
    type($key_weight) `,` type($value_weight) `->` type($result)
  }];
  let hasVerifier = 1;
}

#endif // TENON_DIALECTS_TRANSFORMER_OPS_LATENT_TD
