//===- TransformerDialect.td - The model as imported -------*- tablegen -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The dialect, its types and its attributes. Ops are in TransformerOps.td.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_TRANSFORMERDIALECT_TD
#define TENON_DIALECTS_TRANSFORMER_TRANSFORMERDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def Transformer_Dialect : Dialect {
  let name = "transformer";
  let cppNamespace = "::tenon::transformer";
  let summary = "a transformer model as mathematics on tensors";
  let description = [{
    One op for each thing that the field has a name for. Values only: an op
    may take and return tensors, weights by name, states and the ragged batch.
    No buffer, no order, no weight bytes, no pages may appear. A state is used
    once and replaced, so that order is data flow.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

class Transformer_Type<string name, string typeMnemonic> : TypeDef<Transformer_Dialect, name> {
  let mnemonic = typeMnemonic;
}

def Transformer_WeightType : Transformer_Type<"Weight", "weight"> {
  let summary = "a weight of a model: a shape and an element type, no bytes";
  let description = [{
    `!transformer.weight<256x512xbf16>` is a matrix of 256 rows (outputs) and
    512 columns (inputs), as checkpoints store it.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    int64_t getRank() const { return getShape().size(); }
    int64_t getDimSize(unsigned index) const { return getShape()[index]; }
    int64_t getNumElements() const;
  }];
}

def Transformer_RowsType : Transformer_Type<"Rows", "rows"> {
  let summary = "the ragged batch: for each row its sequence and its position";
  let description = [{
    The rows of one sequence are consecutive and in order of position. In the
    reference form it is two tensors: the sequence of each row, `[rows]` i32,
    and its positions, `[rows, axes]` i32.
  }];
}

def Transformer_KvType : Transformer_Type<"Kv", "kv"> {
  let summary = "keys and values of the positions seen so far";
  let description = [{
    `!transformer.kv<2x64xbf16>` holds for every position of every sequence a
    key and a value of 2 heads of 64 components each. In the reference form it
    is two tensors `[sequences, positions, heads, headDim]` of the element type.
  }];
  let parameters = (ins "int64_t":$heads, "int64_t":$headDim, "::mlir::Type":$elementType);
  let hasCustomAssemblyFormat = 1;
}

//===----------------------------------------------------------------------===//
// Enumerations
//===----------------------------------------------------------------------===//

def Transformer_Activation : I32EnumAttr<"Activation", "an activation function", [
    I32EnumAttrCase<"Silu", 0, "silu">,
    I32EnumAttrCase<"Gelu", 1, "gelu">,
    I32EnumAttrCase<"GeluTanh", 2, "gelu_tanh">,
    I32EnumAttrCase<"QuickGelu", 3, "quick_gelu">,
    I32EnumAttrCase<"Relu", 4, "relu">,
    I32EnumAttrCase<"Relu2", 5, "relu2">,
    I32EnumAttrCase<"Sigmoid", 6, "sigmoid">,
    I32EnumAttrCase<"Tanh", 7, "tanh">]> {
  let cppNamespace = "::tenon::transformer";
}

def Transformer_RotaryStyle : I32EnumAttr<"RotaryStyle", "which components rotate together", [
    I32EnumAttrCase<"Halves", 0, "halves">,
    I32EnumAttrCase<"Interleaved", 1, "interleaved">]> {
  let cppNamespace = "::tenon::transformer";
}

//===----------------------------------------------------------------------===//
// Weights: where the bytes come from and what becomes of them
//===----------------------------------------------------------------------===//

class Transformer_Attr<string name, string attrMnemonic> : AttrDef<Transformer_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def Transformer_SourceAttr : Transformer_Attr<"Source", "source"> {
  let summary = "a tensor of a checkpoint";
  let parameters = (ins StringRefParameter<>:$file, StringRefParameter<>:$tensor,
                        ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType);
  let hasCustomAssemblyFormat = 1;
}

def Transformer_ConcatRowsAttr : Transformer_Attr<"ConcatRows", "concat_rows"> {
  let summary = "recipe step: the rows of all sources, one after another";
}

def Transformer_TransposeAttr : Transformer_Attr<"Transpose", "transpose"> {
  let summary = "recipe step: rows become columns (two dimensions)";
}

def Transformer_PackAttr : Transformer_Attr<"Pack", "pack"> {
  let summary = "recipe step: rows in blocks of lanes, columns interleaved";
  let description = [{
    `#transformer.pack<lanes 16, columns 2, multiple 32>` turns `[N, K]` into
    `[ceil(N / 16), K' / 2, 16, 2]`, where `K'` is `K` rounded up to a multiple
    of 32: element `[b, j, l, i]` is row `16 b + l`, column `2 j + i`, or zero
    outside the matrix. A line of 64 bytes holds one step of 16 rows.
  }];
  let parameters = (ins "int64_t":$lanes, "int64_t":$columns, "int64_t":$multiple);
  let assemblyFormat = "`<` `lanes` $lanes `,` `columns` $columns `,` `multiple` $multiple `>`";
}

def Transformer_ToF32Attr : Transformer_Attr<"ToF32", "to_f32"> {
  let summary = "recipe step: every element as f32, exactly";
}

#endif // TENON_DIALECTS_TRANSFORMER_TRANSFORMERDIALECT_TD
