//===- Qwen3.cpp - Qwen3, the dense models --------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Llama with an RMS norm over each head of q and k, before the rotary
// embedding; heads of 128 unless the file says otherwise, whatever
// hidden_size is; the window rule of Qwen2.
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/Family.h"

namespace tenon::hf {

static void read(const ConfigObject &config, const ConfigObject &outermost,
                 DecoderConfig &decoder) {
  DecoderDefaults defaults;
  defaults.vocab = 151936;
  defaults.intermediate = 22016;
  defaults.kvHeads = 32;
  defaults.headDim = 128;
  defaults.maxPositions = 32768;
  readDecoder(config, outermost, defaults, decoder);
  readRope(config, decoder);
  readOptionalWindow(config, decoder);
  bool bias = config.boolean("attention_bias", false);
  decoder.queryBias = decoder.keyBias = decoder.valueBias = decoder.outputBias = bias;
  decoder.qkNorm = true;
}

const Family qwen3Family = {"qwen3", "Qwen3ForCausalLM", read, llamaTensors};

} // namespace tenon::hf
