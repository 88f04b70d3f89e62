//===- Tokenizer.cpp - Text to token ids and back -------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The way of a text: added tokens that are not normalized are cut out; the
// rest is normalized; the other added tokens are cut out; the split steps cut
// what is left into words; the model turns each word into tokens.
//
//===----------------------------------------------------------------------===//

#include "Tokenizer.h"
#include "AddedTokenFinder.h"
#include "BytePairEncoder.h"
#include "PieceSplitter.h"
#include "TextDecoder.h"
#include "TextNormalizer.h"
#include "TokenizerFormat.h"
#include "runtime/Utf8.h"

#include <algorithm>
#include <bit>
#include <functional>

namespace tenon::rt {

static_assert(std::endian::native == std::endian::little, "the tables are little-endian");

struct Tokenizer::Tables {
  const TokenizerHeader *header = nullptr;
  BytePairTables model;
  std::span<const uint8_t> tokenFlags;
  std::span<const AddedToken> addedTokens;
  std::span<const char> addedText;
  AddedTokenTrie rawTrie, normalTrie;
  /// What the decoder gets for an id; `slots` is not used.
  Vocabulary texts;
  NormalizerTables normalizer;
  DecoderTables decoder;
  std::span<const SplitStep> splits;
  SplitTables split;
  std::span<const int32_t> prefixIds, suffixIds;

  Status bind(std::span<const std::byte> bytes);
  Status check() const;
  bool hasSoundModel() const;
  bool hasSoundSteps() const;
  bool hasSoundAddedTokens() const;
  std::string_view text(const AddedToken &token) const {
    return {addedText.data() + token.textOffset, token.textBytes};
  }
};

//===----------------------------------------------------------------------===//
// Opening
//===----------------------------------------------------------------------===//

static Status damaged(std::string_view what) {
  return Status::failure(StatusCode::Damaged,
                         "the tokenizer's tables are damaged: {}; copy the file again", what);
}

/// Sets `view` to the array that `range` names. \returns whether it lies inside.
template <typename T>
static bool bindRange(std::span<const std::byte> bytes, TableRange range,
                      std::span<const T> &view) {
  if (range.offset % 8 != 0 || range.offset > bytes.size() ||
      range.count > (bytes.size() - range.offset) / sizeof(T))
    return false;
  view = {reinterpret_cast<const T *>(bytes.data() + range.offset), range.count};
  return true;
}

Status Tokenizer::Tables::bind(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(TokenizerHeader) || reinterpret_cast<uintptr_t>(bytes.data()) % 8 != 0)
    return damaged("they are shorter than their header, or not aligned");
  header = reinterpret_cast<const TokenizerHeader *>(bytes.data());
  if (header->magic != tokenizerMagic)
    return damaged("they do not begin with their mark");
  if (header->version != tokenizerVersion)
    return Status::failure(StatusCode::Damaged,
                           "the tokenizer's tables have version {}, this program reads {}; compile "
                           "the model again",
                           header->version, tokenizerVersion);
  const TokenizerHeader &h = *header;
  bool inside =
      h.totalBytes == bytes.size() && bindRange(bytes, h.tokenOffsets, model.vocabulary.offsets) &&
      bindRange(bytes, h.tokenBytes, model.vocabulary.bytes) &&
      bindRange(bytes, h.textOffsets, texts.offsets) &&
      bindRange(bytes, h.textBytes, texts.bytes) && bindRange(bytes, h.tokenFlags, tokenFlags) &&
      bindRange(bytes, h.vocabulary, model.vocabulary.slots) &&
      bindRange(bytes, h.merges, model.merges) && bindRange(bytes, h.byteIds, model.byteIds) &&
      bindRange(bytes, h.addedTokens, addedTokens) && bindRange(bytes, h.addedText, addedText) &&
      bindRange(bytes, h.rawTrie, rawTrie.nodes) && bindRange(bytes, h.rawEdges, rawTrie.edges) &&
      bindRange(bytes, h.normalTrie, normalTrie.nodes) &&
      bindRange(bytes, h.normalEdges, normalTrie.edges) &&
      bindRange(bytes, h.normalizers, normalizer.steps) &&
      bindRange(bytes, h.decoders, decoder.steps) &&
      bindRange(bytes, h.stepText, normalizer.text.bytes) && bindRange(bytes, h.splits, splits) &&
      bindRange(bytes, h.instructions, split.instructions) &&
      bindRange(bytes, h.sets, split.sets) && bindRange(bytes, h.pageIndex, split.pageIndex) &&
      bindRange(bytes, h.pages, split.pages) && bindRange(bytes, h.prefixIds, prefixIds) &&
      bindRange(bytes, h.suffixIds, suffixIds);
  if (!inside)
    return damaged("an array lies outside of them");
  decoder.text = normalizer.text;
  model.unknownId = h.unknownId;
  model.fuseUnknown = h.fuseUnknown != 0;
  model.longestToken = h.longestToken;
  return Status::ok();
}

