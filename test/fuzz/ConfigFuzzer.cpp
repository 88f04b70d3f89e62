//===- ConfigFuzzer.cpp - Any bytes as a config.json ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Besides not crashing, a configuration that is let through must make sense:
// sizes in their ranges and heads that divide, so that nothing derived from
// them overflows.
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/Model.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"

#include <cmath>
#include <cstdlib>

using namespace tenon;
using namespace tenon::hf;

/// Ends the process, so that the fuzzer keeps the input.
static void require(bool condition) {
  if (!condition)
    std::abort();
}

static void checkDecoder(const DecoderConfig &decoder) {
  require(decoder.hidden > 0 && decoder.layers > 0 && decoder.vocab > 0);
  require(decoder.heads > 0 && decoder.kvHeads > 0 && decoder.heads % decoder.kvHeads == 0);
  require(decoder.headDim > 0 && decoder.headDim % 2 == 0);
  require(decoder.queryRows() <= int64_t(1) << 40 && decoder.vocab * decoder.hidden > 0);
  require(decoder.normEpsilon > 0 && decoder.normEpsilon <= 1);
  require(decoder.slidingWindow.size() == static_cast<size_t>(decoder.layers));
  require(std::isfinite(decoder.rope.theta) && std::isfinite(decoder.rope.attentionFactor));
  require(decoder.rope.theta > 0 && decoder.rope.attentionFactor > 0 && decoder.rope.factor > 0);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  bool error = false;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    error |= diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error;
    require(diagnostic.str().find('\n') == std::string::npos);
    return mlir::success();
  });
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  WarningOptions warnings;

  llvm::FailureOr<Config> config = Config::parse(&context, text, "config.json");
  require(mlir::failed(config) == error);
  if (error)
    return 0;
  // Every family reads every input, whatever family it names.
  const Family *named = findFamily(*config, warnings);
  require((named == nullptr) == error);
  for (const Family *family : families()) {
    error = false;
    llvm::FailureOr<Config> again = Config::parse(&context, text, "config.json");
    llvm::FailureOr<DecoderConfig> decoder = readDecoderConfig(*again, *family, warnings);
    require(mlir::failed(decoder) == error);
    if (error)
      continue;
    checkDecoder(*decoder);
    require(mlir::failed(readGenerationConfig(&context, "/nonexistent", *again, decoder->vocab,
                                              warnings)) == error);
  }
  return 0;
}
