//===- ReferenceBuilder.h - Writes reference forms ------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A reference form is a program of linalg, arith, math and tensor ops in f32.
// ReferenceBuilder keeps the place where it is written and offers the few
// shapes of it that all ops share. Sizes are index values, so that rows,
// sequences and positions may be dynamic.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECTS_TRANSFORMER_REFERENCEBUILDER_H
#define TENON_DIALECTS_TRANSFORMER_REFERENCEBUILDER_H

#include "dialects/Transformer/TransformerDialect.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace tenon::transformer {

/// What buildReference returns: for each result of the op its values.
using ReferenceResults = llvm::SmallVector<llvm::SmallVector<mlir::Value>>;

/// The rows as buildReference gets them.
struct ReferenceRows {
  mlir::Value sequences; ///< [rows] i32
  mlir::Value positions; ///< [rows, axes] i32

  ReferenceRows(mlir::ValueRange operand) : sequences(operand[0]), positions(operand[1]) {}
};

class ReferenceBuilder {
public:
  ReferenceBuilder(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  mlir::OpBuilder &builder;
  mlir::Location loc;

  //===--- scalars --------------------------------------------------------===//
  mlir::Value f32(double value);
  mlir::Value f32(const llvm::APFloat &value); ///< of an attribute
  mlir::Value index(int64_t value);
  mlir::Value asIndex(mlir::Value i32);
  mlir::Value widen(mlir::Value scalar);                   ///< any float to f32
  mlir::Value narrow(mlir::Value scalar, mlir::Type type); ///< f32 to `type`, rounded once
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value div(mlir::Value a, mlir::Value b);
  mlir::Value max(mlir::Value a, mlir::Value b);
  mlir::Value min(mlir::Value a, mlir::Value b);
  mlir::Value exp(mlir::Value x);
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);
  mlir::Value both(mlir::Value a, mlir::Value b);  ///< i1: a and b
  mlir::Value less(mlir::Value a, mlir::Value b);  ///< a < b, integers or floats
  mlir::Value equal(mlir::Value a, mlir::Value b); ///< a == b, integers or floats
  mlir::Value sigmoid(mlir::Value x);
  mlir::Value activation(Activation function, mlir::Value x);
  /// What gated_activation computes; `limit` 0 is none.
  mlir::Value gated(Activation function, const llvm::APFloat &limit, const llvm::APFloat &alpha,
                    mlir::Value gate, mlir::Value up);

  //===--- inside a body ------------------------------------------------===//
  mlir::Value loop(unsigned axis);                              ///< index of this loop
  mlir::Value at(mlir::Value tensor, mlir::ValueRange indices); ///< element, as it is
  mlir::Value atF32(mlir::Value tensor, mlir::ValueRange indices);
  mlir::Value sequenceOf(const ReferenceRows &rows, mlir::Value row); ///< as index
  mlir::Value positionOf(const ReferenceRows &rows, mlir::Value row); ///< as index, axis 0
  mlir::Value toF32(mlir::Value index);                               ///< a signed index

  //===--- tensors --------------------------------------------------------===//
  mlir::Value dim(mlir::Value tensor, int64_t axis);
  /// An uninitialized tensor; `sizes` may mix static and dynamic ones.
  mlir::Value empty(llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::Type elementType);
  mlir::Value filled(llvm::ArrayRef<mlir::OpFoldResult> sizes, double value);
  mlir::Value filledI32(llvm::ArrayRef<mlir::OpFoldResult> sizes, int32_t value);
  mlir::Value constant(llvm::ArrayRef<float> values);
  mlir::Value constant(llvm::ArrayRef<int32_t> values);
  /// The sizes of `tensor`, static ones as attributes.
  llvm::SmallVector<mlir::OpFoldResult> sizesOf(mlir::Value tensor);

  using Body = llvm::function_ref<mlir::Value(mlir::ValueRange arguments)>;
  /// A new tensor of `sizes`; element = body(elements of `inputs`), where
  /// `maps[i]` gives the element of input i from the indices of the result.
  mlir::Value map(llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::Type elementType,
                  mlir::ValueRange inputs, llvm::ArrayRef<mlir::AffineMap> maps, Body body);
  /// The same over tensors that all have the shape of `inputs[0]`, f32.
  mlir::Value elementwise(mlir::ValueRange inputs, Body body);
  /// Folds the last `reduced` loops into `init`. `maps` give the elements of
  /// the inputs from all loops; body gets them and the value so far.
  mlir::Value reduce(mlir::Value init, unsigned reduced, mlir::ValueRange inputs,
                     llvm::ArrayRef<mlir::AffineMap> maps, Body body);
  /// Splits the last axis into [groups, size / groups]; and the inverse.
  mlir::Value splitLastAxis(mlir::Value tensor, int64_t groups);
  /// The same into groups of `size`; the axis may be dynamic.
  mlir::Value splitLastAxisBySize(mlir::Value tensor, int64_t size);
  mlir::Value mergeLastAxes(mlir::Value tensor);
  /// Components [offset, offset + stride * size) of the last axis, by stride.
  mlir::Value slice(mlir::Value tensor, int64_t offset, int64_t size, int64_t stride = 1);
  mlir::Value insert(mlir::Value part, mlir::Value into, int64_t offset, int64_t stride = 1);

  /// `tensor[index, ...]`, one axis less; and the inverse.
  mlir::Value outer(mlir::Value tensor, mlir::Value index);
  mlir::Value insertOuter(mlir::Value part, mlir::Value into, mlir::Value index);

  /// An affine map from `loops` indices to the given ones of them.
  mlir::AffineMap project(unsigned loops, llvm::ArrayRef<unsigned> results);
  mlir::AffineMap identity(unsigned loops);

private:
  mlir::RankedTensorType typeOf(llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::Type elementType);
};

class EmbeddingOp;

/// The rows of `op`, with the row of `tokens` in which `elementOf(entry, column)`
/// finds an element of the table, widened: its place in the table is all that
/// differs between a table as it is and a packed one.
mlir::Value embeddingRows(ReferenceBuilder &b, EmbeddingOp op, mlir::Value tokens,
                          mlir::Value given,
                          llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> elementOf);

} // namespace tenon::transformer

#endif // TENON_DIALECTS_TRANSFORMER_REFERENCEBUILDER_H
