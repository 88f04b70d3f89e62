//===- RopeFrequencies.h - Rotary frequencies of every scaling ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_HUGGINGFACE_ROPEFREQUENCIES_H
#define TENON_IMPORTERS_HUGGINGFACE_ROPEFREQUENCIES_H

#include "importers/HuggingFace/DecoderConfig.h"

#include "mlir/IR/Location.h"

#include <vector>

namespace tenon::hf {

/// The angles' frequencies of `rope`, [headDim / 2], and the factor of cosine
/// and sine. Scalings that depend on the length of the text are chosen for the
/// whole context of `maxPositions`. Formulas: Hugging Face transformers,
/// modeling_rope_utils.py; computed in f32 as there, since a frequency that
/// differs in its last bit turns a late position by a visible angle.
struct RopeFrequencies {
  std::vector<float> frequencies;
  float factor = 1;
};

RopeFrequencies ropeFrequencies(const DecoderConfig &decoder);

} // namespace tenon::hf

#endif // TENON_IMPORTERS_HUGGINGFACE_ROPEFREQUENCIES_H
