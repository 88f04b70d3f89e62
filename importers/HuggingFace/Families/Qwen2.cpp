//===- Qwen2.cpp - Qwen1.5, Qwen2 and Qwen2.5 -----------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Llama with biases on q, k and v, always, and none on the output. A window is
// in the file even where it is off: it counts only with `use_sliding_window`,
// and then on the layers from `max_window_layers` on.
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
  defaults.maxPositions = 32768;
  readDecoder(config, outermost, defaults, decoder);
  readRope(config, decoder);
  readOptionalWindow(config, decoder);
  decoder.queryBias = decoder.keyBias = decoder.valueBias = true;
}

const Family qwen2Family = {"qwen2", "Qwen2ForCausalLM", read, llamaTensors};

} // namespace tenon::hf
