//===- Advice.h - What to do, for the ends of messages --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_DIAGNOSTICS_ADVICE_H
#define TENON_IMPORTERS_DIAGNOSTICS_ADVICE_H

#include "llvm/ADT/StringRef.h"

namespace tenon {

/// About a file that breaks its format.
inline constexpr llvm::StringLiteral fetchAgain = "; fetch the file again";
/// About tokens whose numbers cannot be right, though the file keeps its format;
/// another copy of it would say the same.
inline constexpr llvm::StringLiteral correctTokens =
    "; correct the tokens, or compile with --tokenizer=none, for a file that takes token ids";
/// About a tokenizer that is sound and of a kind that is not supported.
inline constexpr llvm::StringLiteral useTokenIds =
    "; compile with --tokenizer=none, for a file that takes token ids";

} // namespace tenon

#endif // TENON_IMPORTERS_DIAGNOSTICS_ADVICE_H
