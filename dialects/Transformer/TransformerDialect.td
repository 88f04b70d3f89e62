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
include "dialects/Transformer/TransformerInterfaces.td"

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

/// Every type is one or more tensors in the reference form.
class Transformer_Type<string name, string typeMnemonic>
    : TypeDef<Transformer_Dialect, name,
        [DeclareTypeInterfaceMethods<Transformer_ReferenceTypeInterface>]> {
  let mnemonic = typeMnemonic;
}

/// What sequences remember between steps: positive sizes and an element type,
/// which is a float.
class Transformer_StateType<string name, string typeMnemonic>
    : TypeDef<Transformer_Dialect, name,
        [DeclareTypeInterfaceMethods<Transformer_ReferenceTypeInterface>,
         DeclareTypeInterfaceMethods<Transformer_StateTypeInterface>]> {
  let mnemonic = typeMnemonic;
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDefinition = [{
    ::llvm::SmallVector<::mlir::RankedTensorType> $cppClass::getReferenceTypes() const {
      return ::llvm::map_to_vector(getStateParts(), [](const StatePart &part) {
        return part.referenceType();
      });
    }
  }];
}

def Transformer_WeightType : Transformer_Type<"Weight", "weight"> {
  let summary = "a weight of a model: a shape and an element type, no bytes";
  let description = [{
    `!transformer.weight<256x512xbf16>` is a matrix of 256 rows (outputs) and
    512 columns (inputs), as checkpoints store it. Sizes are positive, elements
    integers or floats.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
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
    and its positions, `[rows, axes]` i32. Axis 0 is the place in the sequence,
    from 0, and is what states, masks and biases use; further axes, if any, are
    coordinates for rotary tables only (time, height and width of a picture).
  }];
}

def Transformer_KvType : Transformer_StateType<"Kv", "kv"> {
  let summary = "keys and values of the positions seen so far";
  let description = [{
    `!transformer.kv<2x64xbf16>` holds for every position of every sequence a
    key and a value of 2 heads of 64 components each. In the reference form it
    is two tensors `[sequences, positions, heads, headDim]` of the element type.
  }];
  let parameters = (ins "int64_t":$heads, "int64_t":$headDim, "::mlir::Type":$elementType);
}

def Transformer_CrossType : Transformer_StateType<"Cross", "cross"> {
  let summary = "keys and values of an encoder's rows, written once";
  let description = [{
    `!transformer.cross<2x64xbf16>` holds for every sequence the keys and
    values of all positions of its encoder input. In the reference form it is
    two tensors `[sequences, positions, heads, headDim]` of the element type and
    the number of positions of each sequence, `[sequences]` i32.
  }];
  let parameters = (ins "int64_t":$heads, "int64_t":$headDim, "::mlir::Type":$elementType);
}

def Transformer_LatentType : Transformer_StateType<"Latent", "latent"> {
  let summary = "compressed keys and values of the positions seen so far";
  let description = [{
    `!transformer.latent<512x64xbf16>` holds for every position of every
    sequence a latent of 512 components and a rotated key of 64 components that
    all heads share. In the reference form it is two tensors,
    `[sequences, positions, rank]` and `[sequences, positions, rope]`.
  }];
  let parameters = (ins "int64_t":$rank, "int64_t":$rope, "::mlir::Type":$elementType);
}

def Transformer_RecurrentType : Transformer_StateType<"Recurrent", "recurrent"> {
  let summary = "a matrix for each head that every position updates";
  let description = [{
    `!transformer.recurrent<32x128x64xf32>` holds for every sequence 32 heads
    of 128 key components by 64 value components. In the reference form it is
    one tensor `[sequences, heads, keyDim, valueDim]`.
  }];
  let parameters = (ins "int64_t":$heads, "int64_t":$keyDim, "int64_t":$valueDim,
                        "::mlir::Type":$elementType);
}

