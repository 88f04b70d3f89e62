//===- RowsInOut.td - Embeddings and choice of rows --------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_OPS_ROWSINOUT_TD
#define TENON_DIALECTS_TRANSFORMER_OPS_ROWSINOUT_TD

include "dialects/Transformer/Ops/OpBase.td"

def Transformer_EmbeddingOp : Transformer_ComputeOp<"embedding"> {
  let summary = "looks up the embedding of each token, or takes the one given";
  let description = [{
    `result[r, :] = scale * table[tokens[r], :]`, in f32. With `given`, a row
    whose token is negative is `given[r, :]` as it is, without the scale: a
    picture's rows among those of a text. What `given` holds in other rows is
    not looked at.

    - (C1) The columns of the table are those of the result.
    - (C2) `scale` is finite and not zero.
    - (C3) The columns of `given` are those of the result.

    Source: block EMB; `scale` is the square root of the hidden size in Gemma.
    ```mlir
    func.func @f(%t: tensor<?xi32>, %w: !transformer.weight<512x64xbf16>) -> tensor<?x64xf32> {
      %x = transformer.embedding %t, %w scale 1.0
          : tensor<?xi32>, !transformer.weight<512x64xbf16> -> tensor<?x64xf32>
      return %x : tensor<?x64xf32>
    }
    func.func @mixed(%t: tensor<?xi32>, %p: tensor<?x64xf32>, %w: !transformer.weight<512x64xbf16>)
        -> tensor<?x64xf32> {
      %x = transformer.embedding %t, %w given %p scale 1.0
          : tensor<?xi32>, !transformer.weight<512x64xbf16>, tensor<?x64xf32> -> tensor<?x64xf32>
      return %x : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Ids:$tokens, Transformer_WeightType:$table,
                       Optional<Transformer_Float>:$given, F32Attr:$scale);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $tokens `,` $table (`given` $given^)? `scale` $scale attr-dict
    `:` type($tokens) `,` type($table) (`,` type($given)^)? `->` type($result)
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

def Transformer_PositionEmbeddingOp : Transformer_ComputeOp<"position_embedding"> {
  let summary = "looks up the embedding of the position of each row";
  let description = [{
    `result[r, :] = table[position[r] + offset, :]`, in f32. A position must
    lie in the table. The rows enter the model by `residual_add`. Sinusoidal
    positions that no table holds are `rotary_table`, its sines and cosines
    joined by `concat`. Token types are an `embedding`.

    - (C1) The columns of the table are those of the result.
    - (C2) `offset` is not negative and less than the rows of the table.

    Source: block APOS; `offset` is 2 in BART and RoBERTa.
    ```mlir
    func.func @f(%rows: !transformer.rows, %w: !transformer.weight<514x64xf32>) -> tensor<?x64xf32> {
      %p = transformer.position_embedding %rows, %w offset 2
          : !transformer.weight<514x64xf32> -> tensor<?x64xf32>
      return %p : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_RowsType:$rows, Transformer_WeightType:$table, I64Attr:$offset);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $rows `,` $table `offset` $offset attr-dict `:` type($table) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Transformer_ReplaceRowsOp : Transformer_ComputeOp<"replace_rows",
    [AllTypesMatch<["input", "result"]>]> {
  let summary = "takes some rows from elsewhere";
  let description = [{
    `result[r, :]` is `replacement[indices[r], :]` where `indices[r]` is not
    negative, and `input[r, :]` elsewhere. So the rows of a picture take the
    places that the text keeps for them.

    - (C1) Input and replacement have the same columns.

    Source: block EMB; a model that gets all its rows from outside takes the
    tensor as an argument and has no embedding.
    ```mlir
    func.func @f(%x: tensor<?x64xf32>, %p: tensor<?x64xf32>, %i: tensor<?xi32>) -> tensor<?x64xf32> {
      %y = transformer.replace_rows %x, %p, %i : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?xi32>
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_Float:$input, Transformer_Float:$replacement, Transformer_Ids:$indices);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $input `,` $replacement `,` $indices attr-dict `:` type($input) `,` type($replacement) `,` type($indices)
  }];
  let hasVerifier = 1;
}

def Transformer_PoolOp : Transformer_ComputeOp<"pool"> {
  let summary = "one row for each of some sequences";
  let description = [{
    `result[i, :]` stands for the rows of sequence `sequences[i]`: their
    `first`, their `last`, their `mean`, their sum divided by the square root of
    their number (`mean_sqrt`), or the largest of each column (`max`), in f32.
    Each of the sequences has at least one row.

    - (C1) Input and result have the same columns.

    Source: block HEAD. What follows is made of other ops: a pooler is a
    `linear` and an `activation tanh`, a classifier a `linear`, a normalized
    embedding an `l2_norm`.
    ```mlir
    func.func @f(%x: tensor<?x64xf32>, %rows: !transformer.rows, %s: tensor<?xi32>) -> tensor<?x64xf32> {
      %y = transformer.pool mean %x, %rows, %s : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_PoolKind:$kind, Transformer_Float:$input, Transformer_RowsType:$rows,
                       Transformer_Ids:$sequences);
  let results = (outs Transformer_Float:$result);
  let assemblyFormat = [{
    $kind $input `,` $rows `,` $sequences attr-dict
    `:` type($input) `,` type($sequences) `->` type($result)
  }];
  let hasVerifier = 1;
}

#endif // TENON_DIALECTS_TRANSFORMER_OPS_ROWSINOUT_TD
