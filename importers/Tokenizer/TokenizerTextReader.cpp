//===- TokenizerTextReader.cpp - A tokenizer's normalizers and decoders ---===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Normalizers change text before it is cut into words, decoders change the
// texts of tokens back. A kind is a row of a table here: its name in the file,
// and how the steps are read that it becomes.
//
//===----------------------------------------------------------------------===//

#include "TokenizerReader.h"

#include "importers/Diagnostics/Advice.h"
#include "importers/Diagnostics/QuotedText.h"
#include "runtime/Utf8.h"

#include "llvm/ADT/STLExtras.h"

#include <limits>

using namespace llvm;
using namespace mlir;

namespace tenon::tokenizer {

/// The names of all kinds, and 'Sequence', which every list of stages has.
template <typename Row> static SmallVector<StringRef> namesOf(ArrayRef<Row> rows) {
  SmallVector<StringRef> names = {"Sequence"};
  for (const Row &row : rows)
    names.push_back(row.name);
  llvm::sort(names);
  return names;
}

//===----------------------------------------------------------------------===//
// What steps name
//===----------------------------------------------------------------------===//

void TokenizerReader::checkSteps(const Value &place, StringRef what, size_t steps) {
  if (steps > rt::mostSteps)
    error(place) << "the " << what << " becomes " << steps << " steps, more than " << rt::mostSteps
                 << useTokenIds;
}

std::optional<std::string> TokenizerReader::stepText(const Value &stage, StringRef name) {
  const Value *value = member(stage, name, Kind::String);
  if (!value)
    return std::nullopt;
  if (value->text.size() <= rt::mostStepTextBytes)
    return value->text;
  error(*value) << "the text '" << name << "' has " << value->text.size() << " bytes, more than "
                << rt::mostStepTextBytes << useTokenIds;
  return std::nullopt;
}

std::optional<std::string> TokenizerReader::character(const Value &stage, StringRef name) {
  const Value *value = member(stage, name, Kind::String);
  if (!value)
    return std::nullopt;
  size_t end = 0;
  if (!value->text.empty())
    rt::nextCharacter(value->text, end);
  if (end != 0 && end == value->text.size())
    return value->text;
  error(*value) << "expected '" << name << "' to be one character, got " << quoted(value->text)
                << fetchAgain;
  return std::nullopt;
}

std::optional<uint32_t> TokenizerReader::count(const Value &stage, StringRef name) {
  const Value *value = member(stage, name, Kind::Integer);
  if (!value)
    return std::nullopt;
  if (!value->negative && value->magnitude <= std::numeric_limits<uint32_t>::max())
    return uint32_t(value->magnitude);
  error(*value) << "expected '" << name << "' to be from 0 to 4294967295, got " << value->text
                << fetchAgain;
  return std::nullopt;
}

bool TokenizerReader::readReplacement(const Value &stage, StringRef what, rt::ReplaceGrowth &growth,
                                      std::string &text, std::string &content) {
  const Value *pattern = member(stage, "pattern", Kind::Object);
  std::optional<std::string> by = stepText(stage, "content");
  if (!pattern || !by)
    return false;
  if (const Value *regex = pattern->find("Regex")) {
    error(*regex) << "the " << what << " 'Replace' of a 'Regex' is not supported; supported is a "
                  << "'String'" << useTokenIds;
    return false;
  }
  std::optional<std::string> literal = stepText(*pattern, "String");
  if (!literal)
    return false;
  if (literal->empty()) {
    error(*pattern) << "the " << what << " 'Replace' of an empty 'String' is not supported"
                    << useTokenIds;
    return false;
  }
  if (!growth.add(literal->size(), by->size())) {
    error(stage) << "each " << what << " 'Replace' makes text longer, together more than "
                 << rt::mostReplaceGrowth << " times; that is not supported" << useTokenIds;
    return false;
  }
  text = std::move(*literal);
  content = std::move(*by);
  return true;
}

//===----------------------------------------------------------------------===//
// Normalizers
//===----------------------------------------------------------------------===//

void TokenizerReader::readReplace(const Value &stage, NormalizerSpec step) {
  if (readReplacement(stage, "normalizer", normalizerGrowth, step.text, step.content))
    spec.normalizers.push_back(std::move(step));
}

void TokenizerReader::readPrepend(const Value &stage, NormalizerSpec step) {
  if (std::optional<std::string> text = stepText(stage, "prepend")) {
    step.content = std::move(*text);
    spec.normalizers.push_back(std::move(step));
  }
}

void TokenizerReader::readStrip(const Value &stage, NormalizerSpec step) {
  if (flag(stage, "strip_left", true))
    step.sides |= rt::StripBegin;
  if (flag(stage, "strip_right", true))
    step.sides |= rt::StripEnd;
  spec.normalizers.push_back(std::move(step));
}

void TokenizerReader::readNormalizer(const Value &stage) {
  struct Row {
    StringLiteral name;
    rt::NormalizerKind kind;
    void (TokenizerReader::*read)(const Value &, NormalizerSpec) = nullptr; // null: no members
  };
  using enum rt::NormalizerKind;
  static constexpr Row rows[] = {
      {"Lowercase", Lowercase},
      {"NFC", Nfc},
      {"NFD", Nfd},
      {"NFKC", Nfkc},
      {"NFKD", Nfkd},
      {"Prepend", Prepend, &TokenizerReader::readPrepend},
      {"Replace", Replace, &TokenizerReader::readReplace},
      {"Strip", Strip, &TokenizerReader::readStrip},
  };
  if (stage.is(Kind::Null))
    return;
  StringRef type = typeOf(stage, "normalizer");
  if (type.empty())
    return;
  if (type == "Sequence") {
    if (const Value *parts = member(stage, "normalizers", Kind::Array))
      for (const Value &part : parts->elements)
        readNormalizer(part);
    return;
  }
  const Row *row = find_if(rows, [&](const Row &r) { return r.name == type; });
  if (row == std::end(rows))
    return refuseKind(stage, "the normalizer", type, namesOf(ArrayRef(rows)));
  if (row->read)
    return (this->*row->read)(stage, {row->kind});
  spec.normalizers.push_back({row->kind});
}

//===----------------------------------------------------------------------===//
// Decoders
//===----------------------------------------------------------------------===//

void TokenizerReader::readByteLevel(const Value &stage, DecoderSpec step) {
  // What tokens spell is looked up when the tables are written.
  if (!spec.decoders.empty()) {
    error(stage) << "the decoder 'ByteLevel' behind another one is not supported; it must be the "
                    "first one"
                 << useTokenIds;
    return;
  }
  spec.decoders.push_back(std::move(step));
}

void TokenizerReader::readReplace(const Value &stage, DecoderSpec step) {
  if (readReplacement(stage, "decoder", decoderGrowth, step.text, step.content))
    spec.decoders.push_back(std::move(step));
}

void TokenizerReader::readStrip(const Value &stage, DecoderSpec step) {
  std::optional<std::string> text = character(stage, "content");
  std::optional<uint32_t> first = count(stage, "start"), last = count(stage, "stop");
  if (!text || !first || !last)
    return;
  step.text = std::move(*text);
  step.first = *first;
  step.last = *last;
  spec.decoders.push_back(std::move(step));
}

void TokenizerReader::readMetaspace(const Value &stage, DecoderSpec step) {
  std::optional<std::string> text = character(stage, "replacement");
  // Old files have 'add_prefix_space', newer ones 'prepend_scheme'.
  bool prefixed = flag(stage, "add_prefix_space", true);
  if (const Value *scheme = stage.find("prepend_scheme")) {
    StringRef name = string(stage, "prepend_scheme");
    if (!is_contained({"always", "first", "never"}, name))
      return refuseKind(*scheme, "the scheme", name, {"always", "first", "never"});
    prefixed = name != "never";
  }
  if (!text)
    return;
  step.text = std::move(*text);
  step.first = prefixed;
  spec.decoders.push_back(std::move(step));
}

/// What 'cleanup' does to each word, one after the other.
static constexpr std::pair<StringLiteral, StringLiteral> cleanups[] = {
    {" .", "."},   {" ?", "?"},     {" !", "!"},     {" ,", ","},
    {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},   {" do not", " don't"},
    {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
};

void TokenizerReader::readWordPiece(const Value &stage, DecoderSpec step) {
  std::optional<std::string> prefix = stepText(stage, "prefix");
  if (!prefix)
    return;
  step.text = std::move(*prefix);
  spec.decoders.push_back(std::move(step));
  if (flag(stage, "cleanup", true))
    for (const auto &[text, content] : cleanups)
      spec.decoders.push_back({rt::DecoderKind::Replace, text.str(), content.str()});
}

void TokenizerReader::readDecoder(const Value &stage) {
  struct Row {
    StringLiteral name;
    rt::DecoderKind kind;
    void (TokenizerReader::*read)(const Value &, DecoderSpec) = nullptr; // null: no members
  };
  using enum rt::DecoderKind;
  static constexpr Row rows[] = {
      {"ByteFallback", ByteFallback},
      {"ByteLevel", Bytes, &TokenizerReader::readByteLevel},
      {"Fuse", Fuse},
      {"Metaspace", Metaspace, &TokenizerReader::readMetaspace},
      {"Replace", Replace, &TokenizerReader::readReplace},
      {"Strip", Strip, &TokenizerReader::readStrip},
      {"WordPiece", JoinWords, &TokenizerReader::readWordPiece},
  };
  StringRef type = stage.is(Kind::Null) ? StringRef("null") : typeOf(stage, "decoder");
  if (type.empty())
    return;
  if (type == "Sequence") {
    if (const Value *parts = member(stage, "decoders", Kind::Array))
      for (const Value &part : parts->elements)
        readDecoder(part);
    return;
  }
  const Row *row = find_if(rows, [&](const Row &r) { return r.name == type; });
  if (row == std::end(rows))
    return refuseKind(stage, "the decoder", type, namesOf(ArrayRef(rows)));
  if (row->read)
    return (this->*row->read)(stage, {row->kind});
  spec.decoders.push_back({row->kind});
}

} // namespace tenon::tokenizer
