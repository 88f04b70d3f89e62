//===- ConfigTest.cpp - config.json and generation_config.json ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/Model.h"

#include "ImporterTest.h"

#include "llvm/ADT/StringExtras.h"

using namespace tenon;
using namespace tenon::hf;

namespace {

class ConfigTest : public test::ImporterTest {
protected:
  /// Reads a configuration of `modelType` with these further members.
  std::string read(llvm::StringRef modelType, llvm::StringRef members,
                   const WarningOptions &warnings = {}) {
    std::string text = (R"({"model_type":")" + modelType + "\"" + members + "}").str();
    return readText(text, warnings);
  }
  std::string readText(llvm::StringRef text, const WarningOptions &warnings = {}) {
    messages.clear();
    decoder.reset();
    llvm::FailureOr<Config> config = Config::parse(&context, text, "config.json");
    if (mlir::failed(config))
      return joined();
    const Family *family = findFamily(*config, warnings);
    if (!family)
      return joined();
    llvm::FailureOr<DecoderConfig> result = readDecoderConfig(*config, *family, warnings);
    EXPECT_EQ(mlir::failed(result), joined().find("error: ") != std::string::npos);
    if (mlir::succeeded(result))
      decoder = std::move(*result);
    return joined();
  }
  std::optional<DecoderConfig> decoder;
};

/// Sizes that are small, valid and not the defaults.
constexpr const char *small =
    R"(,"hidden_size":48,"num_hidden_layers":3,"num_attention_heads":4,"num_key_value_heads":2)";

TEST_F(ConfigTest, TakesTheDefaultsOfTheClass) {
  EXPECT_EQ(read("llama", ""), "");
  EXPECT_EQ(decoder->vocab, 32000);
  EXPECT_EQ(decoder->hidden, 4096);
  EXPECT_EQ(decoder->intermediate, 11008);
  EXPECT_EQ(decoder->layers, 32);
  EXPECT_EQ(decoder->kvHeads, 32);
  EXPECT_EQ(decoder->headDim, 128);
  EXPECT_EQ(decoder->maxPositions, 2048);
  EXPECT_EQ(decoder->normEpsilon, 1e-6);
  EXPECT_EQ(decoder->rope.theta, 10000);
  EXPECT_FALSE(decoder->tiedHead);
  EXPECT_FALSE(decoder->queryBias || decoder->outputBias || decoder->mlpBias || decoder->qkNorm);
  EXPECT_EQ(decoder->slidingWindow, std::vector<int64_t>(32, 0));
  EXPECT_EQ(read("mistral", ""), "");
  EXPECT_EQ(decoder->kvHeads, 8);
  EXPECT_EQ(decoder->slidingWindow[31], 4096);
  EXPECT_EQ(read("qwen2", ""), "");
  EXPECT_EQ(decoder->vocab, 151936);
  EXPECT_EQ(decoder->slidingWindow[31], 0);
  EXPECT_TRUE(decoder->queryBias && decoder->keyBias && decoder->valueBias);
  EXPECT_FALSE(decoder->outputBias);
  EXPECT_EQ(read("qwen3", R"(,"hidden_size":1000,"attention_bias":true)"), "");
  EXPECT_EQ(decoder->headDim, 128);
  EXPECT_TRUE(decoder->qkNorm && decoder->outputBias);
}

TEST_F(ConfigTest, HasAKeyAndValueHeadForEveryHeadWhenTheirNumberIsNull) {
  for (const char *family : {"llama", "mistral", "qwen2", "qwen3"}) {
    EXPECT_EQ(read(family, R"(,"hidden_size":48,"num_attention_heads":4,"head_dim":12,)"
                           R"("num_key_value_heads":null)"),
              "");
    EXPECT_EQ(decoder->kvHeads, 4) << family;
  }
}

TEST_F(ConfigTest, NullIsAbsentButForTheWindow) {
  EXPECT_EQ(read("llama", R"(,"head_dim":null,"rope_scaling":null,"hidden_act":null)"), "");
  EXPECT_EQ(decoder->headDim, 128);
  EXPECT_EQ(read("mistral", R"(,"sliding_window":null)"), "");
  EXPECT_EQ(decoder->slidingWindow[0], 0);
}

