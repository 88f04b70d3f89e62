//===- PieceSplitter.h - Cuts text into the words of a tokenizer ----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZER_PIECESPLITTER_H
#define TENON_RUNTIME_TOKENIZER_PIECESPLITTER_H

#include "SplitMatcher.h"

#include <functional>
#include <string>

namespace tenon::rt {

/// Runs the split steps of a tokenizer one after the other: each cuts the
/// pieces of the one before. One object serves one thread.
class PieceSplitter {
public:
  using Sink = std::function<void(std::string_view)>;

  PieceSplitter(const SplitTables &tables, std::span<const SplitStep> steps)
      : tables(tables), steps(steps), matcher(tables) {}

  /// Gives the words of `text`, valid UTF-8, to `sink`, in order.
  void split(std::string_view text, const Sink &sink);

private:
  /// A text with its symbols.
  struct Source {
    std::string_view text;
    std::vector<uint8_t> symbols;
  };
  void runStep(size_t step, const Source &source, size_t begin, size_t end, const Sink &sink);

  const SplitTables &tables;
  std::span<const SplitStep> steps;
  SplitMatcher matcher;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_TOKENIZER_PIECESPLITTER_H
