//===- TextDecoder.cpp - Runs the decoders of a tokenizer -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kind of decoder is a class of DecoderStage and a row of `kinds`. What runs
// them does not know them.
//
// The original makes a list of strings of a list of strings, step by step. Here
// the strings flow: a stage takes parts and ends of strings, and hands on what
// no later token can change. Example: Replace "_" by " ", Fuse, Strip " " once
// at the begin, over "_a", "_b". Replace gives " a" and an end, " b" and an end;
// Fuse forgets the ends; Strip drops the first space. Text comes out at once.
//
//===----------------------------------------------------------------------===//

#include "TextDecoder.h"
#include "runtime/Utf8.h"

#include <algorithm>

namespace tenon::rt {

DecoderStage::~DecoderStage() = default;

namespace {
/// A step with its texts at hand.
struct StepView {
  uint32_t first, last;
  std::string_view text, content;
};

class Bytes final : public DecoderStage {
public:
  Bytes(const StepView &, DecoderStage *next) : DecoderStage(next) {}

  void part(std::string_view text) override {
    whole.clear();
    repair.push(text, whole);
    next->part(whole);
  }
  void end() override {}
  void finish() override {
    whole.clear();
    repair.finish(whole);
    next->part(whole);
    next->end();
    next->finish();
  }

private:
  Utf8Repair repair;
  std::string whole;
};

class Fuse final : public DecoderStage {
public:
  Fuse(const StepView &, DecoderStage *next) : DecoderStage(next) {}

  void part(std::string_view text) override { next->part(text); }
  void end() override {}
  void finish() override {
    next->end();
    next->finish();
  }
};

/// Holds back what may be the begin of another `text`.
class Replace final : public DecoderStage {
public:
  Replace(const StepView &step, DecoderStage *next)
      : DecoderStage(next), text(step.text), content(step.content) {}

  void part(std::string_view more) override {
    held += more;
    std::string_view rest = held;
    for (size_t at; (at = rest.find(text)) != rest.npos; rest.remove_prefix(at + text.size())) {
      next->part(rest.substr(0, at));
      next->part(content);
    }
    size_t begin = rest.size() - std::min(rest.size(), text.size() - 1);
    while (!text.starts_with(rest.substr(begin)))
      ++begin;
    next->part(rest.substr(0, begin));
    held.erase(0, held.size() - rest.size() + begin);
  }
  void end() override {
    next->part(held);
    held.clear();
    next->end();
  }

private:
  std::string_view text, content;
  std::string held;
};

/// Holds back as many copies at the end as it may drop there.
class Strip final : public DecoderStage {
public:
  Strip(const StepView &step, DecoderStage *next)
      : DecoderStage(next), text(step.text), first(step.first), last(step.last), toDrop(first) {}

  void part(std::string_view more) override {
    for (; toDrop > 0 && more.starts_with(text); --toDrop)
      more.remove_prefix(text.size());
    if (more.empty())
      return;
    toDrop = 0;
    size_t end = more.size();
    uint32_t copies = 0;
    for (; copies < last && more.substr(0, end).ends_with(text); ++copies)
      end -= text.size();
    // Copies that were held stand before something else, or before too many.
    uint64_t known = end > 0 ? held : std::max<uint64_t>(uint64_t(held) + copies, last) - last;
    for (uint64_t i = 0; i < known; ++i)
      next->part(text);
    next->part(more.substr(0, end));
    held = uint32_t(held - known + copies);
  }
  void end() override {
    held = 0;
    toDrop = first;
    next->end();
  }

private:
  std::string_view text;
  uint32_t first, last;
  uint32_t toDrop;   ///< copies that may still be dropped at the begin
  uint32_t held = 0; ///< copies at the end
};

/// Holds back a whole run of byte tokens: one wrong byte in it makes each byte
/// of it a U+FFFD, as in the original. A run ends with the next other token, at
/// the latest with the word, so that text comes in time.
class ByteFallback final : public DecoderStage {
public:
  ByteFallback(const StepView &, DecoderStage *next) : DecoderStage(next) {}

  void part(std::string_view text) override {
    if (!isOther) {
      held += text;
      if (held.size() <= spelling.size() && held.starts_with(spelling.substr(0, 3)))
        return;
      if (spelling.substr(0, 3).starts_with(held))
        return;
      giveRun();
      isOther = true;
      text = held;
    }
    next->part(text);
    held.clear();
  }
  void end() override {
    int byte = isOther ? -1 : heldByte();
    if (byte >= 0) {
      run += char(byte);
    } else {
      if (!isOther)
        giveRun();
      next->part(held);
      next->end();
    }
    held.clear();
    isOther = false;
  }
  void finish() override {
    giveRun();
    next->finish();
  }

private:
  static constexpr std::string_view spelling = "<0xHH>";