TEST_F(ConfigTest, TellsAllProblemsAtOnce) {
  EXPECT_EQ(readText("{\n\"model_type\": \"llama\",\n\"hidden_size\": 1e12,\n"
                     "\"num_attention_heads\": 0,\n\"vocab_size\": \"many\",\n"
                     "\"rms_norm_eps\": NaN,\n\"tie_word_embeddings\": 1,\n"
                     "\"num_hidden_layers\": -2,\n\"intermediate_size\": 2.5}"),
            "error: config.json:5: 'vocab_size' is 'many'; expected an integer from 1 to 8388608\n"
            "error: config.json:3: 'hidden_size' is 1e12; expected an integer from 1 to 262144\n"
            "error: config.json:9: 'intermediate_size' is 2.5; expected an integer from 1 to "
            "1048576\n"
            "error: config.json:8: 'num_hidden_layers' is -2; expected an integer from 1 to 4096\n"
            "error: config.json:6: 'rms_norm_eps' is NaN; expected a number above 0 and at most 1\n"
            "error: config.json:4: 'num_attention_heads' is 0; expected an integer from 1 to 4096\n"
            "error: config.json:7: 'tie_word_embeddings' is 1; expected true or false\n");
}

TEST_F(ConfigTest, RefusesHeadsThatDoNotFit) {
  EXPECT_EQ(read("llama", R"(,"num_attention_heads":32,"num_key_value_heads":5)"),
            "error: config.json:1: 'num_key_value_heads' is 5, which does not divide "
            "'num_attention_heads', 32; correct one of them\n");
  EXPECT_EQ(read("llama", R"(,"hidden_size":100,"num_attention_heads":32)"),
            "error: config.json:1: 'hidden_size' is 100, which 'num_attention_heads', 32, does not "
            "divide, and 'head_dim' is not given; give it\n");
  EXPECT_EQ(read("llama", R"(,"head_dim":33)"),
            "error: config.json:1: 'head_dim' makes heads of 33 components; rotary embedding needs "
            "an even number, correct it\n");
  EXPECT_EQ(
      read("llama", R"(,"hidden_size":96)"),
      "error: config.json:1: 'hidden_size' makes heads of 3 components; rotary embedding needs "
      "an even number, correct it\n");
}

TEST_F(ConfigTest, NamesActivationsAndTheNearest) {
  EXPECT_EQ(read("llama", R"(,"hidden_act":"gelu_pytorch_tanh")"), "");
  EXPECT_EQ(decoder->activation, Activation::GeluTanh);
  EXPECT_EQ(read("llama", R"(,"hidden_act":"silo")"),
            "error: config.json:1: 'hidden_act' is 'silo', which is not supported; did you mean "
            "'silu'\n");
  EXPECT_EQ(
      read("llama", R"(,"hidden_act":"mish")"),
      "error: config.json:1: 'hidden_act' is 'mish', which is not supported; expected 'silu', "
      "'swish', 'gelu', 'gelu_new', 'gelu_fast', 'gelu_pytorch_tanh', 'quick_gelu', 'relu' or "
      "'relu2'\n");
}

TEST_F(ConfigTest, ReadsRopeInBothSpellings) {
  const char *spellings[] = {
      R"(,"rope_theta":5e5,"rope_scaling":{"rope_type":"llama3","factor":8,"low_freq_factor":1,)"
      R"("high_freq_factor":4,"original_max_position_embeddings":8192})",
      R"(,"rope_theta":5e5,"rope_scaling":{"type":"llama3","factor":8,"low_freq_factor":1,)"
      R"("high_freq_factor":4,"original_max_position_embeddings":8192})",
      R"(,"rope_parameters":{"rope_theta":5e5,"rope_type":"llama3","factor":8.0,)"
      R"("low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":8192})",
  };
  for (const char *spelling : spellings) {
    EXPECT_EQ(read("llama", spelling), "");
    EXPECT_EQ(decoder->rope.kind, RopeKind::Llama3);
    EXPECT_EQ(decoder->rope.theta, 5e5);
    EXPECT_EQ(decoder->rope.factor, 8);
    EXPECT_EQ(decoder->rope.originalMaxPositions, 8192);
  }
}

