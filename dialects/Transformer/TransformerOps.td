//===- TransformerOps.td - Ops of the transformer stage ----*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One file for each family, in the order of docs/spec/transformer.md.
// The examples are parsed by the tests.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_TRANSFORMEROPS_TD
#define TENON_DIALECTS_TRANSFORMER_TRANSFORMEROPS_TD

include "dialects/Transformer/Ops/Weights.td"
include "dialects/Transformer/Ops/RowsInOut.td"
include "dialects/Transformer/Ops/Products.td"
include "dialects/Transformer/Ops/Norms.td"
include "dialects/Transformer/Ops/Rotary.td"
include "dialects/Transformer/Ops/Attention.td"
include "dialects/Transformer/Ops/Latent.td"
include "dialects/Transformer/Ops/Recurrent.td"
include "dialects/Transformer/Ops/Mixture.td"
include "dialects/Transformer/Ops/Wiring.td"
include "dialects/Transformer/Ops/Grouping.td"

#endif // TENON_DIALECTS_TRANSFORMER_TRANSFORMEROPS_TD
