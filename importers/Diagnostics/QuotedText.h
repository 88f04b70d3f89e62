//===- QuotedText.h - Text from untrusted files, in messages --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_DIAGNOSTICS_QUOTEDTEXT_H
#define TENON_IMPORTERS_DIAGNOSTICS_QUOTEDTEXT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace tenon {

/// `text` in single quotes, fit for a message of one line: control characters
/// and broken UTF-8 are escaped, and what is too long to read is cut, so that a
/// name in a file can neither move the terminal's cursor nor fill its screen.
std::string quoted(llvm::StringRef text);

/// `text` as a terminal and a line may get it: control characters, which could
/// move the cursor or begin another line, as \xNN, but for those in `kept`;
/// bytes that are no UTF-8 as U+FFFD.
std::string printable(llvm::StringRef text, llvm::StringRef kept = "");

/// `[2, 3]`, or `[]` for a scalar.
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// `; did you mean 'NAME'` with the candidate that `name` was most likely meant
/// to be, or nothing when none is near.
std::string didYouMean(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> candidates);

/// The candidates, quoted, with commas and a final "or".
std::string listOf(llvm::ArrayRef<llvm::StringRef> candidates);

} // namespace tenon

#endif // TENON_IMPORTERS_DIAGNOSTICS_QUOTEDTEXT_H