TEST_F(ConfigTest, ReadsYarn) {
  EXPECT_EQ(read("qwen2", R"(,"rope_scaling":{"type":"yarn","factor":4.0,)"
                          R"("original_max_position_embeddings":32768})"),
            "");
  EXPECT_EQ(decoder->rope.kind, RopeKind::Yarn);
  EXPECT_NEAR(decoder->rope.attentionFactor, 1.138629436, 1e-9);
  EXPECT_EQ(decoder->rope.betaFast, 32);
  EXPECT_TRUE(decoder->rope.truncate);
  EXPECT_EQ(read("qwen2", R"(,"rope_scaling":{"type":"yarn","factor":40,"mscale":0.707,)"
                          R"("mscale_all_dim":1.0,"original_max_position_embeddings":4096})"),
            "");
  EXPECT_NEAR(decoder->rope.attentionFactor, 1.2608037 / 1.3688879, 1e-6);
}

TEST_F(ConfigTest, ReadsLongRope) {
  std::string list =
      "[1" + std::string() + llvm::join(std::vector<std::string>(5, ",1.5"), "") + "]";
  std::string rope = R"(,"max_position_embeddings":131072,"original_max_position_embeddings":4096,)"
                     R"("rope_scaling":{"type":"longrope","short_factor":)" +
                     list + R"(,"long_factor":)" + list + "}";
  EXPECT_EQ(read("llama", small + rope), "");
  EXPECT_EQ(decoder->rope.kind, RopeKind::LongRope);
  EXPECT_EQ(decoder->rope.longFactor.size(), 6u);
  EXPECT_NEAR(decoder->rope.attentionFactor, 1.190238, 1e-6);
  EXPECT_EQ(
      read("llama", rope),
      "error: config.json:1: 'rope_scaling.short_factor' has 6 values; expected 64, half of "
      "'head_dim'; correct one of them\nerror: config.json:1: 'rope_scaling.long_factor' has 6 "
      "values; expected 64, half of 'head_dim'; correct one of them\n");
}

TEST_F(ConfigTest, RefusesRopeItDoesNotKnow) {
  EXPECT_EQ(
      read("llama", R"(,"rope_scaling":{"rope_type":"lama3","factor":2})"),
      "error: config.json:1: 'rope_scaling.rope_type' is 'lama3', which is not supported; did "
      "you mean 'llama3'\n");
  EXPECT_EQ(read("llama", R"(,"rope_scaling":{"rope_type":"linear"})"),
            "error: config.json:1: 'rope_scaling.factor' is missing; this kind of rotary embedding "
            "needs it, set it\n");
  EXPECT_EQ(read("llama", R"(,"partial_rotary_factor":0.5)"),
            "error: config.json:1: 'partial_rotary_factor' is not 1; this family rotates whole "
            "heads, remove it if the model does\n");
  EXPECT_EQ(
      read("llama", R"(,"rope_parameters":{"full_attention":{}})"),
      "error: config.json:1: 'rope_parameters.full_attention' gives layers a rotary embedding "
      "of their own, which this family does not have; give all layers one\n");
  EXPECT_EQ(read("llama", R"(,"rope_theta":0)"),
            "error: config.json:1: 'rope_theta' is 0; expected a number from 1 to 1e+15\n");
  EXPECT_EQ(read("llama", R"(,"rope_scaling":{"rope_type":"llama3","factor":8,)"
                          R"("low_freq_factor":4,"high_freq_factor":4})"),
            "error: config.json:1: 'rope_scaling.high_freq_factor' must be greater than "
            "'low_freq_factor'; correct one of them\n");
  EXPECT_EQ(read("llama", R"(,"rope_scaling":{"type":"yarn","factor":2,"rope_theta":1})"),
            "error: config.json:1: 'rope_scaling.rope_theta' must be above 1 for 'yarn'; correct "
            "it\n");
}

