//===- LayerBuilderTest.cpp - Layers of a family's own --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/LayerBuilder.h"

#include "ImporterTest.h"
#include "dialects/Registry.h"
#include "importers/HuggingFace/DecoderImporter.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::hf;

namespace {

class LayerBuilderTest : public test::ImporterTest {
protected:
  LayerBuilderTest() {
    DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  /// What the norms of a layer of llama2-tiny read: the name of the op that made
  /// it, or "input". The layer is one of a family with `writeLayer`.
  std::vector<std::string> inputsOfNorms(void (*writeLayer)(LayerBuilder &)) {
    llvm::FailureOr<Model> model = readModel(&context, TENON_TEST_MODELS "/llama2-tiny");
    EXPECT_TRUE(succeeded(model)) << joined();
    Family family = *model->family;
    family.writeLayer = writeLayer;
    model->family = &family;
    FailureOr<OwningOpRef<ModuleOp>> module = importDecoder(&context, *model, {});
    EXPECT_TRUE(succeeded(module)) << joined();
    auto layer = (*module)->lookupSymbol<func::FuncOp>("decoder_layer");
    std::vector<std::string> names;
    layer.walk([&](transformer::RmsNormOp norm) {
      Operation *maker = norm.getInput().getDefiningOp();
      names.push_back(maker ? maker->getName().stripDialect().str() : "input");
    });
    return names;
  }
};

/// Attention and MLP side by side, of the same rows.
void writeParallelLayer(LayerBuilder &layer) {
  Value x = layer.input();
  Value attended = layer.attention(layer.norm(x, TensorRole::AttentionNorm));
  Value mixed = layer.gatedMlp(layer.norm(x, TensorRole::FeedForwardNorm));
  layer.finish(layer.residual(layer.residual(x, attended), mixed));
}

} // namespace

TEST_F(LayerBuilderTest, AFamilyWithoutALayerHasThatOfLlama) {
  EXPECT_EQ(inputsOfNorms(nullptr), (std::vector<std::string>{"input", "residual_add"}));
}

TEST_F(LayerBuilderTest, AFamilyWritesItsOwnLayer) {
  EXPECT_EQ(inputsOfNorms(writeParallelLayer), (std::vector<std::string>{"input", "input"}));
}
