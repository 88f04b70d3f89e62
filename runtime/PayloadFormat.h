//===- PayloadFormat.h - The layout of the payload -------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The payload is the last PT_LOAD segment of the file: a header, a table of
// sections, the sections. Written by codegen/Link, read in place by the
// runtime. Little-endian; every section starts at a multiple of its alignment.
//
// Damage is found by a hash tree over the payload: the header holds the root,
// which covers the header's other fields, the section table and the leaf
// hashes; each leaf covers one block of `hashBlockBytes` of the payload.
// Blocks of the weights are checked by `verify`, all others at every start.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_PAYLOADFORMAT_H
#define TENON_RUNTIME_PAYLOADFORMAT_H

#include <cstdint>

namespace tenon::rt {

enum class SectionKind : uint32_t {
  Model = 1,        ///< struct ModelInfo
  WeightTable = 2,  ///< uint64_t offsets into Weights, ModelInfo::weightCount of them
  Tokenizer = 3,    ///< importers/Tokenizer; absent with --tokenizer=none
  ChatTemplate = 4, ///< importers/Tokenizer/ChatTemplate; may be absent
  Provenance = 5,   ///< UTF-8 text, `key: value` lines, for `info`
  Report = 6,       ///< UTF-8 text: what was measured when the file was made
  Golden = 7,       ///< token ids and logits that `verify` compares with
  HashLeaves = 8,   ///< uint64_t per block of hashBlockBytes
  Weights = 9,      ///< packed weights; the last section, page-aligned
};

inline constexpr uint64_t payloadMagic = 0x314e4f4e4554ull; // "TENON1"
inline constexpr uint32_t payloadVersion = 1;
inline constexpr uint64_t hashBlockBytes = 1u << 20;

struct PayloadSection {
  SectionKind kind;
  uint32_t alignment;
  uint64_t offset; ///< from the start of the payload
  uint64_t sizeBytes;
};

struct PayloadHeader {
  uint64_t magic;
  uint32_t version;
  uint32_t sectionCount;
  uint64_t payloadBytes;
  uint64_t rootHash;
  // followed by PayloadSection[sectionCount]
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_PAYLOADFORMAT_H
