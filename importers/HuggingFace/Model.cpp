//===- Model.cpp - A checkpoint folder, read and checked ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/Model.h"

#include <limits>

using namespace llvm;

namespace tenon::hf {

FailureOr<DecoderConfig> readDecoderConfig(Config &config, const Family &family,
                                           const WarningOptions &warnings) {
  DecoderConfig decoder;
  family.read(config.language(), config.root(), decoder);
  // The inner name repeats what the outer one said.
  config.language().ignore("model_type");
  config.language().ignore("architectures");
  if (failed(config.finish(warnings, harmlessConfigKeys())))
    return failure();
  return decoder;
}

FailureOr<Model> readModel(mlir::MLIRContext *context, StringRef folder,
                           const WarningOptions &warnings) {
  FailureOr<Config> config = Config::open(context, folder);
  if (failed(config))
    return failure();
  // Whatever is wrong with one file, the others are read, so that one run
  // tells all that is wrong with the folder.
  FailureOr<Checkpoint> opened = Checkpoint::open(context, folder, warnings);
  const Family *family = findFamily(*config, warnings);
  if (!family)
    return failure();
  FailureOr<DecoderConfig> decoder = readDecoderConfig(*config, *family, warnings);
  // Any token is in range of a vocabulary that is not known.
  int64_t vocab = succeeded(decoder) ? decoder->vocab : std::numeric_limits<int32_t>::max();
  FailureOr<rt::GenerationDefaults> generation =
      readGenerationConfig(context, folder, *config, vocab, warnings);
  if (failed(decoder) || failed(generation) || failed(opened))
    return failure();
  auto checkpoint = std::make_unique<Checkpoint>(std::move(*opened));
  FailureOr<DecoderTensors> tensors =
      matchTensors(context, *checkpoint, family->tensors(), *decoder, warnings);
  if (failed(tensors))
    return failure();
  return Model{family, std::move(*decoder), *generation, std::move(checkpoint),
               std::move(*tensors)};
}

} // namespace tenon::hf
