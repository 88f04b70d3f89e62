//===- TokenizerModelReader.cpp - Vocabulary, merges and added tokens -----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ByteAlphabet.h"
#include "TokenizerReader.h"
#include "importers/Diagnostics/Advice.h"

#include "importers/Diagnostics/QuotedText.h"
#include "runtime/Utf8.h"

#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace mlir;

namespace tenon::tokenizer {

/// Ids that no token has cost a few bytes each. Real files leave hundreds free;
/// more than this beyond the number of tokens is a mistake.
static constexpr int64_t mostFreeIds = 65536;
/// The edges of a trie of added tokens have 24 bits for a node.
static constexpr size_t mostAddedBytes = 4u << 20;
/// Of a list of like errors only so many are told.
static constexpr unsigned mostLikeErrors = 8;

/// The model's type; old files leave it out, and their members tell it.
static StringRef modelType(const JsonValue &model) {
  const JsonValue *type = model.find("type");
  if (type && !type->is(JsonValue::Kind::Null))
    return type->text;
  if (model.find("merges"))
    return "BPE";
  if (model.find("unk_id"))
    return "Unigram";
  return model.find("max_input_chars_per_word") ? "WordPiece" : "WordLevel";
}

void TokenizerReader::readModel(const Value &root) {
  const Value *model = member(root, "model", Kind::Object);
  if (!model)
    return;
  StringRef type = modelType(*model);
  if (type != "BPE") {
    const Value *place = model->find("type");
    return refuseKind(place ? *place : *model, "the model", type, {"BPE"});
  }
  // The alphabet of bytes is what this kind of model works on.
  if (!readsBytes)
    error(*model) << "a BPE model over characters is not supported; its pre-tokenizer must end in "
                     "'ByteLevel'"
                  << useTokenIds;
  refuseModelOptions(*model);
  readVocabulary(*model);
  readMerges(*model);
  readUnknown(*model);
  spec.model.ignoreMerges = flag(*model, "ignore_merges", false);
}

/// Refuses what would make the model another one.
void TokenizerReader::refuseModelOptions(const Value &model) {
  for (StringRef name : {"continuing_subword_prefix", "end_of_word_suffix"})
    if (const Value *affix = model.find(name);
        affix && affix->is(Kind::String) && !affix->text.empty())
      error(*affix) << "'" << name << "' " << quoted(affix->text) << " is not supported"
                    << useTokenIds;
  if (const Value *dropout = model.find("dropout"); dropout && dropout->isNumber() && dropout->real)
    error(*dropout) << "a dropout of " << dropout->text
                    << " makes tokens random and is not supported; set it to null";
}

void TokenizerReader::readVocabulary(const Value &model) {
  const Value *vocabulary = member(model, "vocab", Kind::Object);
  if (!vocabulary)
    return;
  unsigned errors = 0;
  for (const JsonMember &entry : vocabulary->members) {
    int32_t id = idFrom(entry.value);
    if (id < 0) {
      if (++errors == mostLikeErrors)
        return;
      continue;
    }
    auto [other, isNew] = textsById.try_emplace(id, &entry.name);
    if (!isNew) {
      error(entry.value) << "tokens " << quoted(*other->second) << " and " << quoted(entry.name)
                         << " have the same id " << id << correctTokens;
      if (++errors == mostLikeErrors)
        return;
    }
    idsByText[entry.name] = id;
    spec.model.vocabulary.emplace_back(entry.name, id);
  }
}

/// Refuses ids that leave so many others free that tables would be mostly empty.
void TokenizerReader::checkGaps(const Value &place) {
  int64_t count = int64_t(textsById.size());
  int32_t last = -1;
  for (auto [id, text] : textsById)
    last = std::max(last, id);
  if (last >= count + mostFreeIds)
    error(place) << "token " << quoted(*textsById.lookup(last)) << " has id " << last
                 << ", but there are only " << count << " tokens; ids must not leave more than "
                 << mostFreeIds << " others free" << correctTokens;
}

bool TokenizerReader::splitMerge(const Value &merge, std::pair<std::string, std::string> &parts) {
  if (merge.is(Kind::String)) {
    auto [left, right] = StringRef(merge.text).split(' ');
    if (left.empty() || right.empty() || right.contains(' '))
      return false;
    parts = {left.str(), right.str()};
    return true;
  }
  if (!merge.is(Kind::Array) || merge.elements.size() != 2 || !merge.elements[0].is(Kind::String) ||
      !merge.elements[1].is(Kind::String))
    return false;
  parts = {merge.elements[0].text, merge.elements[1].text};
  return true;
}

void TokenizerReader::readMerges(const Value &model) {
  const Value *merges = member(model, "merges", Kind::Array);
  if (!merges || idsByText.empty())
    return;
  unsigned errors = 0;
  auto idOf = [&](const std::string &text) {
    auto found = idsByText.find(text);
    return found == idsByText.end() ? -1 : found->second;
  };
  for (const Value &merge : merges->elements) {
    if (merge.is(Kind::String) && StringRef(merge.text).starts_with("#version"))
      continue;
    std::pair<std::string, std::string> parts;
    if (!splitMerge(merge, parts)) {
      error(merge) << "expected a merge to be two tokens, as 'a b' or [\"a\", \"b\"]" << fetchAgain;
      if (++errors == mostLikeErrors)
        return;
      continue;
    }
    std::string whole = parts.first + parts.second;
    BytePairSpec::Merge ids = {idOf(parts.first), idOf(parts.second), idOf(whole)};
    if (ids.left < 0 || ids.right < 0 || ids.result < 0) {
      const std::string &missing = ids.left < 0    ? parts.first
                                   : ids.right < 0 ? parts.second
                                                   : whole;
      error(merge) << "the merge of " << quoted(parts.first) << " and " << quoted(parts.second)
                   << " names " << quoted(missing) << ", which is not in the vocabulary"
                   << correctTokens;
      if (++errors == mostLikeErrors)
        return;
      continue;
    }
    spec.model.merges.push_back(ids);
  }
}

void TokenizerReader::readUnknown(const Value &model) {
  spec.model.fuseUnknown = flag(model, "fuse_unk", false);
  if (const Value *unknown = model.find("unk_token"); unknown && !unknown->is(Kind::Null)) {
    auto found = idsByText.find(unknown->text);
    if (found == idsByText.end())
      error(*unknown) << "the unknown token " << quoted(unknown->text)
                      << " is not in the vocabulary" << correctTokens;
    else
      spec.model.unknownId = found->second;
  }
  if (!flag(model, "byte_fallback", false))
    return;
  // With all 256 bytes in the vocabulary there is nothing to fall back from.
  for (unsigned byte = 0; byte < 256; ++byte) {
    std::string text;
    rt::appendCharacter(text, alphabetCharacter(uint8_t(byte)));
    if (!idsByText.contains(text)) {
      error(*model.find("byte_fallback"))
          << "'byte_fallback' is not supported for a vocabulary of bytes that lacks some; it "
          << "lacks the byte " << formatv("{0:x-2}", byte).str() << useTokenIds;
      return;
    }
  }
}

void TokenizerReader::readAddedTokens(const Value &root) {
  const Value *tokens = root.find("added_tokens");
  if (!tokens || tokens->is(Kind::Null))
    return;
  tokens = member(root, "added_tokens", Kind::Array);
  if (!tokens)
    return;
  for (const Value &token : tokens->elements)
    readAddedToken(token);
  size_t bytes = 0;
  for (const AddedTokenSpec &token : spec.addedTokens) {
    bytes += token.content.size();
    textsById.try_emplace(token.id, &token.content);
  }
  if (bytes > mostAddedBytes)
    error(*tokens) << "the added tokens have " << bytes << " bytes of text, more than "
                   << mostAddedBytes << useTokenIds;
}

void TokenizerReader::readAddedToken(const Value &token) {
  if (!token.is(Kind::Object)) {
    error(token) << "expected an added token to be an object, got " << token.kindText()
                 << fetchAgain;
    return;
  }
  const Value *id = member(token, "id", Kind::Integer);
  AddedTokenSpec added = {id ? idFrom(*id) : -1, string(token, "content").str(), 0,
                          flag(token, "normalized", true)};
  static constexpr std::pair<StringLiteral, uint32_t> flags[] = {{"single_word", rt::SingleWord},
                                                                 {"lstrip", rt::StripLeft},
                                                                 {"rstrip", rt::StripRight},
                                                                 {"special", rt::Special}};
  for (const auto &[name, bit] : flags)
    if (flag(token, name, false))
      added.flags |= bit;
  if (added.id < 0 || added.content.empty()) // an empty one is never found
    return;
  auto inModel = idsByText.find(added.content);
  if (inModel != idsByText.end() && inModel->second != added.id) {
    error(token) << "the added token " << quoted(added.content) << " has id " << added.id
                 << ", but the vocabulary gives it id " << inModel->second << correctTokens;
    return;
  }
  auto clash = textsById.find(added.id);
  const AddedTokenSpec *same = nullptr;
  for (AddedTokenSpec &other : spec.addedTokens) {
    if (other.id == added.id && other.content == added.content) {
      // As in `tokenizers`: the last entry counts, but once special, always so.
      added.flags |= other.flags & rt::Special;
      other = std::move(added);
      return;
    }
    if (other.id == added.id || other.content == added.content)
      same = &other;
  }
  if (same || (clash != textsById.end() && *clash->second != added.content)) {
    const std::string &other = same ? same->content : *clash->second;
    error(token) << "the added token " << quoted(added.content) << " with id " << added.id
                 << " clashes with the token " << quoted(other) << "; ids and texts of tokens must "
                 << "be unique" << correctTokens;
    return;
  }
  spec.addedTokens.push_back(std::move(added));
}

} // namespace tenon::tokenizer
