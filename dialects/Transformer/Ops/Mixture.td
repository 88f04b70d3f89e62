//===- Mixture.td - Mixtures of experts --------------------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_OPS_MIXTURE_TD
#define TENON_DIALECTS_TRANSFORMER_OPS_MIXTURE_TD

include "dialects/Transformer/Ops/OpBase.td"

def Transformer_RouteOp : Transformer_ComputeOp<"route"> {
  let summary = "chooses experts for each row, and their weights";
  let description = [{
    `s = score(logits)`: `softmax` over the experts or `sigmoid` of each. Chosen
    are the `top_k` experts with the greatest `t = s + correction`, greatest
    first, the lower number first among equals; `weights` are their `s`, without
    the correction. With `renormalize` each weight is divided by their sum plus
    1e-20; last, all are multiplied by `scale`. All in f32.

    With `groups`, the experts are equal consecutive groups, and only those of
    `keep` groups can be chosen: the ones with the greatest `best` `t`, or with
    the greatest sum of the `best_two`.

    - (C1) Indices and weights have `top_k` columns, between 1 and the number of
      experts that can be chosen.
    - (C2) `correction`, if given, has one element for each expert.
    - (C3) `groups` divides the experts; `keep` is between 1 and `groups`;
      `best_two` needs two experts in a group.
    - (C4) `scale` is finite and not zero.

    Source: block MOE. A softmax over the chosen logits only is `softmax` with
    `renormalize`.
    ```mlir
    func.func @f(%x: tensor<?x8xf32>) -> (tensor<?x2xi32>, tensor<?x2xf32>) {
      %i, %w = transformer.route sigmoid %x groups 4 keep 2 by best_two renormalize scale 2.5
          : tensor<?x8xf32> -> tensor<?x2xi32>, tensor<?x2xf32>
      return %i, %w : tensor<?x2xi32>, tensor<?x2xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_RouterScore:$score, Transformer_Float:$logits,
                       Optional<Transformer_WeightType>:$correction, OptionalAttr<I64Attr>:$groups,
                       OptionalAttr<I64Attr>:$keep, OptionalAttr<Transformer_GroupScore>:$group_score,
                       UnitAttr:$renormalize, F32Attr:$scale);
  let results = (outs TensorRankOf<[I32], [2]>:$indices, Transformer_Float:$weights);
  let assemblyFormat = [{
    $score $logits (`correction` $correction^ `:` type($correction))?
    (`groups` $groups^ `keep` $keep `by` $group_score)? (`renormalize` $renormalize^)? `scale` $scale
    attr-dict `:` type($logits) `->` type($indices) `,` type($weights)
  }];
  let hasVerifier = 1;
}

def Transformer_ExpertsOp : Transformer_ComputeOp<"experts",
    [AllTypesMatch<["input", "result"]>, AllTypesMatch<["gate", "up"]>, AttrSizedOperandSegments]> {
  let summary = "applies the chosen gated experts to each row and adds them up";
  let description = [{
    With `e = indices[r, j]`: `g = gate[e] input[r] + gate_bias[e]`,
    `u = up[e] input[r] + up_bias[e]`, `a` their `gated_activation` with this
    op's function, limit and alpha, and `result[r] = sum over j of weights[r, j] *
    (down[e] a + down_bias[e])`, in f32. No row is dropped. An index outside the
    experts is not valid.

    - (C1) `gate` and `up` are `[experts, inner, columns]`, `down` is
      `[experts, columns, inner]`.
    - (C2) Biases, given all or none, are `[experts, inner]` twice and
      `[experts, columns]`.
    - (C3) Indices and weights have the same columns.
    - (C4) `limit` is not negative.

    Source: block MOE. A shared expert is a gated MLP of its own, added by
    `residual_add`; its gate, if any, is `activation sigmoid` and `scale_rows`.
    ```mlir
    func.func @f(%x: tensor<?x8xf32>, %i: tensor<?x2xi32>, %w: tensor<?x2xf32>,
                 %g: !transformer.weight<4x6x8xf32>, %u: !transformer.weight<4x6x8xf32>,
                 %d: !transformer.weight<4x8x6xf32>) -> tensor<?x8xf32> {
      %y = transformer.experts silu %x, %i, %w, %g, %u, %d limit 0.0 alpha 1.0
          : tensor<?x8xf32>, tensor<?x2xi32>, tensor<?x2xf32>,
            !transformer.weight<4x6x8xf32>, !transformer.weight<4x8x6xf32>
      return %y : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Activation:$function, Transformer_Float:$input,
                       TensorRankOf<[I32], [2]>:$indices, Transformer_Float:$weights,
                       Transformer_WeightType:$gate, Transformer_WeightType:$up, Transformer_WeightType:$down,
                       Optional<Transformer_WeightType>:$gate_bias, Optional<Transformer_WeightType>:$up_bias,
                       Optional<Transformer_WeightType>:$down_bias, F32Attr:$limit, F32Attr:$alpha);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $function $input `,` $indices `,` $weights `,` $gate `,` $up `,` $down
    (`biases` $gate_bias^ `,` $up_bias `,` $down_bias `:`
     type($gate_bias) `,` type($up_bias) `,` type($down_bias))?
    `limit` $limit `alpha` $alpha attr-dict
    `:` type($input) `,` type($indices) `,` type($weights) `,` type($gate) `,` type($down)
  }];
  let hasVerifier = 1;
}

#endif // TENON_DIALECTS_TRANSFORMER_OPS_MIXTURE_TD