// They are no zero, but make frequencies that are no numbers.
TEST_F(ConfigTest, RefusesAbsurdRope) {
  EXPECT_EQ(read("llama", R"(,"rope_theta":1e-300)"),
            "error: config.json:1: 'rope_theta' is 1e-300; expected a number from 1 to 1e+15\n");
  EXPECT_EQ(read("llama", R"(,"rope_scaling":{"type":"linear","factor":1e-30})"),
            "error: config.json:1: 'rope_scaling.factor' is 1e-30; expected a number from 0.001 to "
            "1e+06\n");
  EXPECT_EQ(
      read("llama", R"(,"layer_types":"full_attention")"),
      "error: config.json:1: 'layer_types' is 'full_attention'; expected a list of strings\n");
}

// Up to max_position_embeddings dynamic frequencies are the default ones.
TEST_F(ConfigTest, ReadsDynamicRope) {
  EXPECT_EQ(read("llama", R"(,"rope_scaling":{"type":"dynamic","factor":2.0})"), "");
  EXPECT_EQ(decoder->rope.kind, RopeKind::Dynamic);
  EXPECT_EQ(decoder->rope.attentionFactor, 1);
  EXPECT_EQ(read("llama", R"(,"rope_scaling":{"type":"dynamic"})"),
            "error: config.json:1: 'rope_scaling.factor' is missing; this kind of rotary embedding "
            "needs it, set it\n");
  EXPECT_EQ(read("llama", R"(,"rope_scaling":{"type":"dynamic","alpha":1000,"factor":1})"),
            "error: config.json:1: 'rope_scaling.alpha' selects a rule of Hunyuan models, which "
            "this family does not have; correct 'model_type', or remove it\n");
}

TEST_F(ConfigTest, RefusesTwoSpellingsThatDisagree) {
  EXPECT_EQ(read("llama", R"(,"rope_theta":7e5,"rope_scaling":{"type":"linear","factor":2},)"
                          R"("rope_parameters":{"rope_type":"linear","factor":2.0,)"
                          R"("rope_theta":700000})"),
            "");
  EXPECT_EQ(decoder->rope.kind, RopeKind::Linear);
  EXPECT_EQ(decoder->rope.theta, 7e5);
  EXPECT_EQ(read("llama", R"(,"rope_scaling":{"type":"linear","factor":2},)"
                          R"("rope_parameters":{"rope_type":"linear","factor":2,)"
                          R"("rope_theta":700000})"),
            "error: config.json:1: 'rope_parameters' and 'rope_scaling' disagree about "
            "'rope_theta'; remove the one that is wrong\n");
  EXPECT_EQ(read("llama", R"(,"rope_scaling":{"type":"linear","factor":2},)"
                          R"("rope_parameters":{"rope_type":"default"})"),
            "error: config.json:1: 'rope_parameters' and 'rope_scaling' disagree about "
            "'rope_type'; remove the one that is wrong\n");
  EXPECT_EQ(read("llama", R"(,"rope_scaling":{"type":"linear","factor":2},)"
                          R"("rope_parameters":{"type":"linear","factor":4})"),
            "error: config.json:1: 'rope_parameters' and 'rope_scaling' disagree about 'factor'; "
            "remove the one that is wrong\n");
  // One message is enough, whatever else the one that is wrong lacks.
  EXPECT_EQ(read("llama", R"(,"rope_scaling":{"rope_type":"llama3","factor":8},)"
                          R"("rope_parameters":{"rope_type":"default","rope_theta":1e4})"),
            "error: config.json:1: 'rope_parameters' and 'rope_scaling' disagree about "
            "'rope_type'; remove the one that is wrong\n");
}

