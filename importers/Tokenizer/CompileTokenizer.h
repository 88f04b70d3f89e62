//===- CompileTokenizer.h - From a checkpoint's tokenizer to tables -------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_TOKENIZER_COMPILETOKENIZER_H
#define TENON_IMPORTERS_TOKENIZER_COMPILETOKENIZER_H

#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/LLVM.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tenon::tokenizer {

/// What the caller knows of the model.
struct TokenizerOptions {
  /// Rows of the embedding. A tokenizer with more ids is refused; one with
  /// fewer is usual. 0: not known.
  int64_t vocabularySize = 0;
};

/// A tokenizer in the form of runtime/Tokenizer/TokenizerFormat.h, and facts about it.
struct CompiledTokenizer {
  std::vector<char> tables;
  int32_t size = 0;                           ///< one more than the largest id
  int32_t bosId = -1, eosId = -1, padId = -1; ///< of tokenizer_config.json; -1: none
  /// What chat templates see: `bos_token`, `eos_token`, ... and its text, in
  /// the order of tokenizer_config.json.
  std::vector<std::pair<std::string, std::string>> specialTokens;
};

/// The text of the two files and their names, for callers that have no folder.
struct TokenizerFiles {
  std::string tokenizerPath = "tokenizer.json";
  std::string tokenizerText;
  std::string configPath = "tokenizer_config.json";
  std::string configText; ///< may be empty: there is no such file
};

/// Compiles `tokenizer.json`, and what `tokenizer_config.json` adds to it, of
/// the checkpoint in `folder`. Everything that is wrong or not supported is told
/// by diagnostics at its place in the file before it fails.
mlir::FailureOr<CompiledTokenizer> compileTokenizer(mlir::MLIRContext *context,
                                                    llvm::StringRef folder,
                                                    const TokenizerOptions &options);

/// The same from the files' text.
mlir::FailureOr<CompiledTokenizer> compileTokenizer(mlir::MLIRContext *context,
                                                    const TokenizerFiles &files,
                                                    const TokenizerOptions &options);

} // namespace tenon::tokenizer

#endif // TENON_IMPORTERS_TOKENIZER_COMPILETOKENIZER_H
