//===- TokenizerSpec.h - What a tokenizer file says -----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Between a tokenizer's file, whatever its format, and the tables. A reader of
// another format fills this in; the writer of the tables knows no format.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_TOKENIZER_TOKENIZERSPEC_H
#define TENON_IMPORTERS_TOKENIZER_TOKENIZERSPEC_H

#include "SplitPattern.h"

#include "mlir/IR/Location.h"

#include "runtime/Tokenizer/TokenizerFormat.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tenon::tokenizer {

/// A token that is found in text before the model sees it.
struct AddedTokenSpec {
  int32_t id;
  std::string content;
  uint32_t flags; ///< of rt::AddedTokenFlag
  bool normalized;
};

/// A step that changes text; `text` and `content` as rt::NormalizerKind says.
struct NormalizerSpec {
  rt::NormalizerKind kind;
  std::string text = {};
  std::string content = {};
  uint32_t sides = 0; ///< of rt::StripSide
};

/// A step of decoding; `text`, `content`, `first` and `last` as rt::DecoderKind says.
struct DecoderSpec {
  rt::DecoderKind kind;
  std::string text = {};
  std::string content = {};
  uint32_t first = 0;
  uint32_t last = 0;
};

/// A step that cuts text; `pattern` is null for rt::SplitKind::PrefixSpace.
struct SplitSpec {
  rt::SplitKind kind = rt::SplitKind::Pattern;
  rt::SplitBehavior behavior = rt::SplitBehavior::Isolated;
  bool inverted = false;
  PatternNode::Pointer pattern;
  std::optional<mlir::Location> location; ///< of the pattern, for what its compiler refuses
};

/// Byte pair encoding over bytes.
struct BytePairSpec {
  /// Tokens as the file spells them, in the byte alphabet.
  std::vector<std::pair<std::string, int32_t>> vocabulary;
  struct Merge {
    int32_t left, right, result;
  };
  std::vector<Merge> merges; ///< by rank
  int32_t unknownId = -1;
  bool fuseUnknown = false;
  bool ignoreMerges = false; ///< a word that is a token is not merged
};

struct TokenizerSpec {
  std::vector<AddedTokenSpec> addedTokens;
  std::vector<NormalizerSpec> normalizers;
  std::vector<SplitSpec> splits;
  BytePairSpec model;
  /// If the first one is rt::DecoderKind::Bytes, it gets the bytes that tokens
  /// spell in the byte alphabet; else the first one gets the tokens as they are.
  std::vector<DecoderSpec> decoders;
  std::vector<int32_t> prefixIds, suffixIds;

  /// The id of the token with this content, or nullopt.
  std::optional<int32_t> idOf(llvm::StringRef content) const;
  /// One more than the largest id.
  int32_t size() const;
};

} // namespace tenon::tokenizer

#endif // TENON_IMPORTERS_TOKENIZER_TOKENIZERSPEC_H
