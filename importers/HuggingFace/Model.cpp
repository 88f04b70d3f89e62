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

/// Reads into `decoder`, with defaults in the place of what is refused.
static LogicalResult readDecoderInto(DecoderConfig &decoder, Config &config, const Family &family,
                                     const WarningOptions &warnings) {
  family.read(config.language(), config.root(), decoder);
  // The inner name repeats what the outer one said.
  config.language().ignore("model_type");
  config.language().ignore("architectures");
  return config.finish(warnings, harmlessConfigKeys());
}

FailureOr<DecoderConfig> readDecoderConfig(Config &config, const Family &family,
                                           const WarningOptions &warnings) {
  DecoderConfig decoder;
  if (failed(readDecoderInto(decoder, config, family, warnings)))
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
  DecoderConfig decoder;
  LogicalResult isRead = failure();
  if (family) {
    isRead = readDecoderInto(decoder, *config, *family, warnings);
  } else {
    readForeignDecoder(config->language(), config->root());
    (void)config->tellProblems();
  }
  // Any token is in range of a vocabulary that is not known.
  int64_t vocab = succeeded(isRead) ? decoder.vocab : std::numeric_limits<int32_t>::max();
  FailureOr<rt::GenerationDefaults> generation =
      readGenerationConfig(context, folder, *config, vocab, warnings);
  if (!family || failed(opened))
    return failure();
  auto checkpoint = std::make_unique<Checkpoint>(std::move(*opened));
  ConfigObject language = config->language(), root = config->root();
  auto isRefused = [&](StringRef key) { return language.refused(key) || root.refused(key); };
  FailureOr<DecoderTensors> tensors =
      matchTensors(context, *checkpoint, family->tensors(), decoder, isRefused, warnings);
  if (failed(isRead) || failed(generation) || failed(tensors))
    return failure();
  return Model{family, std::move(decoder), *generation, std::move(checkpoint), std::move(*tensors)};
}

} // namespace tenon::hf