/// Whether a model's hash tables can be probed. What their slots hold is
/// checked where it is used, so that opening touches no page of them.
bool Tokenizer::Tables::hasSoundModel() const {
  return header->model == ModelKind::BytePairs && std::has_single_bit(model.merges.size()) &&
         std::has_single_bit(model.vocabulary.slots.size()) && model.byteIds.size() == 256 &&
         model.vocabulary.offsets.size() == tokenFlags.size() + 1 &&
         texts.offsets.size() == tokenFlags.size() + 1;
}

bool Tokenizer::Tables::hasSoundSteps() const {
  if (!normalizer.isSound() || !decoder.isSound() || splits.size() > mostSteps || !split.isSound())
    return false;
  return std::all_of(splits.begin(), splits.end(), [&](const SplitStep &step) {
    if (step.kind == SplitKind::PrefixSpace)
      return true;
    return step.kind == SplitKind::Pattern && step.behavior <= SplitBehavior::Contiguous &&
           step.firstInstruction < split.instructions.size() &&
           (step.startSet == noSet || step.startSet < split.sets.size());
  });
}

bool Tokenizer::Tables::hasSoundAddedTokens() const {
  bool needWords = false;
  for (const AddedToken &token : addedTokens) {
    if (token.textOffset > addedText.size() ||
        token.textBytes > addedText.size() - token.textOffset)
      return false;
    needWords |= (token.flags & SingleWord) != 0;
  }
  if (needWords && (header->wordSet >= split.sets.size() || split.pageIndex.empty()))
    return false;
  return rawTrie.isSound(addedTokens.size()) && normalTrie.isSound(addedTokens.size());
}

Status Tokenizer::Tables::check() const {
  if (!hasSoundModel())
    return damaged("the model's tables do not fit together");
  if (!hasSoundSteps())
    return damaged("a step is unknown or leads outside");
  if (!hasSoundAddedTokens())
    return damaged("an added token leads outside");
  return Status::ok();
}