def Transformer_ConvTailType : Transformer_StateType<"ConvTail", "conv_tail"> {
  let summary = "the last inputs of a causal convolution";
  let description = [{
    `!transformer.conv_tail<512x3xbf16>` holds for every sequence the last 3
    inputs of 512 channels: a kernel of 4 needs no more. In the reference form
    it is one tensor `[sequences, channels, length]`, oldest input first.
  }];
  let parameters = (ins "int64_t":$channels, "int64_t":$length, "::mlir::Type":$elementType);
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

def Transformer_PoolKind : I32EnumAttr<"PoolKind", "what stands for a whole sequence", [
    I32EnumAttrCase<"First", 0, "first">,
    I32EnumAttrCase<"Last", 1, "last">,
    I32EnumAttrCase<"Mean", 2, "mean">,
    I32EnumAttrCase<"MeanSqrt", 3, "mean_sqrt">,
    I32EnumAttrCase<"Max", 4, "max">]> {
  let cppNamespace = "::tenon::transformer";
}

def Transformer_RouterScore : I32EnumAttr<"RouterScore", "how a router scores experts", [
    I32EnumAttrCase<"Softmax", 0, "softmax">,
    I32EnumAttrCase<"Sigmoid", 1, "sigmoid">]> {
  let cppNamespace = "::tenon::transformer";
}

def Transformer_GroupScore : I32EnumAttr<"GroupScore", "how a router scores groups of experts", [
    I32EnumAttrCase<"Best", 0, "best">,
    I32EnumAttrCase<"BestTwo", 1, "best_two">]> {
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
  let genVerifyDecl = 1;
}

/// A step of a recipe. What it does is in RecipeSteps.cpp.
class Transformer_RecipeStepAttr<string name, string attrMnemonic, list<string> overridden = []>
    : AttrDef<Transformer_Dialect, name,
        [DeclareAttrInterfaceMethods<Transformer_RecipeStepInterface, overridden>]> {
  let mnemonic = attrMnemonic;
}

def Transformer_ConcatRowsAttr : Transformer_RecipeStepAttr<"ConcatRows", "concat_rows"> {
  let summary = "recipe step: the rows of all sources, one after another";
  let description = [{
    The only step that takes several sources, and so the first one if there
    are. Tensors whose rows differ in shape become one of a single dimension.
  }];
}

def Transformer_SliceRowsAttr : Transformer_RecipeStepAttr<"SliceRows", "slice_rows"> {
  let summary = "recipe step: some rows of every so many";
  let description = [{
    Cuts the rows into periods of `every` rows and takes `count` from row
    `first` of each. Of a fused projection `q | k | v` of 64, 16 and 16 rows,
    `k` is `<first 64, count 16, every 96>`; where each of 4 heads of 8 has its
    q, k and v together, `k` is `<first 8, count 8, every 24>`.
  }];
  let parameters = (ins "int64_t":$first, "int64_t":$count, "int64_t":$every);
  let assemblyFormat = "`<` `first` $first `,` `count` $count `,` `every` $every `>`";
}

def Transformer_ReshapeAttr : Transformer_RecipeStepAttr<"Reshape", "reshape"> {
  let summary = "recipe step: the same elements in another shape";
  let description = [{
    The steps that need a matrix take the shape of the source literally. A
    kernel `[out, in, width]` becomes one of `[out, in * width]` by this.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape);
  let assemblyFormat = "`<` `[` $shape `]` `>`";
}

def Transformer_TransposeAttr : Transformer_RecipeStepAttr<"Transpose", "transpose"> {
  let summary = "recipe step: rows become columns (two dimensions)";
}

def Transformer_ToF32Attr : Transformer_RecipeStepAttr<"ToF32", "to_f32", ["isElementwise"]> {
  let summary = "recipe step: every element as f32, exactly";
}

def Transformer_PackAttr : Transformer_RecipeStepAttr<"Pack", "pack", ["isLayout"]> {
  let summary = "recipe step: rows in blocks of lanes, columns interleaved";
  let description = [{
    Turns `[N, K]` into `[blocks, K' / columns, lanes, columns]`. The rows are
    cut into groups of `group`, each padded with zero rows to whole blocks of
    `lanes`; `K'` is `K` rounded up to a multiple of `multiple`, with zeros.
    With `B` blocks to a group, element `[g B + b, j, l, i]` is row
    `g group + b lanes + l`, column `j columns + i`.

    A line of one step holds `lanes` rows; a tile of a product is a group, so
    `group` is the head size where heads must stay together.
  }];
  let parameters = (ins "int64_t":$lanes, "int64_t":$columns, "int64_t":$multiple,
                        "int64_t":$group);
  let assemblyFormat = [{
    `<` `lanes` $lanes `,` `columns` $columns `,` `multiple` $multiple `,` `group` $group `>`
  }];
  let extraClassDeclaration = [{
    int64_t blocksPerGroup() const { return (getGroup() + getLanes() - 1) / getLanes(); }
    int64_t groups(int64_t rows) const { return (rows + getGroup() - 1) / getGroup(); }
    /// The sizes of the packed form of a `[rows, columns]` matrix.
    ::llvm::SmallVector<int64_t> packedShape(int64_t rows, int64_t columns) const;
  }];
}

#endif // TENON_DIALECTS_TRANSFORMER_TRANSFORMERDIALECT_TD
