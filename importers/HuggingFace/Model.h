//===- Model.h - A checkpoint folder, read and checked --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_HUGGINGFACE_MODEL_H
#define TENON_IMPORTERS_HUGGINGFACE_MODEL_H

#include "importers/HuggingFace/Checkpoint.h"
#include "importers/HuggingFace/Family.h"
#include "importers/HuggingFace/GenerationConfig.h"

#include <memory>

namespace tenon::hf {

/// All that a folder says about a model, before any IR is made of it.
struct Model {
  const Family *family;
  DecoderConfig decoder;
  rt::GenerationDefaults generation;
  std::unique_ptr<Checkpoint> checkpoint;
  DecoderTensors tensors; ///< entries of `checkpoint`
};

/// Reads and checks config.json, generation_config.json and the headers of the
/// weights of `folder`. Every fault of a file is told as an error at its place.
llvm::FailureOr<Model> readModel(mlir::MLIRContext *context, llvm::StringRef folder,
                                 const WarningOptions &warnings = {});

/// Reads a family's configuration out of `config`: the part of readModel that
/// needs no other file. \returns failure after all problems were told.
llvm::FailureOr<DecoderConfig> readDecoderConfig(Config &config, const Family &family,
                                                 const WarningOptions &warnings);

} // namespace tenon::hf

#endif // TENON_IMPORTERS_HUGGINGFACE_MODEL_H
