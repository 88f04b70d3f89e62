//===- LayerBuilder.h - The parts of a decoder layer ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A layer is a sentence of these parts. That of Llama:
//
//   x = residual(x, attention(norm(x, AttentionNorm)))
//   x = residual(x, gatedMlp(norm(x, FeedForwardNorm)))
//
// A family whose layer is another sentence writes it in its own file, and names
// it in its Family.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_HUGGINGFACE_LAYERBUILDER_H
#define TENON_IMPORTERS_HUGGINGFACE_LAYERBUILDER_H

#include "importers/HuggingFace/DecoderConfig.h"
#include "importers/HuggingFace/TensorTable.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"

namespace tenon::hf {

/// An RMS norm over each of `groups` parts of a row of `input`; `weight` is that
/// of one part.
mlir::Value buildNorm(mlir::OpBuilder &builder, mlir::Location loc, const DecoderConfig &config,
                      mlir::Value input, mlir::Value weight, int64_t groups = 1);

/// Writes the function of one kind of layer. Rows are `[rows, columns]` in f32.
class LayerBuilder {
public:
  /// The arguments of `function`, in this order; weights come behind them.
  enum Argument : unsigned { Input, Rows, Cos, Sin, State, FirstWeight };

  /// Writes at the start of `function`, which has no block yet.
  /// \param roles of the weights among its arguments, in order.
  /// \param window keys that a query sees, itself among them; 0: all.
  LayerBuilder(mlir::OpBuilder &builder, mlir::Location loc, const DecoderConfig &config,
               mlir::func::FuncOp function, llvm::ArrayRef<TensorRole> roles, int64_t window);

  const DecoderConfig &config;

  /// The rows that the layer gets, `[rows, hidden]`.
  mlir::Value input() { return argument(Input); }
  /// The weight of a role; null where the model has none.
  mlir::Value weight(TensorRole role) const { return weights.lookup(static_cast<unsigned>(role)); }

  /// The norm of `x` with the weight of a role.
  mlir::Value norm(mlir::Value x, TensorRole role, int64_t groups = 1);
  /// A product of `columns` outputs, with a bias where the model has one. `name`
  /// is its location, and so its name in dumps and profiles.
  mlir::Value linear(mlir::Value x, TensorRole weight, TensorRole bias, int64_t columns,
                     llvm::StringRef name);
  /// Softmax attention of `x`, `[rows, hidden]`, to what came before: q, k and v,
  /// head norms where the model has them, rope, keys and values to the state, and
  /// the product of the output. Once in a layer.
  mlir::Value attention(mlir::Value x);
  /// Gate and up of `x`, the activation, and down.
  mlir::Value gatedMlp(mlir::Value x);
  /// `stream + branch`.
  mlir::Value residual(mlir::Value stream, mlir::Value branch);
  /// Ends the function: the layer makes `x` of its input.
  void finish(mlir::Value x);

private:
  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::func::FuncOp function;
  int64_t window;
  llvm::DenseMap<unsigned, mlir::Value> weights; ///< by role
  mlir::Value state;                             ///< as the ops so far leave it

  mlir::Value argument(Argument which) { return function.getArgument(which); }
  mlir::Value rotate(mlir::Value heads);
  mlir::FloatAttr f32(double value) { return builder.getF32FloatAttr(value); }
};

/// The layer of Llama, and of every family that names no other: a norm before
/// attention, and one before a gated MLP.
void writeLlamaLayer(LayerBuilder &layer);

} // namespace tenon::hf

#endif // TENON_IMPORTERS_HUGGINGFACE_LAYERBUILDER_H
