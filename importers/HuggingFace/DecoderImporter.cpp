//===- DecoderImporter.cpp - A decoder in the transformer stage -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/DecoderImporter.h"

#include "dialects/Transformer/TransformerDialect.h"
#include "importers/HuggingFace/RopeFrequencies.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/Path.h"

#include <cmath>

using namespace mlir;
using namespace tenon::transformer;

namespace tenon::hf {

/// Roles of a layer's weights, in the order a step reads them, with the name
/// that each has in the program.
static constexpr std::pair<TensorRole, llvm::StringLiteral> layerRoles[] = {
    {TensorRole::AttentionNorm, "attention_norm"},
    {TensorRole::QueryWeight, "q"},
    {TensorRole::QueryBias, "q_bias"},
    {TensorRole::KeyWeight, "k"},
    {TensorRole::KeyBias, "k_bias"},
    {TensorRole::ValueWeight, "v"},
    {TensorRole::ValueBias, "v_bias"},
    {TensorRole::QueryNorm, "q_norm"},
    {TensorRole::KeyNorm, "k_norm"},
    {TensorRole::OutputWeight, "o"},
    {TensorRole::OutputBias, "o_bias"},
    {TensorRole::FeedForwardNorm, "mlp_norm"},
    {TensorRole::GateWeight, "gate"},
    {TensorRole::GateBias, "gate_bias"},
    {TensorRole::UpWeight, "up"},
    {TensorRole::UpBias, "up_bias"},
    {TensorRole::DownWeight, "down"},
    {TensorRole::DownBias, "down_bias"},
};

namespace {
class DecoderImporter {
public:
  DecoderImporter(MLIRContext *context, const Model &model, const DecoderImportOptions &options)
      : model(model), config(model.decoder), options(options), builder(context),
        loc(NameLoc::get(builder.getStringAttr("step"))), module(ModuleOp::create(loc)) {}

  FailureOr<OwningOpRef<ModuleOp>> import();

private:
  const Model &model;
  const DecoderConfig &config;
  DecoderImportOptions options;
  OpBuilder builder;
  Location loc;
  OwningOpRef<ModuleOp> module;
  llvm::DenseMap<std::pair<int64_t, Type>, func::FuncOp> layerFunctions; ///< by window and weights

  RankedTensorType rowsOf(int64_t columns) {
    return RankedTensorType::get({ShapedType::kDynamic, columns}, builder.getF32Type());
  }
  Type stateType() {
    return KvType::get(builder.getContext(), config.kvHeads, config.headDim,
                       programType(*config.elementType));
  }
  /// The type that the program has a checkpoint's numbers in.
  Type programType(ElementType stored) {
    if (options.widenToF32)
      return builder.getF32Type();
    return mlirElementType(builder.getContext(), stored);
  }
  FloatAttr f32(double value) { return builder.getF32FloatAttr(value); }

  void declareWeight(StringRef name, const TensorEntry &tensor);
  WeightType weightType(TensorRole role, int64_t layer = 0);
  Value getWeight(StringRef name, WeightType type);
  func::FuncOp layerFunction(int64_t layer);
  void writeLayer(func::FuncOp function, int64_t layer, int64_t window);
  void writeStep(const RopeFrequencies &rope);
  Value norm(Value input, Value weight, int64_t groups = 1);
};

/// The arguments of a layer function, by what they are.
struct LayerArguments {
  func::FuncOp function;
  llvm::DenseMap<unsigned, Value> weights; ///< by role

