//===- Mistral.cpp - Mistral ----------------------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Llama without biases, with a sliding window on all layers: 4096 positions
// when the key is missing, none when it is null.
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/Family.h"

namespace tenon::hf {

static void read(const ConfigObject &config, const ConfigObject &outermost,
                 DecoderConfig &decoder) {
  DecoderDefaults defaults;
  defaults.intermediate = 14336;
  defaults.kvHeads = 8;
  defaults.maxPositions = 131072;
  readDecoder(config, outermost, defaults, decoder);
  readRope(config, decoder);
  readLayerTypes(config, readWindow(config, /*otherwise=*/4096), /*firstWindowed=*/0, decoder);
}

const Family mistralFamily = {"mistral", "MistralForCausalLM", read, llamaTensors};

} // namespace tenon::hf