TEST_F(ConfigTest, WarnsOfKeysOfAnotherRopeKind) {
  EXPECT_EQ(read("llama", R"(,"rope_parameters":{"rope_type":"default","factor":4})"),
            "warning: config.json:1: key 'rope_parameters.factor' has no effect with rope_type "
            "'default'; correct one of them [-Wunknown-config-key]\n");
  EXPECT_EQ(read("llama", R"(,"rope_scaling":{"type":"linear","factor":4,"beta_fast":32})"),
            "warning: config.json:1: key 'rope_scaling.beta_fast' has no effect with rope_type "
            "'linear'; correct one of them [-Wunknown-config-key]\n");
  EXPECT_EQ(read("llama", R"(,"original_max_position_embeddings":4096)"),
            "warning: config.json:1: key 'original_max_position_embeddings' has no effect with the "
            "rope_type of this file; remove it [-Wunknown-config-key]\n");
}

// A field that was refused is not the default that stands in for it.
TEST_F(ConfigTest, ChecksNothingAgainstARefusedField) {
  for (const char *layers : {"0", "1e9", "\"many\""})
    EXPECT_EQ(read("qwen3", std::string(R"(,"layer_types":["full_attention","full_attention"],)") +
                                R"("num_hidden_layers":)" + layers),
              std::string("error: config.json:1: 'num_hidden_layers' is ") +
                  (*layers == '"' ? "'many'" : layers) + "; expected an integer from 1 to 4096\n");
  EXPECT_EQ(read("llama", R"(,"hidden_size":0,"num_attention_heads":48)"),
            "error: config.json:1: 'hidden_size' is 0; expected an integer from 1 to 262144\n");
  EXPECT_EQ(read("llama", R"(,"num_attention_heads":0,"num_key_value_heads":5)"),
            "error: config.json:1: 'num_attention_heads' is 0; expected an integer from 1 to "
            "4096\n");
  EXPECT_EQ(read("qwen3", R"(,"num_hidden_layers":1,"use_sliding_window":true,)"
                          R"("sliding_window":-3,"layer_types":["sliding_attention"])"),
            "error: config.json:1: 'sliding_window' is -3; expected an integer from 1 to "
            "2147483647\n");
  EXPECT_EQ(read("qwen3", R"(,"num_hidden_layers":1,"use_sliding_window":"yes",)"
                          R"("sliding_window":3,"layer_types":["sliding_attention"])"),
            "error: config.json:1: 'use_sliding_window' is 'yes'; expected true or false\n");
  EXPECT_EQ(read("llama", R"(,"rope_scaling":{"rope_type":"llama3","factor":8,)"
                          R"("low_freq_factor":8,"high_freq_factor":0})"),
            "error: config.json:1: 'rope_scaling.high_freq_factor' is 0; expected a number from "
            "0.001 to 1e+06\n");
  EXPECT_EQ(read("llama", R"(,"head_dim":1e9,"rope_scaling":{"rope_type":"longrope",)"
                          R"("short_factor":[1],"long_factor":[0]})"),
            "error: config.json:1: 'head_dim' is 1e9; expected an integer from 2 to 8192\n"
            "error: config.json:1: 'rope_scaling.long_factor' holds 0; expected numbers from "
            "0.001 to 1e+06\n");
}

TEST_F(ConfigTest, ReadsWindows) {
  EXPECT_EQ(read("qwen2", std::string(small) + R"(,"sliding_window":7,"max_window_layers":1,)"
                                               R"("use_sliding_window":true)"),
            "");
  EXPECT_EQ(decoder->slidingWindow, (std::vector<int64_t>{0, 7, 7}));
  EXPECT_EQ(read("qwen3", std::string(small) +
                              R"(,"sliding_window":7,"use_sliding_window":true,"layer_types":)"
                              R"(["sliding_attention","full_attention","sliding_attention"])"),
            "");
  EXPECT_EQ(decoder->slidingWindow, (std::vector<int64_t>{7, 0, 7}));
  EXPECT_EQ(read("qwen3", std::string(small) + R"(,"layer_types":["full_attention"])"),
            "error: config.json:1: 'layer_types' names 1 layers; 'num_hidden_layers' is 3, correct "
            "one of them\n");
  EXPECT_EQ(
      read("qwen3", std::string(small) + R"(,"layer_types":["full_attention",)"
                                         R"("sliding_attention","full_attention"])"),
      "error: config.json:1: 'layer_types' has layers of 'sliding_attention', but no window is "
      "set; set 'sliding_window'\n");
  EXPECT_EQ(read("qwen3", std::string(small) + R"(,"layer_types":["full_attention",)"
                                               R"("linear_attention","full_attention"])"),
            "error: config.json:1: 'layer_types' is 'linear_attention', which is not supported; "
            "expected 'full_attention' or 'sliding_attention'\n");
}

