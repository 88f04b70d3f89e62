//===- Weights.td - Weights by name ------------------------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_OPS_WEIGHTS_TD
#define TENON_DIALECTS_TRANSFORMER_OPS_WEIGHTS_TD

include "dialects/Transformer/Ops/OpBase.td"

def Transformer_WeightOp : Transformer_Op<"weight", [Symbol]> {
  let summary = "declares a weight: a name, a type, sources and a recipe";
  let description = [{
    The bytes are what the recipe makes of the sources: its steps, applied in
    order to the tensors of the checkpoint. An empty recipe takes the one
    source as it is. The type is that of the model's mathematics: a recipe that
    packs changes the layout of the bytes, never the type.

    - (C1) There is at least one source; more than one needs a first step that
      takes several: `concat_rows`.
    - (C2) The sources have the type's element type and, one above the other,
      its shape (before a `transpose`: that shape turned). A source that lacks
      the first dimension counts as one row, so that experts are stacked;
      dimensions of size one do not matter; and further dimensions of a source
      of a matrix make up its columns, so that a kernel becomes a matrix.
    - (C3) Every step implements `RecipeStepInterface` and takes what the step
      before makes, literally: a kernel is no matrix before a `reshape`. One
      that only orders bytes is the last. With steps that change the number of
      rows or the shape, what the last one makes has the type's shape, and C2
      holds for element types only.

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

def Transformer_TransposeOp : Transformer_ComputeOp<"transpose"> {
  let summary = "a weight matrix with its rows and columns exchanged";
  let description = [{
    `result[i, j] = weight[j, i]`. Nothing is computed when the program runs:
    `fold-weight-transposes` makes it a step of the weight's recipe.

    - (C1) The weight is a matrix, the result its turned shape, of the same
      element type.

    Source: block LIN, where a framework stores `[inputs, outputs]` (Conv1D of
    GPT-2, MatMul of ONNX).
    ```mlir
    func.func @f(%x: tensor<?x8xf32>, %w: !transformer.weight<8x4xf32>) -> tensor<?x4xf32> {
      %t = transformer.transpose %w : !transformer.weight<8x4xf32> -> !transformer.weight<4x8xf32>
      %y = transformer.linear %x, %t
          : tensor<?x8xf32>, !transformer.weight<4x8xf32> -> tensor<?x4xf32>
      return %y : tensor<?x4xf32>
    }
    ```
  }];
  let arguments = (ins Transformer_WeightType:$weight);
  let results = (outs Transformer_WeightType:$result);
  let assemblyFormat = "$weight attr-dict `:` qualified(type($weight)) `->` qualified(type($result))";
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // TENON_DIALECTS_TRANSFORMER_OPS_WEIGHTS_TD
