//===- TextNormalizer.cpp - Runs the normalizers of a tokenizer -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kind of normalizer is a function that writes a changed text, and a row of
// `kinds`. What runs them does not know them.
//
// Each step that changes something leaves a layer: its text, and how that maps
// to the text before it. A position of the last text is led back through the
// layers. Example, Prepend "_" and then Replace " " by "_" over "a b":
// "_a b", then "_a_b"; the end of "_a" is 2 in layer 2, 2 in layer 1, 1 in "a b".
//
//===----------------------------------------------------------------------===//

#include "TextNormalizer.h"
#include "UnicodeNormalizer.h"
#include "WhiteSpace.h"

namespace tenon::rt {

namespace {
/// A step with its texts at hand.
struct StepView {
  uint32_t sides;
  std::string_view text, content;
};

/// Writes what a step makes of `text` to `out`, which is empty. \returns false
/// when that is `text` itself.
using Apply = bool(const StepView &step, std::string_view text, NormalizedText &out);

struct KindRow {
  NormalizerKind kind;
  Apply *apply;
};
} // namespace

template <bool compatible, bool composed>
static bool toForm(const StepView &, std::string_view text, NormalizedText &out) {
  return normalizeUnicode({compatible, composed}, text, out);
}

static bool lowercase(const StepView &, std::string_view text, NormalizedText &out) {
  return toLowerCase(text, out);
}

static bool replace(const StepView &step, std::string_view text, NormalizedText &out) {
  size_t done = 0;
  for (size_t at; (at = text.find(step.text, done)) != text.npos; done = at + step.text.size()) {
    out.keep(text.substr(done, at - done));
    out.change(step.text.size(), step.content);
  }
  if (done == 0)
    return false;
  out.keep(text.substr(done));
  return true;
}

static bool prepend(const StepView &step, std::string_view text, NormalizedText &out) {
  if (text.empty())
    return false;
  out.change(0, step.content);
  out.keep(text);
  return true;
}

static bool strip(const StepView &step, std::string_view text, NormalizedText &out) {
  size_t begin = step.sides & StripBegin ? skipSpace(text, 0) : 0;
  size_t end = step.sides & StripEnd ? skipSpaceBack(text, text.size(), begin) : text.size();
  if (end - begin == text.size())
    return false;
  out.change(begin, "");
  out.keep(text.substr(begin, end - begin));
  out.change(text.size() - end, "");
  return true;
}

static constexpr KindRow kinds[] = {
    {NormalizerKind::Nfc, toForm</*compatible=*/false, /*composed=*/true>},
    {NormalizerKind::Nfd, toForm</*compatible=*/false, /*composed=*/false>},
    {NormalizerKind::Nfkc, toForm</*compatible=*/true, /*composed=*/true>},
    {NormalizerKind::Nfkd, toForm</*compatible=*/true, /*composed=*/false>},
    {NormalizerKind::Lowercase, lowercase},
    {NormalizerKind::Replace, replace},
    {NormalizerKind::Prepend, prepend},
    {NormalizerKind::Strip, strip},
};

static Apply *findKind(NormalizerKind kind) {
  for (const KindRow &row : kinds)
    if (row.kind == kind)
      return row.apply;
  return nullptr;
}

bool NormalizerTables::isSound() const {
  if (steps.size() > mostSteps)
    return false;
  ReplaceGrowth growth;
  for (const NormalizerStep &step : steps) {
    if (!findKind(step.kind) || !text.isSound(step.text) || !text.isSound(step.content))
      return false;
    if (step.kind == NormalizerKind::Replace && !growth.add(step.text.bytes, step.content.bytes))
      return false;
  }
  return true;
}

std::string_view TextNormalizer::run(std::string_view text) {
  layerCount = 0;
  for (const NormalizerStep &step : tables.steps) {
    NormalizedText &layer = layers[layerCount];
    layer.clear();
    StepView view = {step.sides, tables.text.at(step.text), tables.text.at(step.content)};
    if (findKind(step.kind)(view, text, layer)) {
      text = layer.text();
      ++layerCount;
    }
  }
  return text;
}

size_t TextNormalizer::sourcePosition(size_t at, bool isEnd) const {
  for (size_t layer = layerCount; layer > 0; --layer)
    at = layers[layer - 1].sourcePosition(at, isEnd);
  return at;
}

} // namespace tenon::rt
