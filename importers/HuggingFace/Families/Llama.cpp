//===- Llama.cpp - Llama 2, Llama 3 and what uses their class -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RMS norm before attention and before a gated MLP, grouped queries, rotary
// embedding. Yi, SmolLM2, Vicuna and the Llama distillations of DeepSeek-R1
// are this family, too.
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/Family.h"

namespace tenon::hf {

static void read(const ConfigObject &config, const ConfigObject &outermost,
                 DecoderConfig &decoder) {
  readDecoder(config, outermost, DecoderDefaults{}, decoder);
  readRope(config, decoder);
  readLayerTypes(config, /*window=*/std::nullopt, /*firstWindowed=*/0, decoder);
  bool bias = config.boolean("attention_bias", false);
  decoder.queryBias = decoder.keyBias = decoder.valueBias = decoder.outputBias = bias;
  decoder.mlpBias = config.boolean("mlp_bias", false);
}

const Family llamaFamily = {"llama", "LlamaForCausalLM", read, llamaTensors};

} // namespace tenon::hf
