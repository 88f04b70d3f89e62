//===- ModelTest.cpp - Checkpoint folders against their configuration -----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/Model.h"

#include "ImporterTest.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace tenon;
using namespace tenon::hf;
namespace json = llvm::json;

namespace {

std::string readFile(const llvm::Twine &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  EXPECT_TRUE(static_cast<bool>(buffer)) << path.str();
  return buffer ? (*buffer)->getBuffer().str() : "";
}

json::Value readJson(const llvm::Twine &path) {
  return llvm::cantFail(json::parse(readFile(path)));
}

std::string modelPath(llvm::StringRef name) { return (TENON_TEST_MODELS "/" + name).str(); }

class ModelTest : public test::ImporterTest {
protected:
  /// Links the files of a model of test/models into the folder, but for its
  /// configuration.
  void link(llvm::StringRef model) {
    llvm::sys::fs::remove_directories(folder);
    ASSERT_FALSE(llvm::sys::fs::create_directory(folder));
    std::error_code error;
    for (llvm::sys::fs::directory_iterator it(modelPath(model), error), end; it != end && !error;
         it.increment(error)) {
      llvm::StringRef name = llvm::sys::path::filename(it->path());
      if (name != "config.json")
        ASSERT_FALSE(llvm::sys::fs::create_link(it->path(), path(name)));
    }
  }
  void writeConfig(const json::Value &config) {
    std::string text;
    llvm::raw_string_ostream(text) << config;
    write("config.json", text);
  }
  /// Links a model, with the members of `changes` set in its configuration.
  void change(llvm::StringRef model, json::Object changes) {
    link(model);
    json::Value config = readJson(modelPath(model) + "/config.json");
    for (auto &[key, value] : changes)
      (*config.getAsObject())[key] = value;
    writeConfig(config);
  }
  std::string read(const WarningOptions &warnings = {}) {
    messages.clear();
    model.reset();
    llvm::FailureOr<Model> result = readModel(&context, folder, warnings);
    EXPECT_EQ(mlir::failed(result), joined().find("error: ") != std::string::npos) << joined();
    if (mlir::succeeded(result))
      model.emplace(std::move(*result));
    return joined();
  }
  std::optional<Model> model;
};

const char *const tinyModels[] = {
    "llama2-tiny", "llama3-tiny",     "llama-bias-tiny",   "llama-dynamic-tiny", "mistral-tiny",
    "qwen2-tiny",  "qwen2-yarn-tiny", "qwen2-window-tiny", "qwen3-tiny",         "qwen3-yarn-tiny"};

std::string summary(const DecoderConfig &c) {
  std::string text;
  llvm::raw_string_ostream out(text);
  out << c.hidden << ' ' << c.layers << ' ' << c.heads << ' ' << c.kvHeads << ' ' << c.headDim
      << ' ' << c.intermediate << ' ' << c.vocab << ' ' << c.maxPositions << ' ' << c.normEpsilon
      << ' ' << static_cast<int>(c.activation) << ' ' << static_cast<int>(c.rope.kind) << ' '
      << c.rope.theta << ' ' << c.rope.factor << ' ' << c.rope.lowFreqFactor << ' '
      << c.rope.highFreqFactor << ' ' << c.rope.originalMaxPositions << ' ' << c.rope.betaFast
      << ' ' << c.rope.betaSlow << ' ' << c.rope.attentionFactor << ' ' << c.tiedHead << c.queryBias
      << c.keyBias << c.valueBias << c.outputBias << c.mlpBias << c.qkNorm << ' '
      << static_cast<int>(*c.elementType);
  for (int64_t window : c.slidingWindow)
    out << ' ' << window;
  return text;
}

TEST_F(ModelTest, ReadsEveryModelInBothSpellings) {
  for (llvm::StringRef name : tinyModels) {
    change(name, json::Object());
    EXPECT_EQ(read(), "") << name.str();
    ASSERT_TRUE(model) << name.str();
    std::string newer = summary(model->decoder);
    writeConfig(readJson(modelPath(name) + "/config.v4.json"));
    EXPECT_EQ(read(), "") << name.str();
    ASSERT_TRUE(model) << name.str();
    EXPECT_EQ(summary(model->decoder), newer) << name.str();
  }
}

TEST_F(ModelTest, ReadsTheDemoModel) {
  llvm::FailureOr<Model> demo = readModel(&context, modelPath("suanpan"));
  ASSERT_TRUE(mlir::succeeded(demo)) << joined();
  EXPECT_EQ(joined(), "");
  EXPECT_EQ(demo->family, &qwen3Family);
  EXPECT_EQ(summary(demo->decoder), "256 4 4 2 64 640 512 256 1.000000e-06 0 0 1.000000e+04 "
                                    "1.000000e+00 1.000000e+00 4.000000e+00 0 3.200000e+01 "
                                    "1.000000e+00 1.000000e+00 1000001 11 0 0 0 0");
  ASSERT_EQ(demo->generation.stopTokenCount, 2);
  EXPECT_EQ(demo->generation.stopTokens[0], 511);
  EXPECT_EQ(demo->generation.stopTokens[1], 509);
  EXPECT_EQ(demo->tensors.find(TensorRole::HeadWeight), demo->tensors.find(TensorRole::Embedding));
  EXPECT_EQ(demo->tensors.find(TensorRole::KeyNorm, 3)->name,
            "model.layers.3.self_attn.k_norm.weight");
  EXPECT_EQ(demo->tensors.find(TensorRole::QueryBias, 3), nullptr);
}

/// The value at the dotted `field` of `config`.
json::Value &fieldOf(json::Value &config, llvm::StringRef field) {
  json::Value *place = &config;
  llvm::SmallVector<llvm::StringRef> keys;
  field.split(keys, '.');
  for (llvm::StringRef key : keys)
    place = &(*place->getAsObject())[key];
  return *place;
}

// What changes shapes is refused here; what only changes numbers must be read,
// so that the numeric tests see the change.
TEST_F(ModelTest, RefusesTheMutationsThatDoNotFitTheTensors) {
  for (llvm::StringRef name : tinyModels) {
    link(name);
    json::Value mutations = readJson(modelPath(name) + "/mutations.json");
    for (json::Value &entry : *mutations.getAsArray()) {
      json::Object &mutation = *entry.getAsObject();
      json::Value config = readJson(modelPath(name) + "/" + *mutation.getString("file"));
      fieldOf(config, *mutation.getString("field")) = *mutation.get("value");
      writeConfig(config);
      WarningOptions warnings;
      if (const json::Array *options = mutation.getArray("options"))
        for (const json::Value &option : *options)
          llvm::cantFail(warnings.parse(option.getAsString()->drop_front(2)));
      read(warnings);
      EXPECT_EQ(model.has_value(), *mutation.getString("expect") != "refused")
          << name.str() << " " << mutation.getString("field")->str() << "\n"
          << joined();
    }
  }
}

TEST_F(ModelTest, TellsEveryTensorThatDoesNotFit) {
  change("llama2-tiny", json::Object{{"num_hidden_layers", 1}, {"intermediate_size", 63}});
  std::string text = read();
  EXPECT_NE(text.find("error: model.safetensors: tensor 'model.layers.0.mlp.gate_proj.weight' has "
                      "shape [64, 48], expected [63, 48]; the sizes are "
                      "[intermediate_size, hidden_size] of config.json\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("error: model.safetensors: tensor 'model.layers.1.input_layernorm.weight' of "
                      "shape [48] has no place in the model that config.json describes; the two do "
                      "not belong together, fetch both again\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(messages.size(), 3u + 9u);
  change("llama2-tiny", json::Object{{"num_hidden_layers", 3}, {"attention_bias", true}});
  text = read();
  EXPECT_NE(text.find("error: model.safetensors: tensor "
                      "'model.layers.2.mlp.up_proj.weight' is missing; config.json describes a "
                      "model that has it, fetch the whole model again\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(
      messages.back(),
      "error: model.safetensors: and 1 more tensors that do not fit; fetch the whole model again");
}

TEST_F(ModelTest, TiesAMissingHeadWithAWarning) {
  const char *warning =
      "warning: model.safetensors: tensor 'lm_head.weight' is missing, and 'tie_word_embeddings' "
      "of config.json is not true; the embedding is used as the head, set that to true, or fetch "
      "the whole model again if it has a head of its own [-Whead-absent]\n";
  // Without the key no head is tied in these families, as in transformers.
  for (json::Value value : {json::Value(false), json::Value(nullptr)}) {
    change("llama3-tiny", json::Object{{"tie_word_embeddings", value}});
    EXPECT_EQ(read(), warning);
    ASSERT_TRUE(model);
    EXPECT_TRUE(model->decoder.tiedHead);
    EXPECT_EQ(model->tensors.find(TensorRole::HeadWeight)->name, "model.embed_tokens.weight");
  }
}

TEST_F(ModelTest, KeepsAHeadThatIsNotTheEmbedding) {
  change("llama2-tiny", json::Object{{"tie_word_embeddings", true}});
  EXPECT_EQ(read(),
            "warning: model.safetensors: tensor 'lm_head.weight' differs from the embedding, "
            "though 'tie_word_embeddings' is true; it is used as it is, set that to false "
            "[-Whead-differs]\n");
  ASSERT_TRUE(model);
  EXPECT_FALSE(model->decoder.tiedHead);
  EXPECT_EQ(model->tensors.find(TensorRole::HeadWeight)->name, "lm_head.weight");
}

TEST_F(ModelTest, TellsWhatIsWrongWithEveryFile) {
  change("llama2-tiny", json::Object{{"hidden_size", 0}});
  llvm::sys::fs::remove(path("model.safetensors"));
  write("model.safetensors", "short");
  EXPECT_EQ(read(), "error: model.safetensors: expected a safetensors file, got 5 bytes, which is "
                    "less than its length field; fetch the file again\n"
                    "error: config.json:1: 'hidden_size' is 0; expected an integer from 1 to "
                    "262144\n");
}

TEST_F(ModelTest, TellsWhatIsWrongWithTheTensorsOfAConfigThatIsRefused) {
  change("llama2-tiny", json::Object{{"hidden_act", "swishy"}, {"intermediate_size", 63}});
  std::string text = read();
  EXPECT_NE(text.find("'hidden_act' is 'swishy', which is not supported; did you mean 'swish'\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("tensor 'model.layers.0.mlp.gate_proj.weight' has shape [64, 48], expected "
                      "[63, 48]; the sizes are [intermediate_size, hidden_size] of config.json\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(messages.size(), 1u + 6u);
  // What the refused fields would say is no fault of the tensors.
  for (const char *key : {"vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers",
                          "head_dim", "num_attention_heads", "num_key_value_heads",
                          "attention_bias", "mlp_bias", "tie_word_embeddings"}) {
    change("llama2-tiny", json::Object{{key, "x"}});
    read();
    EXPECT_EQ(messages.size(), 1u) << joined();
  }
}

TEST_F(ModelTest, TellsWhatIsWrongWithAModelOfAnotherFamily) {
  change("llama2-tiny", json::Object{{"model_type", "mamba"},
                                     {"dtype", "int3"},
                                     {"rope_scaling", json::Object{{"rope_type", "spiral"}}},
                                     {"quantization_config", json::Object{}}});
  std::string text = read();
  for (const char *part :
       {"a model of 'model_type' 'mamba' is not supported", "'dtype' is 'int3'",
        "'rope_scaling.rope_type' is 'spiral', which is not supported",
        "'quantization_config' says that the checkpoint is quantized, which is not supported"})
    EXPECT_NE(text.find(part), std::string::npos) << text;
  EXPECT_EQ(messages.size(), 4u) << text;
}

TEST_F(ModelTest, TakesTheElementTypeOfTheWeights) {
  change("llama3-tiny", json::Object{{"dtype", "float32"}});
  EXPECT_EQ(read(),
            "warning: model.safetensors: the weights have element type BF16 and config.json "
            "names F32; the weights' type is used, correct 'dtype' there [-Welement-type]\n");
  ASSERT_TRUE(model);
  EXPECT_EQ(model->decoder.elementType, ElementType::BF16);
}

/// One-layer models, to give tensors any name and type.
class MadeModelTest : public ModelTest {
protected:
  void make(llvm::StringRef prefix, llvm::StringRef headPrefix, llvm::StringRef normType,
            llvm::StringRef extra = "") {
    std::string header = "{";
    uint64_t end = 0;
    auto add = [&](const llvm::Twine &name, llvm::StringRef shape, uint64_t count,
                   llvm::StringRef type = "F16") {
      uint64_t begin = std::exchange(end, end + count * (type == "I8" ? 1 : 2));
      header += ("\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape +
                 ",\"data_offsets\":[" + llvm::Twine(begin) + "," + llvm::Twine(end) + "]},")
                    .str();
    };
    add(prefix + "embed_tokens.weight", "[3,4]", 12);
    for (const char *part : {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                             "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"})
      add(prefix + "layers.0." + part + ".weight", "[4,4]", 16);
    for (const char *part :
         {"layers.0.input_layernorm", "layers.0.post_attention_layernorm", "norm"})
      add(prefix + part + ".weight", "[4]", 4, normType);
    add(headPrefix + "lm_head.weight", "[3,4]", 12);
    if (!extra.empty())
      add(extra, "[1]", 1);
    header.back() = '}';
    write("model.safetensors", test::safetensors(header, end));
    write("config.json",
          R"({"model_type":"llama","hidden_size":4,"intermediate_size":4,"vocab_size":3,)"
          R"("num_attention_heads":2,"num_hidden_layers":1})");
  }
};

TEST_F(MadeModelTest, FindsTheNamesUnderEveryPrefix) {
  std::pair<const char *, const char *> prefixes[] = {{"model.", ""},
                                                      {"", ""},
                                                      {"language_model.model.", "language_model."},
                                                      {"model.language_model.", ""}};
  for (auto [body, head] : prefixes) {
    make(body, head, "F16");
    EXPECT_EQ(read(), "") << body;
    ASSERT_TRUE(model);
    EXPECT_EQ(model->tensors.find(TensorRole::HeadWeight)->name,
              std::string(head) + "lm_head.weight");
  }
}

TEST_F(MadeModelTest, SharesAHeadThatIsTheEmbedding) {
  make("model.", "", "F16");
  write("config.json",
        R"({"model_type":"llama","hidden_size":4,"intermediate_size":4,"vocab_size":3,)"
        R"("num_attention_heads":2,"num_hidden_layers":1,"tie_word_embeddings":true})");
  std::string file = readFile(path("model.safetensors"));
  size_t data = file.size() - (12 + 7 * 16 + 3 * 4 + 12) * 2;
  file.replace(file.size() - 24, 24, file.substr(data, 24));
  write("model.safetensors", file);
  EXPECT_EQ(read(), "");
  ASSERT_TRUE(model);
  EXPECT_TRUE(model->decoder.tiedHead);
  EXPECT_EQ(model->tensors.find(TensorRole::HeadWeight)->name, "model.embed_tokens.weight");
}

TEST_F(MadeModelTest, RefusesElementTypesThatAreNoFloats) {
  make("model.", "", "I8");
  EXPECT_EQ(read().substr(0, read().find('\n')),
            "error: model.safetensors: tensor 'model.layers.0.input_layernorm.weight' has element "
            "type I8, expected F32, F16 or BF16; use the unquantized checkpoint");
  EXPECT_EQ(messages.size(), 3u);
}

TEST_F(MadeModelTest, IgnoresBuffersAndNothingElse) {
  make("model.", "", "F16", "model.layers.0.self_attn.rotary_emb.inv_freq");
  EXPECT_EQ(read(), "");
  make("model.", "", "F16", "model.layers.0.self_attn.q_proj.lora_A");
  EXPECT_EQ(read(),
            "error: model.safetensors: tensor 'model.layers.0.self_attn.q_proj.lora_A' of "
            "shape [1] has no place in the model that config.json describes; the two do not "
            "belong together, fetch both again\n");
}

} // namespace
