//===- GenerationConfig.h - How a checkpoint wants to be sampled ----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_HUGGINGFACE_GENERATIONCONFIG_H
#define TENON_IMPORTERS_HUGGINGFACE_GENERATIONCONFIG_H

#include "importers/HuggingFace/Config.h"
#include "runtime/ModelInfo.h"

namespace tenon::hf {

/// Reads generation_config.json of `folder`, which may be absent, and the
/// tokens that only `config`, config.json, names. Ids that are not below
/// `vocab` are dropped with a warning: no step can make them. What the files do
/// not say is as transformers has it.
llvm::FailureOr<rt::GenerationDefaults> readGenerationConfig(mlir::MLIRContext *context,
                                                             llvm::StringRef folder, Config &config,
                                                             int64_t vocab,
                                                             const WarningOptions &warnings);

} // namespace tenon::hf

#endif // TENON_IMPORTERS_HUGGINGFACE_GENERATIONCONFIG_H
