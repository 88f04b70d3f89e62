//===- LayerBuilder.cpp - The parts of a decoder layer --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/LayerBuilder.h"

#include "dialects/Transformer/TransformerDialect.h"

#include <cmath>

using namespace mlir;
using namespace tenon::transformer;

namespace tenon::hf {

Value buildNorm(OpBuilder &builder, Location loc, const DecoderConfig &config, Value input,
                Value weight, int64_t groups) {
  return RmsNormOp::create(builder, loc, input.getType(), input, weight,
                           builder.getF32FloatAttr(config.normEpsilon),
                           builder.getI64IntegerAttr(groups), builder.getF32FloatAttr(0.0));
}

LayerBuilder::LayerBuilder(OpBuilder &builder, Location loc, const DecoderConfig &config,
                           func::FuncOp function, ArrayRef<TensorRole> roles, int64_t window)
    : config(config), builder(builder), loc(loc), function(function), window(window) {
  builder.setInsertionPointToStart(function.addEntryBlock());
  for (auto [index, role] : llvm::enumerate(roles))
    weights[static_cast<unsigned>(role)] = function.getArgument(FirstWeight + index);
  state = argument(State);
}

Value LayerBuilder::norm(Value x, TensorRole role, int64_t groups) {
  return buildNorm(builder, loc, config, x, weight(role), groups);
}

Value LayerBuilder::linear(Value x, TensorRole weight, TensorRole bias, int64_t columns,
                           StringRef name) {
  auto type = RankedTensorType::get({ShapedType::kDynamic, columns}, builder.getF32Type());
  return LinearOp::create(builder, NameLoc::get(builder.getStringAttr(name)), type, x,
                          this->weight(weight), this->weight(bias));
}

Value LayerBuilder::rotate(Value heads) {
  return RopeOp::create(builder, loc, heads.getType(), heads, argument(Cos), argument(Sin),
                        RotaryStyle::Halves, config.headDim);
}

Value LayerBuilder::attention(Value x) {
  Value q = linear(x, TensorRole::QueryWeight, TensorRole::QueryBias, config.queryRows(), "q");
  Value k = linear(x, TensorRole::KeyWeight, TensorRole::KeyBias, config.kvRows(), "k");
  Value v = linear(x, TensorRole::ValueWeight, TensorRole::ValueBias, config.kvRows(), "v");
  if (config.qkNorm) {
    q = norm(q, TensorRole::QueryNorm, config.heads);
    k = norm(k, TensorRole::KeyNorm, config.kvHeads);
  }
  q = rotate(q);
  k = rotate(k);
  state = KvAppendOp::create(builder, loc, state.getType(), state, k, v, argument(Rows));
  Value attended =
      AttendOp::create(builder, loc, q.getType(), q, state, argument(Rows), Value(),
                       builder.getI64IntegerAttr(config.heads),
                       f32(1.0 / std::sqrt(static_cast<double>(config.headDim))),
                       builder.getI64IntegerAttr(window), f32(0.0), DenseF32ArrayAttr());
  return linear(attended, TensorRole::OutputWeight, TensorRole::OutputBias, config.hidden, "o");
}

Value LayerBuilder::gatedMlp(Value x) {
  Value gate = linear(x, TensorRole::GateWeight, TensorRole::GateBias, config.intermediate, "gate");
  Value up = linear(x, TensorRole::UpWeight, TensorRole::UpBias, config.intermediate, "up");
  auto function = ActivationAttr::get(builder.getContext(), config.activation);
  Value mixed = GatedActivationOp::create(builder, loc, gate.getType(), function, gate, up,
                                          f32(0.0), f32(1.0));
  return linear(mixed, TensorRole::DownWeight, TensorRole::DownBias, config.hidden, "down");
}

Value LayerBuilder::residual(Value stream, Value branch) {
  return ResidualAddOp::create(builder, loc, stream, branch, f32(1.0));
}

void LayerBuilder::finish(Value x) { func::ReturnOp::create(builder, loc, ValueRange{x, state}); }

void writeLlamaLayer(LayerBuilder &layer) {
  Value x = layer.input();
  x = layer.residual(x, layer.attention(layer.norm(x, TensorRole::AttentionNorm)));
  x = layer.residual(x, layer.gatedMlp(layer.norm(x, TensorRole::FeedForwardNorm)));
  layer.finish(x);
}

} // namespace tenon::hf
