//===- TokenizerStageReader.cpp - The stages around a tokenizer's model ---===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenizerReader.h"

#include "importers/Diagnostics/Advice.h"
#include "importers/Diagnostics/QuotedText.h"

#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace mlir;

namespace tenon::tokenizer {

/// The longest pattern known has 300 bytes.
static constexpr size_t mostPatternBytes = 16384;

/// How GPT-2 cut text into words, which 'ByteLevel' does by itself.
static constexpr StringLiteral gpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

//===----------------------------------------------------------------------===//
// Pre-tokenizer
//===----------------------------------------------------------------------===//

void TokenizerReader::readPreTokenizer(const Value &stage) {
  if (stage.is(Kind::Null))
    return;
  StringRef type = typeOf(stage, "pre-tokenizer");
  if (type.empty())
    return;
  if (type == "Sequence") {
    if (const Value *parts = member(stage, "pretokenizers", Kind::Array))
      for (const Value &part : parts->elements)
        readPreTokenizer(part);
    return;
  }
  if (readsBytes) {
    error(stage) << "the pre-tokenizer " << quoted(type)
                 << " behind 'ByteLevel' is not supported; 'ByteLevel' must be the last one"
                 << useTokenIds;
    return;
  }
  if (spec.splits.size() >= rt::mostSteps) {
    error(stage) << "more than " << rt::mostSteps << " pre-tokenizers are not supported"
                 << useTokenIds;
    return;
  }
  if (type == "Split")
    return readSplit(stage);
  if (type == "ByteLevel")
    return readByteLevel(stage);
  if (type == "Digits")
    return addPattern(stage, "\\p{N}",
                      flag(stage, "individual_digits", false) ? rt::SplitBehavior::Isolated
                                                              : rt::SplitBehavior::Contiguous,
                      /*inverted=*/false);
  refuseKind(stage, "the pre-tokenizer", type, {"ByteLevel", "Digits", "Sequence", "Split"});
}

void TokenizerReader::readByteLevel(const Value &stage) {
  readsBytes = true;
  if (flag(stage, "add_prefix_space", true)) {
    SplitSpec &split = spec.splits.emplace_back();
    split.kind = rt::SplitKind::PrefixSpace;
  }
  if (flag(stage, "use_regex", true))
    addPattern(stage, gpt2Pattern, rt::SplitBehavior::Isolated, /*inverted=*/false);
}

std::optional<rt::SplitBehavior> TokenizerReader::behaviorOf(const Value &stage) {
  StringRef name = string(stage, "behavior");
  if (name.empty())
    return std::nullopt;
  auto behavior = llvm::StringSwitch<std::optional<rt::SplitBehavior>>(name)
                      .Case("Isolated", rt::SplitBehavior::Isolated)
                      .Case("Removed", rt::SplitBehavior::Removed)
                      .Case("MergedWithPrevious", rt::SplitBehavior::MergedWithPrevious)
                      .Case("MergedWithNext", rt::SplitBehavior::MergedWithNext)
                      .Case("Contiguous", rt::SplitBehavior::Contiguous)
                      .Default(std::nullopt);
  if (!behavior)
    refuseKind(stage, "the split behavior", name,
               {"Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"});
  return behavior;
}

void TokenizerReader::readSplit(const Value &stage) {
  std::optional<rt::SplitBehavior> behavior = behaviorOf(stage);
  bool inverted = flag(stage, "invert", false);
  const Value *pattern = member(stage, "pattern", Kind::Object);
  if (!pattern || !behavior)
    return;
  if (const Value *regex = pattern->find("Regex"); regex && regex->is(Kind::String))
    return addPattern(*regex, regex->text, *behavior, inverted);
  const Value *text = pattern->find("String");
  if (!text || !text->is(Kind::String) || text->text.empty()) {
    error(*pattern) << "expected a split pattern to be a 'Regex' or a 'String' that is not empty"
                    << fetchAgain;
    return;
  }
  SplitSpec &split = spec.splits.emplace_back();
  split.behavior = *behavior;
  split.inverted = inverted;
  split.pattern = literalPattern(text->text);
  split.location = locationOf(context, path, *text);
}

void TokenizerReader::addPattern(const Value &place, StringRef pattern, rt::SplitBehavior behavior,
                                 bool inverted) {
  if (pattern.size() > mostPatternBytes) {
    error(place) << "the split pattern has " << pattern.size() << " bytes, more than "
                 << mostPatternBytes << useTokenIds;
    return;
  }
  Expected<PatternNode::Pointer> parsed = parsePattern(pattern);
  if (!parsed) {
    handleAllErrors(parsed.takeError(), [&](const PatternError &problem) {
      error(place) << "the split pattern cannot be compiled: " << problem.message << " (at byte "
                   << uint64_t(problem.offset) << " of the pattern)" << useTokenIds;
    });
    return;
  }
  SplitSpec &split = spec.splits.emplace_back();
  split.behavior = behavior;
  split.inverted = inverted;
  split.pattern = std::move(*parsed);
  split.location = locationOf(context, path, place);
}

//===----------------------------------------------------------------------===//
// Post-processor
//===----------------------------------------------------------------------===//

void TokenizerReader::readPostProcessor(const Value &stage) {
  if (stage.is(Kind::Null))
    return;
  StringRef type = typeOf(stage, "post-processor");
  if (type.empty() || type == "ByteLevel") // ByteLevel moves offsets, no tokens
    return;
  if (type == "Sequence") {
    if (const Value *parts = member(stage, "processors", Kind::Array))
      for (const Value &part : parts->elements)
        readPostProcessor(part);
    return;
  }
  if (type == "TemplateProcessing")
    return readTemplate(stage);
  if (type == "BertProcessing" || type == "RobertaProcessing")
    return readClassAndSeparator(stage);
  refuseKind(
      stage, "the post-processor", type,
      {"BertProcessing", "ByteLevel", "RobertaProcessing", "Sequence", "TemplateProcessing"});
}

/// Puts `ids` before what earlier processors put before the text.
static void prepend(std::vector<int32_t> &all, const std::vector<int32_t> &ids) {
  all.insert(all.begin(), ids.begin(), ids.end());
}

void TokenizerReader::readTemplate(const Value &stage) {
  const Value *items = member(stage, "single", Kind::Array);
  const Value *tokens = member(stage, "special_tokens", Kind::Object);
  if (!items || !tokens)
    return;
  std::vector<int32_t> prefix, suffix;
  unsigned sequences = 0;
  for (const Value &item : items->elements) {
    if (item.is(Kind::Object) && item.find("Sequence")) {
      ++sequences;
      continue;
    }
    const Value *special = item.is(Kind::Object) ? item.find("SpecialToken") : nullptr;
    if (!special || !special->is(Kind::Object)) {
      error(item) << "expected an item of a template to be a 'Sequence' or a 'SpecialToken'"
                  << fetchAgain;
      continue;
    }
    StringRef name = string(*special, "id");
    const Value *token = tokens->find(name);
    if (!token || !token->is(Kind::Object)) {
      error(*special) << "the template names the special token " << quoted(name)
                      << ", which its 'special_tokens' lack" << fetchAgain;
      continue;
    }
    if (const Value *ids = member(*token, "ids", Kind::Array))
      for (const Value &id : ids->elements)
        (sequences ? suffix : prefix).push_back(idFrom(id));
  }
  if (sequences != 1)
    error(*items) << "expected a template for one text to name the text once, it does so "
                  << sequences << " times" << fetchAgain;
  prepend(spec.prefixIds, prefix);
  spec.suffixIds.insert(spec.suffixIds.end(), suffix.begin(), suffix.end());
}

void TokenizerReader::readClassAndSeparator(const Value &stage) {
  auto idOf = [&](StringRef name) {
    const Value *pair = member(stage, name, Kind::Array);
    if (pair && pair->elements.size() == 2)
      return idFrom(pair->elements[1]);
    if (pair)
      error(*pair) << "expected '" << name << "' to be a token and its id" << fetchAgain;
    return -1;
  };
  prepend(spec.prefixIds, {idOf("cls")});
  spec.suffixIds.push_back(idOf("sep"));
}

void TokenizerReader::checkSpecialIds(const Value &place) {
  auto check = [&](int32_t id) {
    if (!textsById.contains(id))
      error(place) << "the post-processor adds the id " << id << ", which is no token's"
                   << fetchAgain;
  };
  llvm::for_each(spec.prefixIds, check);
  llvm::for_each(spec.suffixIds, check);
}

} // namespace tenon::tokenizer