TEST_F(ConfigTest, RefusesQuantizedCheckpoints) {
  EXPECT_EQ(
      read("llama", R"(,"quantization_config":{"quant_method":"gptq","bits":4})"),
      "error: config.json:1: 'quantization_config' says that the checkpoint is quantized with "
      "method 'gptq', which is not supported; use the unquantized checkpoint\n");
}

TEST_F(ConfigTest, ReadsElementTypesInBothSpellings) {
  EXPECT_EQ(read("llama", R"(,"torch_dtype":"bfloat16")"), "");
  EXPECT_EQ(decoder->elementType, ElementType::BF16);
  EXPECT_EQ(read("llama", R"(,"dtype":"torch.float16")"), "");
  EXPECT_EQ(decoder->elementType, ElementType::F16);
  EXPECT_EQ(read("llama", R"(,"dtype":"bfloat61")"),
            "error: config.json:1: 'dtype' is 'bfloat61', which is not supported; did you mean "
            "'bfloat16'\n");
}

TEST_F(ConfigTest, WarnsOfUnknownKeys) {
  EXPECT_EQ(
      read("llama", R"(,"use_cache":true,"rope_tetha":1e6)"),
      "warning: config.json:1: key 'rope_tetha' is not known here and is ignored; did you mean "
      "'rope_theta' [-Wunknown-config-key]\n");
  EXPECT_TRUE(decoder);
  WarningOptions strict;
  llvm::cantFail(strict.parse("error=unknown-config-key"));
  EXPECT_EQ(read("llama", R"(,"zzz":{})", strict),
            "error: config.json:1: key 'zzz' is not known here and is ignored "
            "[-Werror,-Wunknown-config-key]\n");
  WarningOptions quiet;
  llvm::cantFail(quiet.parse("no-unknown-config-key"));
  EXPECT_EQ(read("llama", R"(,"zzz":{})", quiet), "");
}

TEST_F(ConfigTest, TellsAFloodOfUnknownKeysOnce) {
  std::string keys;
  for (int index = 0; index < 60; ++index)
    keys += ",\"zz" + std::to_string(index) + "\":1";
  read("llama", keys);
  EXPECT_EQ(messages.size(), 51u);
  EXPECT_EQ(messages.back(), "warning: config.json: and 10 more unknown keys; remove them, or "
                             "compile with -Wno-unknown-config-key "
                             "[-Wunknown-config-key]");
}

TEST_F(ConfigTest, AnEmptyScalingIsNone) {
  EXPECT_EQ(read("llama", R"(,"rope_scaling":{},"rope_parameters":{"rope_theta":7e5})"), "");
  EXPECT_EQ(decoder->rope.theta, 7e5);
}

TEST_F(ConfigTest, ReadsWrappedLanguageModels) {
  EXPECT_EQ(
      readText(R"({"architectures":["MistralForCausalLM"],"tie_word_embeddings":true,)"
               R"("dtype":"bfloat16","text_config":{"model_type":"mistral","hidden_size":64,)"
               R"("rope_parameters":{"rope_theta":1e6,"bad":1}}})"),
      "warning: config.json:1: key 'text_config.rope_parameters.bad' is not known here and is "
      "ignored [-Wunknown-config-key]\n");
  EXPECT_EQ(decoder->hidden, 64);
  EXPECT_EQ(decoder->rope.theta, 1e6);
  EXPECT_TRUE(decoder->tiedHead);
  EXPECT_EQ(decoder->elementType, ElementType::BF16);
}

