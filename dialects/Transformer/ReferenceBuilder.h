//===- ReferenceBuilder.h - Writes reference forms--------------------------===//
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

class ReferenceBuilder {
public:
  ReferenceBuilder(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  mlir::OpBuilder &builder;
  mlir::Location loc;

  //===--- scalars --------------------------------------------------------===//
  mlir::Value f32(double value);
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
  mlir::Value sigmoid(mlir::Value x);
  mlir::Value activation(Activation function, mlir::Value x);

  //===--- tensors --------------------------------------------------------===//
  mlir::Value dim(mlir::Value tensor, int64_t axis);
  /// An uninitialized tensor; `sizes` may mix static and dynamic ones.
  mlir::Value empty(llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::Type elementType);
  mlir::Value filled(llvm::ArrayRef<mlir::OpFoldResult> sizes, double value);
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
  mlir::Value mergeLastAxes(mlir::Value tensor);
  /// Components [offset, offset + stride * size) of the last axis, by stride.
  mlir::Value slice(mlir::Value tensor, int64_t offset, int64_t size, int64_t stride = 1);
  mlir::Value insert(mlir::Value part, mlir::Value into, int64_t offset, int64_t stride = 1);

  /// An affine map from `loops` indices to the given ones of them.
  mlir::AffineMap project(unsigned loops, llvm::ArrayRef<unsigned> results);
  mlir::AffineMap identity(unsigned loops);

private:
  mlir::RankedTensorType typeOf(llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::Type elementType);
};

} // namespace tenon::transformer

#endif // TENON_DIALECTS_TRANSFORMER_REFERENCEBUILDER_H
