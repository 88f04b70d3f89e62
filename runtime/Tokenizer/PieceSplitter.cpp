//===- PieceSplitter.cpp - Cuts text into the words of a tokenizer --------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PieceSplitter.h"

#include "runtime/Utf8.h"

namespace tenon::rt {

namespace {
/// Joins matches and gaps, as they come, to pieces by a SplitBehavior.
/// \tparam Emit called with the begin and the end of each piece, in order
template <typename Emit> class PieceJoiner {
public:
  PieceJoiner(SplitBehavior behavior, bool inverted, Emit emit)
      : behavior(behavior), inverted(inverted), emit(emit) {}

  void add(size_t partBegin, size_t partEnd, bool isMatch) {
    isMatch ^= inverted;
    if (behavior == SplitBehavior::Removed && isMatch)
      return;
    if (joins(isMatch)) {
      end = partEnd;
    } else {
      finish();
      begin = partBegin;
      end = partEnd;
      pending = true;
    }
    // With MergedWithNext a gap takes at most one match before it.
    previousIsMatch = isMatch;
  }

  void finish() {
    if (pending && begin < end)
      emit(begin, end);
    pending = false;
  }

private:
  /// Whether a part goes to the piece before it.
  bool joins(bool isMatch) const {
    if (!pending)
      return false;
    switch (behavior) {
    case SplitBehavior::Contiguous:
      return isMatch == previousIsMatch;
    case SplitBehavior::MergedWithPrevious:
      return isMatch && !previousIsMatch;
    case SplitBehavior::MergedWithNext:
      return !isMatch && previousIsMatch;
    default:
      return false;
    }
  }

  SplitBehavior behavior;
  bool inverted;
  Emit emit;
  size_t begin = 0, end = 0;
  bool pending = false;
  bool previousIsMatch = false;
};
} // namespace

/// Tells `part` every match and every gap of `[begin, end)`, in order.
/// A match without characters counts once, and not right behind another match.
template <typename Part>
static void findParts(SplitMatcher &matcher, const SplitStep &step,
                      const std::vector<uint8_t> &symbols, std::string_view text, size_t begin,
                      size_t end, Part part) {
  size_t gap = begin; // where the text that is not told yet begins
  size_t from = begin;
  bool afterMatch = false;
  while (from <= end) {
    SplitMatch match;
    if (!matcher.find(step.firstInstruction, step.startSet, symbols.data(), text, begin, from, end,
                      match))
      break;
    if (match.begin == match.end && afterMatch && match.begin == gap) {
      for (++from; from < end && isUtf8Continuation(text[from]);)
        ++from;
      continue;
    }
    if (gap < match.begin)
      part(gap, match.begin, false);
    part(match.begin, match.end, true);
    gap = from = match.end;
    afterMatch = true;
  }
  if (gap < end)
    part(gap, end, false);
}

void PieceSplitter::split(std::string_view text, const Sink &sink) {
  if (text.empty())
    return;
  Source source{text, {}};
  if (!tables.pageIndex.empty())
    tables.computeSymbols(text, source.symbols);
  runStep(0, source, 0, text.size(), sink);
}

void PieceSplitter::runStep(size_t index, const Source &source, size_t begin, size_t end,
                            const Sink &sink) {
  if (index == steps.size()) {
    sink(source.text.substr(begin, end - begin));
    return;
  }
  const SplitStep &step = steps[index];
  if (step.kind == SplitKind::Pattern) {
    PieceJoiner joiner(step.behavior, step.inverted != 0,
                       [&](size_t from, size_t to) { runStep(index + 1, source, from, to, sink); });
    findParts(matcher, step, source.symbols, source.text, begin, end,
              [&](size_t from, size_t to, bool isMatch) { joiner.add(from, to, isMatch); });
    joiner.finish();
    return;
  }
  if (source.text[begin] == ' ') {
    runStep(index + 1, source, begin, end, sink);
    return;
  }
  std::string spaced = " ";
  spaced += source.text.substr(begin, end - begin);
  Source prefixed{spaced, {}};
  if (!tables.pageIndex.empty())
    tables.computeSymbols(spaced, prefixed.symbols);
  runStep(index + 1, prefixed, 0, spaced.size(), sink);
}

} // namespace tenon::rt
