//===- SplitPattern.h - The regular expressions of tokenizers -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Patterns have the meaning that Oniguruma with its default (Ruby) syntax gives
// them, because that is the engine of Hugging Face tokenizers. It differs from
// others in a few places: `$` and `^` are about lines, `{1,3}+` repeats the
// interval instead of making it possessive, `\h` is a hexadecimal digit.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_TOKENIZER_SPLITPATTERN_H
#define TENON_IMPORTERS_TOKENIZER_SPLITPATTERN_H

#include "CharacterSet.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include "runtime/Tokenizer/TokenizerFormat.h"

#include <memory>
#include <string>
#include <vector>

namespace tenon::tokenizer {

/// A part of a pattern. Its children are parts too.
struct PatternNode {
  enum class Kind {
    Set,      ///< one character of `set`
    Sequence, ///< the children, one after the other; none: the empty text
    Choice,   ///< the first child that leads to a match
    Repeat,   ///< the child, `least` to `most` times
    Look,     ///< the child matches here (or does not, if negative)
    Atomic,   ///< the child, without going back into it
    Anchor,   ///< a place: `anchor` is one of LineStart to LastLineEnd
  };
  using Pointer = std::unique_ptr<PatternNode>;

  explicit PatternNode(Kind kind) : kind(kind) {}

  Kind kind;
  CharacterSet set;
  std::vector<Pointer> children;
  uint32_t least = 0;
  uint32_t most = rt::unlimited;
  rt::SplitMode mode = rt::SplitMode::Greedy;
  bool negative = false;
  rt::SplitOp anchor = rt::SplitOp::TextStart;
};

/// Why a pattern cannot be run, and at which of its bytes.
class PatternError : public llvm::ErrorInfo<PatternError> {
public:
  static char ID;
  PatternError(std::string message, size_t offset) : message(std::move(message)), offset(offset) {}
  void log(llvm::raw_ostream &stream) const override { stream << message; }
  std::error_code convertToErrorCode() const override { return llvm::inconvertibleErrorCode(); }

  const std::string message;
  const size_t offset;
};

/// Reads `pattern`, valid UTF-8. \returns a PatternError for what is malformed
/// and for every construct that split programs do not have.
llvm::Expected<PatternNode::Pointer> parsePattern(llvm::StringRef pattern);

/// A pattern that matches exactly `text`, valid UTF-8.
PatternNode::Pointer literalPattern(llvm::StringRef text);

} // namespace tenon::tokenizer

#endif // TENON_IMPORTERS_TOKENIZER_SPLITPATTERN_H
