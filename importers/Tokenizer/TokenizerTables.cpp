//===- TokenizerTables.cpp - Writes the tables of a tokenizer -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenizerTables.h"
#include "ByteAlphabet.h"
#include "SplitProgramBuilder.h"
#include "UnicodeProperties.h"
#include "importers/Diagnostics/Advice.h"

#include "runtime/Tokenizer/BytePairEncoder.h"
#include "runtime/Tokenizer/TextNormalizer.h"
#include "runtime/Utf8.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <limits>
#include <map>

using namespace llvm;
using namespace mlir;

namespace tenon::tokenizer {

std::optional<int32_t> TokenizerSpec::idOf(StringRef content) const {
  for (const AddedTokenSpec &token : addedTokens)
    if (token.content == content)
      return token.id;
  for (const auto &[text, id] : model.vocabulary)
    if (text == content)
      return id;
  return std::nullopt;
}

int32_t TokenizerSpec::size() const {
  int32_t size = 0;
  for (const AddedTokenSpec &token : addedTokens)
    size = std::max(size, token.id + 1);
  for (const auto &[text, id] : model.vocabulary)
    size = std::max(size, id + 1);
  return size;
}

namespace {
/// A trie that is built token by token and then laid out in one array.
class TrieBuilder {
public:
  TrieBuilder() : nodes(1) {}

  void add(StringRef text, int32_t token) {
    size_t at = 0;
    for (char byte : text) {
      auto [edge, isNew] = nodes[at].edges.try_emplace(uint8_t(byte), nodes.size());
      at = edge->second;
      if (isNew)
        nodes.emplace_back();
    }
    // Two tokens of one text: the first one is found.
    if (nodes[at].token < 0)
      nodes[at].token = token;
  }

  /// Leaves both empty when no token was added.
  void finish(std::vector<rt::TrieNode> &outNodes, std::vector<uint32_t> &outEdges) const {
    if (nodes.size() == 1)
      return;
    for (const Node &node : nodes) {
      outNodes.push_back({uint32_t(outEdges.size()), uint32_t(node.edges.size()), node.token});
      for (auto [byte, target] : node.edges)
        outEdges.push_back((uint32_t(byte) << 24) | uint32_t(target));
    }
  }

private:
  struct Node {
    std::map<uint8_t, size_t> edges;
    int32_t token = -1;
  };
  std::vector<Node> nodes;
};

/// Puts arrays behind the header.
class TableWriter {
public:
  TableWriter() : bytes(alignTo<8>(sizeof(rt::TokenizerHeader))) {}

  template <typename T> void add(rt::TableRange &range, const std::vector<T> &array) {
    static_assert(std::is_trivially_copyable_v<T>);
    range = {uint32_t(bytes.size()), uint32_t(array.size())};
    const char *begin = reinterpret_cast<const char *>(array.data());
    bytes.insert(bytes.end(), begin, begin + array.size() * sizeof(T));
    bytes.resize(alignTo<8>(bytes.size()));
  }

  std::vector<char> finish(rt::TokenizerHeader header) {
    header.totalBytes = uint32_t(bytes.size());
    std::memcpy(bytes.data(), &header, sizeof(header));
    return std::move(bytes);
  }

  size_t size() const { return bytes.size(); }

private:
  std::vector<char> bytes;
};

/// Makes the tables of one tokenizer, stage by stage.
class TablesBuilder {
public:
  TablesBuilder(const TokenizerSpec &spec, Location location) : spec(spec), location(location) {}

  FailureOr<std::vector<char>> build() {
    rt::TokenizerHeader header = {};
    header.magic = rt::tokenizerMagic;
    header.version = rt::tokenizerVersion;
    addNormalizers(header);
    addDecoders(header);
    writer.add(header.stepText, stepText);
    addTokens(header);
    addAddedTokens(header);
    addModel(header);
    if (failed(addSplits(header)))
      return failure();
    writer.add(header.prefixIds, spec.prefixIds);
    writer.add(header.suffixIds, spec.suffixIds);
    if (writer.size() > std::numeric_limits<uint32_t>::max()) {
      emitError(location) << "the tokenizer's tables would take " << writer.size()
                          << " bytes, more than 4 GiB" << useTokenIds;
      return failure();
    }
    return writer.finish(header);
  }

private:
  void addTokens(rt::TokenizerHeader &header);
  void addAddedTokens(rt::TokenizerHeader &header);
  void addModel(rt::TokenizerHeader &header);
  void addNormalizers(rt::TokenizerHeader &header);
  void addDecoders(rt::TokenizerHeader &header);
  rt::TextRange addStepText(StringRef text);
  LogicalResult addSplits(rt::TokenizerHeader &header);
  LogicalResult refuse(Error error, std::optional<Location> at) const;
  std::vector<rt::MergeSlot> hashMerges() const;
  std::vector<rt::VocabularySlot> hashVocabulary(const rt::BytePairTables &model) const;
  std::string normalize(StringRef text) const;