  static int digit(char c) {
    if (c >= '0' && c <= '9')
      return c - '0';
    char lower = char(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  }

  /// The byte that the string `held` spells, or -1.
  int heldByte() const {
    if (held.size() != spelling.size() || held.back() != '>')
      return -1;
    int high = held[3] == '+' ? 0 : digit(held[3]); // the original takes a sign
    int low = digit(held[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
  }

  /// Gives what the bytes of `run` spell, as strings of their own.
  void giveRun() {
    if (run.empty())
      return;
    bool valid = isValidUtf8(run);
    for (size_t i = 0; i < (valid ? 1 : run.size()); ++i) {
      next->part(valid ? std::string_view(run) : "\ufffd");
      next->end();
    }
    run.clear();
  }

  std::string held; ///< of a string that may spell a byte
  bool isOther = false;
  std::string run; ///< the bytes of strings before
};

class Metaspace final : public DecoderStage {
public:
  Metaspace(const StepView &step, DecoderStage *next)
      : DecoderStage(next), text(step.text), space(step.first ? "" : " ") {}

  void part(std::string_view more) override {
    for (size_t at; (at = more.find(text)) != more.npos; more.remove_prefix(at + text.size())) {
      next->part(more.substr(0, at));
      next->part(space);
    }
    next->part(more);
  }
  void end() override {
    space = " ";
    next->end();
  }

private:
  std::string_view text;
  std::string_view space; ///< what `text` becomes
};

class JoinWords final : public DecoderStage {
public:
  JoinWords(const StepView &step, DecoderStage *next) : DecoderStage(next), text(step.text) {}

  void part(std::string_view more) override {
    held += more;
    if (!isKnown && held.size() < text.size() && text.starts_with(held))
      return;
    giveHeld();
  }
  void end() override {
    giveHeld();
    isKnown = false;
    next->end();
  }

private:
  void giveHeld() {
    std::string_view rest = held;
    if (!isKnown && rest.starts_with(text))
      rest.remove_prefix(text.size());
    else if (!isKnown)
      next->part(" ");
    next->part(rest);
    held.clear();
    isKnown = true;
  }

  std::string_view text;
  std::string held;
  bool isKnown = true; ///< what stands before the string at hand
};

struct KindRow {
  DecoderKind kind;
  bool hasText; ///< `text` must not be empty
  std::unique_ptr<DecoderStage> (*make)(const StepView &step, DecoderStage *next);
};
} // namespace

template <typename Stage>
static std::unique_ptr<DecoderStage> make(const StepView &step, DecoderStage *next) {
  return std::make_unique<Stage>(step, next);
}

static constexpr KindRow kinds[] = {
    {DecoderKind::Bytes, /*hasText=*/false, make<Bytes>},
    {DecoderKind::Fuse, /*hasText=*/false, make<Fuse>},
    {DecoderKind::Replace, /*hasText=*/true, make<Replace>},
    {DecoderKind::Strip, /*hasText=*/true, make<Strip>},
    {DecoderKind::ByteFallback, /*hasText=*/false, make<ByteFallback>},
    {DecoderKind::Metaspace, /*hasText=*/true, make<Metaspace>},
    {DecoderKind::JoinWords, /*hasText=*/false, make<JoinWords>},
};

static const KindRow *findKind(DecoderKind kind) {
  for (const KindRow &row : kinds)
    if (row.kind == kind)
      return &row;
  return nullptr;
}

bool DecoderTables::isSound() const {
  if (steps.size() > mostSteps)
    return false;
  ReplaceGrowth growth;
  for (const DecoderStep &step : steps) {
    const KindRow *row = findKind(step.kind);
    if (!row || !text.isSound(step.text) || !text.isSound(step.content) ||
        (row->hasText && step.text.bytes == 0))
      return false;
    if (step.kind == DecoderKind::Replace && !growth.add(step.text.bytes, step.content.bytes))
      return false;
  }
  return true;
}

TextDecoder::TextDecoder(const DecoderTables &tables) : first(&sink) {
  for (size_t i = tables.steps.size(); i > 0; --i) {
    const DecoderStep &step = tables.steps[i - 1];
    StepView view = {step.first, step.last, tables.text.at(step.text),
                     tables.text.at(step.content)};
    stages.push_back(findKind(step.kind)->make(view, first));
    first = stages.back().get();
  }
}

void TextDecoder::push(std::string_view token, std::string &out) {
  sink.out = &out;
  first->part(token);
  first->end();
}

void TextDecoder::finish(std::string &out) {
  sink.out = &out;
  first->finish();
}

} // namespace tenon::rt
