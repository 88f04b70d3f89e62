//===- GenerationConfig.h - How a checkpoint wants to be sampled ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_HUGGINGFACE_GENERATIONCONFIG_H
#define TENON_IMPORTERS_HUGGINGFACE_GENERATIONCONFIG_H

#include "importers/HuggingFace/Config.h"

#include <vector>

namespace tenon::hf {

/// The defaults of generation; what the files do not say is as transformers
/// has it.
struct GenerationConfig {
  bool sample = false; ///< else greedy
  double temperature = 1;
  int64_t topK = 50; ///< 0: off
  double topP = 1;
  double minP = 0;
  double repetitionPenalty = 1;
  int64_t bosToken = -1; ///< -1: none
  std::vector<int64_t> stopTokens;
};

/// Reads generation_config.json of `folder`, which may be absent, and the
/// tokens that only `config`, config.json, names. Ids that are not below
/// `vocab` are dropped with a warning: no step can make them.
llvm::FailureOr<GenerationConfig> readGenerationConfig(mlir::MLIRContext *context,
                                                       llvm::StringRef folder, Config &config,
                                                       int64_t vocab,
                                                       const WarningOptions &warnings);

} // namespace tenon::hf

#endif // TENON_IMPORTERS_HUGGINGFACE_GENERATIONCONFIG_H
