//===- DecoderImporter.cpp - A decoder in the transformer stage -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/DecoderImporter.h"

#include "dialects/Transformer/TransformerDialect.h"
#include "importers/HuggingFace/LayerBuilder.h"
#include "importers/HuggingFace/RopeFrequencies.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/Path.h"

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
  void writeStep(const RopeFrequencies &rope);
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
  SmallVector<TensorRole> roles;
  for (auto [role, name] : layerRoles)
    if (WeightType type = weightType(role, layer)) {
      inputs.push_back(type);
      roles.push_back(role);
    }
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
  LayerBuilder parts(builder, loc, config, function, roles, window);
  (model.family->writeLayer ? model.family->writeLayer : writeLlamaLayer)(parts);
  return function;
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
  Value normed = buildNorm(builder, loc, config, chosen,
                           getWeight("final_norm", weightType(TensorRole::FinalNorm)));
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