Tokenizer::Tokenizer(std::unique_ptr<Tables> tables) : tables(std::move(tables)) {}
Tokenizer::Tokenizer(Tokenizer &&) noexcept = default;
Tokenizer &Tokenizer::operator=(Tokenizer &&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Expected<Tokenizer> Tokenizer::open(std::span<const std::byte> bytes) {
  auto tables = std::make_unique<Tables>();
  if (Status status = tables->bind(bytes); !status)
    return status;
  if (Status status = tables->check(); !status)
    return status;
  return Tokenizer(std::move(tables));
}

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

std::string_view Tokenizer::tokenBytes(int32_t id) const {
  return id < 0 ? std::string_view() : tables->model.vocabulary.token(uint32_t(id));
}

bool Tokenizer::isSpecial(int32_t id) const {
  return id >= 0 && size_t(id) < tables->tokenFlags.size() &&
         (tables->tokenFlags[size_t(id)] & TokenSpecial);
}

int32_t Tokenizer::tokenId(std::string_view content) const {
  for (const AddedToken &token : tables->addedTokens)
    if (tables->text(token) == content)
      return token.id;
  uint32_t found = tables->model.vocabulary.find(content);
  return found == emptySlot ? -1 : int32_t(found & ~wholeWordBit);
}

int32_t Tokenizer::size() const { return int32_t(tables->tokenFlags.size()); }

//===----------------------------------------------------------------------===//
// Encoding
//===----------------------------------------------------------------------===//

namespace {
/// The joined text of spans, and which of it is trusted.
struct JoinedText {
  struct Part {
    size_t end;
    bool trusted;
  };
  std::string text;
  std::vector<Part> parts; ///< in order

  void add(std::string_view span, bool trusted) {
    text += isValidUtf8(span) ? std::string(span) : repairUtf8(span);
    parts.push_back({text.size(), trusted});
  }

  /// Whether `[begin, end)` lies inside one trusted part. If not, `goOn` is the
  /// end of the part that `begin` lies in: what an untrusted text begins must
  /// not hide a special token of the trusted text behind it.
  bool trusts(size_t begin, size_t end, size_t &goOn) const {
    auto part = std::upper_bound(parts.begin(), parts.end(), begin,
                                 [](size_t at, const Part &p) { return at < p.end; });
    if (part == parts.end())
      return false;
    goOn = std::min(end, part->end);
    return part->trusted && end <= part->end;
  }
};
} // namespace

/// The work on one text: one thread's buffers, and where the ids go.
struct Tokenizer::Encoding {
  Encoding(const Tables &tables, std::vector<int32_t> &ids)
      : tables(tables), ids(ids), normalizer(tables.normalizer),
        splitter(tables.split, tables.splits), encoder(tables.model),
        finder(tables.addedTokens, tables.split, tables.header->wordSet),
        encodeWord([this](std::string_view word) { encoder.encode(word, this->ids); }) {}

  void encode(const JoinedText &joined) {
    this->joined = &joined;
    auto trust = [&](size_t begin, size_t end, size_t &goOn) {
      return joined.trusts(begin, end, goOn);
    };
    finder.cut(tables.rawTrie, joined.text, trust, [&](std::string_view text, int32_t id) {
      if (id >= 0)
        ids.push_back(id);
      else
        encodePlain(text);
    });
  }

private:
  /// Encodes text that holds no added token of the first pass.
  void encodePlain(std::string_view text) {
    size_t offset = size_t(text.data() - joined->text.data());
    std::string_view normalized = normalizer.run(text);
    bool changed = normalizer.isChanged();
    auto trust = [&](size_t begin, size_t end, size_t &goOn) {
      if (changed) {
        begin = normalizer.sourcePosition(begin, /*isEnd=*/false);
        end = normalizer.sourcePosition(end, /*isEnd=*/true);
      }
      size_t sourceGoOn = 0;
      bool trusted = joined->trusts(offset + begin, offset + end, sourceGoOn);
      // Only an unchanged text has the same positions; in a changed one the
      // search goes on behind the first character.
      goOn = changed ? 0 : sourceGoOn - offset;
      return trusted;
    };
    finder.cut(tables.normalTrie, normalized, trust, [&](std::string_view piece, int32_t id) {
      if (id >= 0)
        ids.push_back(id);
      else
        splitter.split(piece, encodeWord);
    });
  }

  const Tables &tables;
  std::vector<int32_t> &ids;
  const JoinedText *joined = nullptr;
  TextNormalizer normalizer;
  PieceSplitter splitter;
  BytePairEncoder encoder;
  AddedTokenFinder finder;
  PieceSplitter::Sink encodeWord;
};

static void appendIds(std::vector<int32_t> &ids, std::span<const int32_t> more) {
  ids.insert(ids.end(), more.begin(), more.end());
}

std::vector<int32_t> Tokenizer::encode(std::span<const TextSpan> spans,
                                       bool addSpecialTokens) const {
  JoinedText joined;
  for (const TextSpan &span : spans)
    joined.add(span.text, span.trusted);
  std::vector<int32_t> ids;
  ids.reserve(joined.text.size() / 3 + 4); // three bytes per token are usual
  if (addSpecialTokens)
    appendIds(ids, tables->prefixIds);
  Encoding(*tables, ids).encode(joined);
  if (addSpecialTokens)
    appendIds(ids, tables->suffixIds);
  return ids;
}

std::vector<int32_t> Tokenizer::encode(std::string_view text, bool addSpecialTokens) const {
  TextSpan span{std::string(text), /*trusted=*/true};
  return encode({&span, 1}, addSpecialTokens);
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

struct Tokenizer::Decoder::State {
  State(const Tokenizer &tokenizer, bool skipSpecialTokens)
      : tokenizer(tokenizer), skipSpecialTokens(skipSpecialTokens),
        decoder(tokenizer.tables->decoder) {}

  void push(int32_t id, std::string &text) {
    // An id that is no token's is not there: it ends no run of bytes.
    const Tables &tables = *tokenizer.tables;
    if (id < 0 || size_t(id) >= tables.tokenFlags.size())
      return;
    uint8_t flags = tables.tokenFlags[size_t(id)];
    if ((flags & TokenKnown) && !(skipSpecialTokens && (flags & TokenSpecial)))
      decoder.push(tables.texts.token(uint32_t(id)), text);
  }

  const Tokenizer &tokenizer;
  bool skipSpecialTokens;
  TextDecoder decoder;
};

Tokenizer::Decoder::Decoder(const Tokenizer &tokenizer, bool skipSpecialTokens)
    : state(std::make_unique<State>(tokenizer, skipSpecialTokens)) {}
Tokenizer::Decoder::Decoder(Decoder &&) noexcept = default;
Tokenizer::Decoder::~Decoder() = default;

std::string Tokenizer::Decoder::push(int32_t id) {
  std::string text;
  state->push(id, text);
  return text;
}

std::string Tokenizer::Decoder::finish() {
  std::string text;
  state->decoder.finish(text);
  return text;
}

std::string Tokenizer::decode(std::span<const int32_t> ids, bool skipSpecialTokens) const {
  std::string text;
  Decoder::State state(*this, skipSpecialTokens);
  for (int32_t id : ids)
    state.push(id, text);
  state.decoder.finish(text);
  return text;
}

} // namespace tenon::rt