  const TokenizerSpec &spec;
  Location location;
  TableWriter writer;
  std::vector<rt::NormalizerStep> normalizers;
  std::vector<char> stepText; ///< of normalizers and decoders
};
} // namespace

/// What a token's text stands for when it is decoded: the bytes it spells, or
/// its own UTF-8 when it holds a character that spells none.
static std::string decodedBytes(StringRef text) {
  std::optional<std::string> bytes = bytesOfAlphabet(text);
  return bytes ? *bytes : text.str();
}

/// Texts, one behind the other, and where each begins.
static void addTexts(TableWriter &writer, const std::vector<std::string> &texts,
                     rt::TableRange &offsetRange, rt::TableRange &byteRange) {
  std::vector<uint32_t> offsets = {0};
  std::vector<char> bytes;
  for (const std::string &text : texts) {
    bytes.insert(bytes.end(), text.begin(), text.end());
    offsets.push_back(uint32_t(bytes.size()));
  }
  writer.add(offsetRange, offsets);
  writer.add(byteRange, bytes);
}

void TablesBuilder::addTokens(rt::TokenizerHeader &header) {
  std::vector<std::string> texts(size_t(spec.size()));
  std::vector<uint8_t> flags(texts.size());
  for (const auto &[text, id] : spec.model.vocabulary) {
    texts[size_t(id)] = text;
    flags[size_t(id)] |= rt::TokenKnown;
  }
  for (const AddedTokenSpec &token : spec.addedTokens) {
    // The original keeps such a token in the form that it looks for.
    texts[size_t(token.id)] = token.normalized ? normalize(token.content) : token.content;
    flags[size_t(token.id)] |= rt::TokenKnown;
    if (token.flags & rt::Special)
      flags[size_t(token.id)] |= rt::TokenSpecial;
  }
  bool decodesBytes =
      !spec.decoders.empty() && spec.decoders.front().kind == rt::DecoderKind::Bytes;
  if (!decodesBytes)
    addTexts(writer, texts, header.textOffsets, header.textBytes);
  for (std::string &text : texts) {
    text = decodedBytes(text);
    header.longestToken = std::max(header.longestToken, uint32_t(text.size()));
  }
  addTexts(writer, texts, header.tokenOffsets, header.tokenBytes);
  if (decodesBytes) { // one array for both
    header.textOffsets = header.tokenOffsets;
    header.textBytes = header.tokenBytes;
  }
  writer.add(header.tokenFlags, flags);
}

std::string TablesBuilder::normalize(StringRef text) const {
  rt::NormalizerTables tables = {normalizers, {stepText}};
  return std::string(rt::TextNormalizer(tables).run({text.data(), text.size()}));
}

rt::TextRange TablesBuilder::addStepText(StringRef text) {
  rt::TextRange range = {uint32_t(stepText.size()), uint32_t(text.size())};
  stepText.insert(stepText.end(), text.begin(), text.end());
  return range;
}

void TablesBuilder::addNormalizers(rt::TokenizerHeader &header) {
  for (const NormalizerSpec &step : spec.normalizers)
    normalizers.push_back(
        {step.kind, step.sides, addStepText(step.text), addStepText(step.content)});
  writer.add(header.normalizers, normalizers);
}

void TablesBuilder::addDecoders(rt::TokenizerHeader &header) {
  std::vector<rt::DecoderStep> steps;
  for (const DecoderSpec &step : spec.decoders)
    steps.push_back(
        {step.kind, step.first, step.last, addStepText(step.text), addStepText(step.content)});
  writer.add(header.decoders, steps);
}

void TablesBuilder::addAddedTokens(rt::TokenizerHeader &header) {
  std::vector<rt::AddedToken> added;
  std::vector<char> text;
  TrieBuilder raw, normal;
  for (const AddedTokenSpec &token : spec.addedTokens) {
    int32_t index = int32_t(added.size());
    added.push_back({token.id, token.flags, uint32_t(text.size()), uint32_t(token.content.size())});
    text.insert(text.end(), token.content.begin(), token.content.end());
    if (token.normalized)
      normal.add(normalize(token.content), index);
    else
      raw.add(token.content, index);
  }
  std::vector<rt::TrieNode> nodes;
  std::vector<uint32_t> edges;
  raw.finish(nodes, edges);
  writer.add(header.addedTokens, added);
  writer.add(header.addedText, text);
  writer.add(header.rawTrie, nodes);
  writer.add(header.rawEdges, edges);
  nodes.clear();
  edges.clear();
  normal.finish(nodes, edges);
  writer.add(header.normalTrie, nodes);
  writer.add(header.normalEdges, edges);
}

/// The slots for `count` entries: at most five of eight are taken, so that a
/// search that fails looks at two or three.
static size_t slotCount(size_t count) {
  return size_t(PowerOf2Ceil(std::max<uint64_t>(16, count * 8 / 5 + 1)));
}

std::vector<rt::MergeSlot> TablesBuilder::hashMerges() const {
  std::vector<rt::MergeSlot> slots(slotCount(spec.model.merges.size()), {rt::emptySlot, 0, 0, 0});
  size_t mask = slots.size() - 1;
  for (auto [rank, merge] : enumerate(spec.model.merges)) {
    uint32_t left = uint32_t(merge.left), right = uint32_t(merge.right);
    size_t at = rt::hashMerge(left, right) & mask;
    while (slots[at].left != rt::emptySlot && (slots[at].left != left || slots[at].right != right))
      at = (at + 1) & mask;
    // Of a pair that is listed twice the later rank holds, as in the original.
    slots[at] = {left, right, uint32_t(rank), uint32_t(merge.result)};
  }
  return slots;
}

/// Makes the table of all tokens that the model can come upon. `model` encodes
/// already, but for the table itself.
std::vector<rt::VocabularySlot>
TablesBuilder::hashVocabulary(const rt::BytePairTables &model) const {
  std::vector<rt::VocabularySlot> slots(slotCount(spec.model.vocabulary.size()),
                                        {0, rt::emptySlot});
  size_t mask = slots.size() - 1;
  rt::BytePairEncoder encoder(model);
  std::vector<int32_t> ids;
  for (const auto &[text, id] : spec.model.vocabulary) {
    std::optional<std::string> bytes = bytesOfAlphabet(text);
    if (!bytes || bytes->empty())
      continue;
    bool whole = spec.model.ignoreMerges;
    if (!whole) {
      ids.clear();
      encoder.encodeByMerging(*bytes, ids);
      whole = ids.size() == 1 && ids.front() == id;
    }
    uint64_t hash = rt::hashTokenBytes(bytes->data(), bytes->size());
    size_t at = hash & mask;
    while (slots[at].id != rt::emptySlot)
      at = (at + 1) & mask;
    slots[at] = {uint32_t(hash >> 32), uint32_t(id) | (whole ? rt::wholeWordBit : 0)};
  }
  return slots;
}

void TablesBuilder::addModel(rt::TokenizerHeader &header) {
  std::vector<int32_t> byteIds(256, -1);
  for (const auto &[text, id] : spec.model.vocabulary) {
    std::optional<std::string> bytes = bytesOfAlphabet(text);
    if (bytes && bytes->size() == 1)
      byteIds[uint8_t(bytes->front())] = id;
  }
  std::vector<rt::MergeSlot> merges = hashMerges();
  rt::BytePairTables model;
  model.merges = merges;
  model.byteIds = byteIds;
  model.unknownId = header.unknownId = spec.model.unknownId;
  model.fuseUnknown = spec.model.fuseUnknown;
  header.fuseUnknown = spec.model.fuseUnknown;
  header.model = rt::ModelKind::BytePairs;
  writer.add(header.vocabulary, hashVocabulary(model));
  writer.add(header.merges, merges);
  writer.add(header.byteIds, byteIds);
}

LogicalResult TablesBuilder::refuse(Error error, std::optional<Location> at) const {
  handleAllErrors(std::move(error), [&](const PatternError &problem) {
    emitError(at.value_or(location)) << problem.message << useTokenIds;
  });
  return failure();
}

LogicalResult TablesBuilder::addSplits(rt::TokenizerHeader &header) {
  SplitProgramBuilder builder;
  std::vector<rt::SplitStep> steps;
  bool sound = true;
  for (const SplitSpec &split : spec.splits) {
    rt::SplitStep step = {split.kind, split.behavior, split.inverted, 0, 0, rt::noSet};
    if (split.pattern)
      if (Error error = builder.addProgram(*split.pattern, step))
        sound = succeeded(refuse(std::move(error), split.location));
    steps.push_back(step);
  }
  if (!sound)
    return failure();
  header.wordSet = rt::noSet;
  if (any_of(spec.addedTokens,
             [](const AddedTokenSpec &token) { return token.flags & rt::SingleWord; }))
    header.wordSet = builder.addSet(addedTokenWordSet());
  Expected<SplitProgramTables> tables = builder.finish();
  if (!tables)
    return refuse(tables.takeError(), std::nullopt);
  writer.add(header.splits, steps);
  writer.add(header.instructions, tables->instructions);
  writer.add(header.sets, tables->sets);
  writer.add(header.pageIndex, tables->pageIndex);
  writer.add(header.pages, tables->pages);
  return success();
}

FailureOr<std::vector<char>> writeTokenizerTables(const TokenizerSpec &spec, Location location) {
  return TablesBuilder(spec, location).build();
}

} // namespace tenon::tokenizer