  Value input() { return function.getArgument(0); }
  Value rows() { return function.getArgument(1); }
  Value cos() { return function.getArgument(2); }
  Value sin() { return function.getArgument(3); }
  Value state() { return function.getArgument(4); }
  static constexpr unsigned fixed = 5;
  Value weight(TensorRole role) const { return weights.lookup(static_cast<unsigned>(role)); }
};
} // namespace

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

static SmallVector<int64_t> shapeOf(const TensorEntry &tensor) {
  return SmallVector<int64_t>(tensor.shape.begin(), tensor.shape.end());
}

WeightType DecoderImporter::weightType(TensorRole role, int64_t layer) {
  const TensorEntry *tensor = model.tensors.find(role, layer);
  if (!tensor)
    return {};
  MLIRContext *context = builder.getContext();
  return WeightType::get(context, shapeOf(*tensor), programType(tensor->type));
}

void DecoderImporter::declareWeight(StringRef name, const TensorEntry &tensor) {
  MLIRContext *context = builder.getContext();
  Type elementType = mlirElementType(context, tensor.type);
  SmallVector<int64_t> shape = shapeOf(tensor);
  StringRef file = llvm::sys::path::filename(model.checkpoint->files()[tensor.file]);
  Attribute source = SourceAttr::get(context, file, tensor.name, shape, elementType);
  SmallVector<Attribute> recipe;
  if (programType(tensor.type) != elementType)
    recipe.push_back(ToF32Attr::get(context));
  Location where =
      NameLoc::get(builder.getStringAttr(tensor.name), model.checkpoint->location(tensor));
  transformer::WeightOp::create(
      builder, where, builder.getStringAttr(name),
      TypeAttr::get(WeightType::get(context, shape, programType(tensor.type))),
      builder.getArrayAttr(source), builder.getArrayAttr(recipe));
}

Value DecoderImporter::getWeight(StringRef name, WeightType type) {
  return GetWeightOp::create(builder, loc, type,
                             FlatSymbolRefAttr::get(builder.getContext(), name));
}

//===----------------------------------------------------------------------===//
// One layer
//===----------------------------------------------------------------------===//

func::FuncOp DecoderImporter::layerFunction(int64_t layer) {
  int64_t window = config.slidingWindow.empty() ? 0 : config.slidingWindow[layer];
  SmallVector<Type> inputs = {rowsOf(config.hidden), RowsType::get(builder.getContext()),
                              rowsOf(config.headDim / 2), rowsOf(config.headDim / 2), stateType()};
  for (auto [role, name] : layerRoles)
    if (WeightType type = weightType(role, layer))
      inputs.push_back(type);
  auto type = builder.getFunctionType(inputs, {rowsOf(config.hidden), stateType()});
  func::FuncOp &function = layerFunctions[{window, type}];
  if (function)
    return function;
  std::string name = "decoder_layer";
  if (window > 0)
    name += "_window_" + std::to_string(window);
  if (module->lookupSymbol(name)) // layers whose weights have other types
    name += "_" + std::to_string(layer);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(module->getBody());
  function = func::FuncOp::create(builder, NameLoc::get(builder.getStringAttr(name)), name, type);
  function.setPrivate();
  writeLayer(function, layer, window);
  return function;
}

Value DecoderImporter::norm(Value input, Value weight, int64_t groups) {
  return RmsNormOp::create(builder, loc, input.getType(), input, weight, f32(config.normEpsilon),
                           builder.getI64IntegerAttr(groups), f32(0.0));
}

void DecoderImporter::writeLayer(func::FuncOp layerFunction, int64_t layer, int64_t window) {
  builder.setInsertionPointToStart(layerFunction.addEntryBlock());
  LayerArguments in;
  in.function = layerFunction;
  unsigned next = LayerArguments::fixed;
  for (auto [role, name] : layerRoles)
    if (weightType(role, layer))
      in.weights[static_cast<unsigned>(role)] = layerFunction.getArgument(next++);
  // A location for each product names it in dumps and profiles.
  auto linear = [&](Value x, TensorRole weight, TensorRole bias, int64_t columns,
                    StringRef name) -> Value {
    return LinearOp::create(builder, NameLoc::get(builder.getStringAttr(name)), rowsOf(columns), x,
                            in.weight(weight), in.weight(bias));
  };
  Value h = norm(in.input(), in.weight(TensorRole::AttentionNorm));
  Value q = linear(h, TensorRole::QueryWeight, TensorRole::QueryBias, config.queryRows(), "q");
  Value k = linear(h, TensorRole::KeyWeight, TensorRole::KeyBias, config.kvRows(), "k");
  Value v = linear(h, TensorRole::ValueWeight, TensorRole::ValueBias, config.kvRows(), "v");
  if (config.qkNorm) {
    q = norm(q, in.weight(TensorRole::QueryNorm), config.heads);
    k = norm(k, in.weight(TensorRole::KeyNorm), config.kvHeads);
  }
  auto rotate = [&](Value x) -> Value {
    return RopeOp::create(builder, loc, x.getType(), x, in.cos(), in.sin(),
                          transformer::RotaryStyle::Halves, config.headDim);
  };
  q = rotate(q);
  k = rotate(k);
  Value state = KvAppendOp::create(builder, loc, stateType(), in.state(), k, v, in.rows());
  Value attended =
      AttendOp::create(builder, loc, q.getType(), q, state, in.rows(), Value(),
                       builder.getI64IntegerAttr(config.heads),
                       f32(1.0 / std::sqrt(static_cast<double>(config.headDim))),
                       builder.getI64IntegerAttr(window), f32(0.0), DenseF32ArrayAttr());
  Value o = linear(attended, TensorRole::OutputWeight, TensorRole::OutputBias, config.hidden, "o");
  Value x = ResidualAddOp::create(builder, loc, in.input(), o, f32(1.0));
  h = norm(x, in.weight(TensorRole::FeedForwardNorm));
  Value gate = linear(h, TensorRole::GateWeight, TensorRole::GateBias, config.intermediate, "gate");
  Value up = linear(h, TensorRole::UpWeight, TensorRole::UpBias, config.intermediate, "up");
  auto function = transformer::ActivationAttr::get(builder.getContext(), config.activation);
  Value mixed = GatedActivationOp::create(builder, loc, gate.getType(), function, gate, up,
                                          f32(0.0), f32(1.0));
  Value down = linear(mixed, TensorRole::DownWeight, TensorRole::DownBias, config.hidden, "down");
  x = ResidualAddOp::create(builder, loc, x, down, f32(1.0));
  func::ReturnOp::create(builder, loc, ValueRange{x, state});
}

//===----------------------------------------------------------------------===//
// The step
//===----------------------------------------------------------------------===//

/// `layers.3.q`
static std::string layerWeightName(int64_t layer, StringRef role) {
  return ("layers." + llvm::Twine(layer) + "." + role).str();
}

void DecoderImporter::writeStep(const RopeFrequencies &rope) {
  MLIRContext *context = builder.getContext();
  auto ids = RankedTensorType::get({ShapedType::kDynamic}, builder.getI32Type());
  SmallVector<Type> inputs = {ids, rowsOf(config.hidden), RowsType::get(context), ids};
  constexpr unsigned firstState = 4;
  inputs.append(config.layers, stateType());
  SmallVector<Type> results = {rowsOf(config.vocab)};
  results.append(config.layers, stateType());
  builder.setInsertionPointToEnd(module->getBody());
  auto step = func::FuncOp::create(builder, loc, "step", builder.getFunctionType(inputs, results));
  builder.setInsertionPointToStart(step.addEntryBlock());
  Value tokens = step.getArgument(0), given = step.getArgument(1);
  Value rows = step.getArgument(2), wanted = step.getArgument(3);

  RankedTensorType angles = rowsOf(config.headDim / 2);
  auto table = RotaryTableOp::create(builder, loc, angles, angles, rows,
                                     builder.getDenseF32ArrayAttr(rope.frequencies),
                                     f32(rope.factor), DenseI64ArrayAttr());
  WeightType embedding = weightType(TensorRole::Embedding);
  Value x = EmbeddingOp::create(builder, loc, rowsOf(config.hidden), tokens,
                                getWeight("embedding", embedding), given, f32(1.0));
  SmallVector<Value> states;
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    SmallVector<Value> arguments = {x, rows, table.getCos(), table.getSin(),
                                    step.getArgument(firstState + layer)};
    for (auto [role, name] : layerRoles)
      if (WeightType type = weightType(role, layer))
        arguments.push_back(getWeight(layerWeightName(layer, name), type));
    auto call = func::CallOp::create(builder, loc, layerFunction(layer), arguments);
    x = call.getResult(0);
    states.push_back(call.getResult(1));
  }
  Value chosen = SelectRowsOp::create(builder, loc, x.getType(), x, wanted);
  Value normed = norm(chosen, getWeight("final_norm", weightType(TensorRole::FinalNorm)));
  StringRef head = config.tiedHead ? "embedding" : "head";
  Value logits =
      LinearOp::create(builder, NameLoc::get(builder.getStringAttr("head")), rowsOf(config.vocab),
                       normed, getWeight(head, weightType(TensorRole::HeadWeight)), Value());
  SmallVector<Value> returned = {logits};
  returned.append(states);
  func::ReturnOp::create(builder, loc, returned);
}

FailureOr<OwningOpRef<ModuleOp>> DecoderImporter::import() {
  builder.setInsertionPointToEnd(module->getBody());
  declareWeight("embedding", *model.tensors.find(TensorRole::Embedding));
  for (int64_t layer = 0; layer < config.layers; ++layer)
    for (auto [role, name] : layerRoles)
      if (const TensorEntry *tensor = model.tensors.find(role, layer))
        declareWeight(layerWeightName(layer, name), *tensor);
  declareWeight("final_norm", *model.tensors.find(TensorRole::FinalNorm));
  if (!config.tiedHead)
    declareWeight("head", *model.tensors.find(TensorRole::HeadWeight));
  writeStep(ropeFrequencies(config));
  if (failed(verify(*module)))
    return failure();
  return std::move(module);
}

FailureOr<OwningOpRef<ModuleOp>> importDecoder(MLIRContext *context, const Model &model,
                                               const DecoderImportOptions &options) {
  return DecoderImporter(context, model, options).import();
}

} // namespace tenon::hf
