//===- TokenizerTables.h - Writes the tables of a tokenizer ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_TOKENIZER_TOKENIZERTABLES_H
#define TENON_IMPORTERS_TOKENIZER_TOKENIZERTABLES_H

#include "TokenizerSpec.h"

#include "mlir/Support/LLVM.h"

namespace tenon::tokenizer {

/// Writes `spec` as the tables of runtime/Tokenizer/TokenizerFormat.h. The same spec
/// gives the same bytes. Its ids must be unique and its merges name tokens.
/// \returns failure, with a diagnostic at `location` or at a pattern's own, for
/// patterns that cannot be compiled and tables over 4 GiB.
mlir::FailureOr<std::vector<char>> writeTokenizerTables(const TokenizerSpec &spec,
                                                        mlir::Location location);

} // namespace tenon::tokenizer

#endif // TENON_IMPORTERS_TOKENIZER_TOKENIZERTABLES_H