TEST_F(ConfigTest, ChoosesTheFamily) {
  EXPECT_EQ(readText(R"({"architectures":["Qwen2ForCausalLM"],"model_type":"qwen2"})"), "");
  EXPECT_TRUE(decoder->queryBias);
  EXPECT_EQ(readText(R"({"architectures":["Qwen2ForCausalLM"]})"), "");
  EXPECT_TRUE(decoder->queryBias);
  EXPECT_EQ(readText(R"({"architectures":["Qwen4ForCausalLM"]})"),
            "error: config.json:1: a model of 'architectures' 'Qwen4ForCausalLM' is not supported; "
            "did you mean 'Qwen2ForCausalLM'; supported are 'LlamaForCausalLM', "
            "'MistralForCausalLM', 'Qwen2ForCausalLM' or 'Qwen3ForCausalLM'\n");
  EXPECT_EQ(readText(R"({"model_type":"lama"})"),
            "error: config.json:1: a model of 'model_type' 'lama' is not supported; did you mean "
            "'llama'; supported are 'llama', 'mistral', 'qwen2' or 'qwen3'\n");
  EXPECT_EQ(
      readText("{}"),
      "error: config.json:1: neither 'model_type' nor 'architectures' names the model; one of "
      "them must be a supported name, set 'model_type' to 'llama', 'mistral', 'qwen2' or "
      "'qwen3'\n");
}

TEST_F(ConfigTest, TheTypeDecidesWhereItContradictsTheArchitecture) {
  constexpr const char *text = R"({"architectures":["LlamaForCausalLM"],"model_type":"qwen2"})";
  constexpr const char *message =
      "config.json:1: 'architectures' names 'LlamaForCausalLM', but 'model_type' 'qwen2' is that "
      "of 'Qwen2ForCausalLM'; the type decides, as in transformers, correct the one that is wrong ";
  EXPECT_EQ(readText(text), std::string("warning: ") + message + "[-Wmodel-type]\n");
  EXPECT_TRUE(decoder->queryBias);
  WarningOptions errors, silent;
  EXPECT_FALSE(bool(errors.parse("error=model-type")));
  EXPECT_EQ(readText(text, errors), std::string("error: ") + message + "[-Werror,-Wmodel-type]\n");
  EXPECT_FALSE(bool(silent.parse("no-model-type")));
  EXPECT_EQ(readText(text, silent), "");
  EXPECT_EQ(readText(R"({"architectures":["LlamaForCausalLM"],"model_type":"other"})"),
            "error: config.json:1: a model of 'model_type' 'other' is not supported; supported are "
            "'llama', 'mistral', 'qwen2' or 'qwen3'\n");
}

TEST_F(ConfigTest, RefusesRopeKindsAtTheirKey) {
  EXPECT_EQ(read("llama", ",\n\"rope_scaling\":{\"type\":\"spiral\",\"factor\":2,\"alpha\":1},\n"
                          "\"hidden_act\":\"swishy\""),
            "error: config.json:3: 'hidden_act' is 'swishy', which is not supported; did you mean "
            "'swish'\n"
            "error: config.json:2: 'rope_scaling.type' is 'spiral', which is not supported; "
            "expected 'default', 'linear', 'llama3', 'yarn', 'longrope', 'su', 'mrope' or "
            "'dynamic'\n");
  EXPECT_EQ(read("llama", R"(,"rope_parameters":{"rope_type":"spiral","turns":2})"),
            "error: config.json:1: 'rope_parameters.rope_type' is 'spiral', which is not "
            "supported; expected 'default', 'linear', 'llama3', 'yarn', 'longrope', 'su', "
            "'mrope' or 'dynamic'\n");
}

TEST_F(ConfigTest, RefusesBrokenFiles) {
  EXPECT_EQ(readText("{\n\"a\":1,\n\"a\":2}"),
            "error: config.json:3: this is not valid JSON: the key 'a' appears twice in one "
            "object; correct it, or fetch the file again\n");
  EXPECT_EQ(readText("[]"),
            "error: config.json: expected an object, got an array; fetch the file again\n");
  EXPECT_TRUE(mlir::failed(Config::open(&context, folder)));
  EXPECT_EQ(messages.back(), "error: config.json: no such file; a checkpoint folder must hold "
                             "'config.json', fetch the whole model again");
}

