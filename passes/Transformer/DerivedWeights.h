//===- DerivedWeights.h - Weights made of other weights -------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A layer function gets its weights as arguments and is called once for each
// layer, so a pass that wants another weight at a place wants one for each
// call. Passes that transpose, merge or split weights say what they want; the
// functions, the calls and the declarations are changed here.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_TRANSFORMER_DERIVEDWEIGHTS_H
#define TENON_PASSES_TRANSFORMER_DERIVEDWEIGHTS_H

#include "dialects/Transformer/TransformerDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseSet.h"

namespace tenon {

/// The weights that some values are together, in one call.
using WeightTuple = llvm::SmallVector<transformer::WeightOp, 4>;

/// A weight to be made of a tuple.
struct WeightDerivation {
  transformer::WeightType type;
  llvm::StringRef suffix; ///< of its name; the rest is that of the first weight
  /// The steps for a tuple. Its sources are those of all weights in order.
  llvm::function_ref<llvm::SmallVector<mlir::Attribute>(llvm::ArrayRef<transformer::WeightOp>)>
      recipe;
};

class DerivedWeights {
public:
  explicit DerivedWeights(mlir::ModuleOp module) : module(module), symbols(module) {}

  /// Finds what `values`, weights in one function, can be, in all calls that
  /// reach it. \returns why not all are known; empty when they are.
  std::string findTuples(llvm::ArrayRef<mlir::Value> values,
                         llvm::SmallVectorImpl<WeightTuple> &tuples);

  /// Whether ops other than `users` use one of the weights.
  bool usedBesides(llvm::ArrayRef<WeightTuple> tuples, llvm::ArrayRef<mlir::Operation *> users);

  /// The value, where `builder` is, that is in every call the weight made of
  /// what `values` are. findTuples() knows them all.
  mlir::Value derive(mlir::OpBuilder &builder, llvm::ArrayRef<mlir::Value> values,
                     const WeightDerivation &derivation);

  /// Removes arguments, uses and declarations of weights that were derived from
  /// and that nothing uses any more.
  void dropUnused();

private:
  mlir::ModuleOp module;
  mlir::SymbolTable symbols;
  llvm::SmallVector<transformer::WeightOp> taken; ///< was derived from

  llvm::SmallVector<mlir::func::CallOp> callsOf(mlir::func::FuncOp function);
  void collectUsers(mlir::Value weight, llvm::DenseSet<mlir::Operation *> &users);
  transformer::WeightOp declare(const WeightTuple &tuple, const WeightDerivation &derivation);
  void dropArguments(mlir::func::FuncOp function);
};

/// The steps that a weight's recipe is before another is appended: its own, and
/// a reshape where the type alone says that it is a matrix.
llvm::SmallVector<mlir::Attribute> literalRecipe(transformer::WeightOp weight);

} // namespace tenon

#endif // TENON_PASSES_TRANSFORMER_DERIVEDWEIGHTS_H
