//===- TokenizerFile.h - Reads tokenizer.json -----------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_TOKENIZER_TOKENIZERFILE_H
#define TENON_IMPORTERS_TOKENIZER_TOKENIZERFILE_H

#include "TokenizerSpec.h"

#include "importers/Files/Json.h"

#include "mlir/Support/LLVM.h"

namespace tenon::tokenizer {

/// Where `value` stands in the file `path`.
mlir::Location locationOf(mlir::MLIRContext *context, llvm::StringRef path, const JsonValue &value);

/// Reads `text`, the tokenizer.json at `path`. Everything that is wrong or not
/// supported is told, each by a diagnostic with its line, before it fails.
mlir::FailureOr<TokenizerSpec> readTokenizerFile(mlir::MLIRContext *context, llvm::StringRef path,
                                                 llvm::StringRef text);

} // namespace tenon::tokenizer

#endif // TENON_IMPORTERS_TOKENIZER_TOKENIZERFILE_H