class GenerationConfigTest : public test::ImporterTest {
protected:
  std::string read(llvm::StringRef config, const char *generation) {
    messages.clear();
    if (generation)
      write("generation_config.json", generation);
    llvm::FailureOr<Config> file = Config::parse(&context, config, "config.json");
    EXPECT_TRUE(mlir::succeeded(file));
    auto read = readGenerationConfig(&context, folder, *file, /*vocab=*/100, {});
    EXPECT_EQ(mlir::failed(read), joined().find("error: ") != std::string::npos);
    result = mlir::succeeded(read) ? *read : rt::GenerationDefaults();
    return joined();
  }
  std::vector<int64_t> stopTokens() const {
    return {result.stopTokens, result.stopTokens + result.stopTokenCount};
  }
  rt::GenerationDefaults result;
};

TEST_F(GenerationConfigTest, ReadsBothFiles) {
  EXPECT_EQ(read(R"({"bos_token_id":1,"eos_token_id":2})", nullptr), "");
  EXPECT_EQ(result.bosToken, 1);
  EXPECT_EQ(stopTokens(), (std::vector<int64_t>{2}));
  EXPECT_FALSE(result.sample);
  EXPECT_EQ(result.topK, 50);
  EXPECT_EQ(read(R"({"bos_token_id":1,"eos_token_id":2})",
                 R"({"eos_token_id":[3,4,3],"do_sample":true,"temperature":0.6,"top_k":20,)"
                 R"("top_p":0.95,"min_p":0.0,"repetition_penalty":1.05,"pad_token_id":3,)"
                 R"("transformers_version":"4.51.0"})"),
            "");
  EXPECT_EQ(stopTokens(), (std::vector<int64_t>{3, 4}));
  EXPECT_TRUE(result.sample);
  EXPECT_EQ(result.temperature, 0.6);
  EXPECT_EQ(result.topK, 20);
  EXPECT_EQ(result.topP, 0.95);
  EXPECT_EQ(result.repetitionPenalty, 1.05);
}

TEST_F(GenerationConfigTest, TemperatureZeroIsGreedy) {
  EXPECT_EQ(read("{}", R"({"do_sample":true,"temperature":0.0})"), "");
  EXPECT_FALSE(result.sample);
}

TEST_F(GenerationConfigTest, DropsTokensThatAreNotInTheVocabulary) {
  EXPECT_EQ(read("{}", R"({"eos_token_id":[99,100]})"),
            "warning: generation_config.json:1: 'eos_token_id' names token 100, which a vocabulary "
            "of 100 does not have; it is ignored, correct it [-Wtoken-out-of-range]\n");
  EXPECT_EQ(stopTokens(), (std::vector<int64_t>{99}));
}

TEST_F(GenerationConfigTest, RefusesAbsurdValues) {
  EXPECT_EQ(
      read("{}", R"({"temperature":-1,"top_p":0,"top_k":-5,"eos_token_id":["</s>"],)"
                 R"("no_repeat_ngram_size":3})"),
      "error: generation_config.json:1: 'top_k' is -5; expected an integer from 0 to "
      "2147483647\n"
      "error: generation_config.json:1: 'top_p' is 0; expected a number above 0 and at most "
      "1\n"
      "error: generation_config.json:1: 'temperature' is -1; expected a number from 0 to 100\n"
      "error: generation_config.json:1: 'eos_token_id' holds a value that is no token id; "
      "expected integers from 0 to 2147483647\n"
      "warning: generation_config.json:1: key 'no_repeat_ngram_size' is not known here and is "
      "ignored [-Wunknown-config-key]\n");
  std::string many = "[0";
  for (int id = 1; id < 17; ++id)
    many += "," + std::to_string(id);
  EXPECT_EQ(read(R"({"eos_token_id":)" + many + "]}", "{}"),
            "error: config.json:1: 'eos_token_id' lists 17 tokens; at most 16 are supported, "
            "remove those that matter least\n");
}

} // namespace
