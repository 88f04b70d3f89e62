//===- PayloadFormat.h - The layout of the payload ------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The payload is the last PT_LOAD segment of the file. Written by
// codegen/Link, read in place by the runtime. Little-endian.
//
//   PayloadHeader
//   PayloadSection[sectionCount]      by rising offset
//   sections, each at its alignment   the gaps are zero bytes
//   Weights                           the last section, at headBytes
//   PayloadTrailer
//
// Damage is found by a hash tree of XXH3 (64 bits) with two levels. A leaf
// covers `hashBlockBytes` of the weights; the leaves are a section. The root
// covers everything before the weights from `imageHash` on: the rest of the
// header, the table, every other section, the leaves and the gaps. The head
// is checked at every start, and is small; the leaves tell `verify` about the
// weights, which are not read before they are needed. The trailer repeats the
// root, so that a file that lost its end is known by one read.
//
// `imageHash` is the hash of all bytes of the file that its other segments
// load, in the order of the program headers, without the ELF header and the
// program headers: strip and objcopy change these, and nothing else of it.
// Start-up compares it with the file, not with memory, where relocations and
// the breakpoints of debuggers are.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_PAYLOADFORMAT_H
#define TENON_RUNTIME_PAYLOADFORMAT_H

#include <cstddef>
#include <cstdint>

namespace tenon::rt {

enum class SectionKind : uint32_t {
  Model = 1,        ///< struct ModelInfo
  WeightTable = 2,  ///< uint64_t offsets into Weights, ModelInfo::weightCount of them
  Tokenizer = 3,    ///< importers/Tokenizer; absent with --tokenizer=none
  ChatTemplate = 4, ///< importers/ChatTemplate; may be absent
  Provenance = 5,   ///< UTF-8 text, `key: value` lines, for `info`
  Report = 6,       ///< UTF-8 text: what was measured when the file was made
  Golden = 7,       ///< token ids and logits that `verify` compares with
  HashLeaves = 8,   ///< uint64_t per block of hashBlockBytes of the weights
  Weights = 9,      ///< packed weights; the last section, page-aligned
  Licence = 10,     ///< UTF-8 text: of the model and of what is linked in, for `info`
};

inline constexpr uint64_t payloadMagic = 0x314e4f4e4554ull; // "TENON1"
inline constexpr uint32_t payloadVersion = 4;
/// More sections than this are not a payload.
inline constexpr uint32_t maxPayloadSections = 64;
/// A leaf of the hash tree covers this much: small enough that `verify` can
/// say where the damage is, large enough that the leaves of 15 GB are 120 KB.
inline constexpr uint64_t hashBlockBytes = 1u << 20;
/// The segment starts at a multiple of this, in the file and in memory, so
/// that the kernel can map it by huge pages.
inline constexpr uint64_t payloadAlignment = 1u << 21;
/// The weights start at a multiple of this from the start of the payload.
inline constexpr uint64_t weightsAlignment = 4096;
/// The size of the weights is a multiple of this: a cache line.
inline constexpr uint64_t weightsGranularity = 64;

struct PayloadSection {
  SectionKind kind;
  uint32_t alignment; ///< a power of two
  uint64_t offset;    ///< from the start of the payload
  uint64_t sizeBytes;
};

struct PayloadHeader {
  uint64_t magic;
  uint64_t rootHash;  ///< of bytes [imageHash, headBytes)
  uint64_t imageHash; ///< of what the other segments load, see above
  uint32_t version;
  uint32_t sectionCount;
  uint64_t payloadBytes; ///< with the trailer
  uint64_t headBytes;    ///< everything before the weights
  // followed by PayloadSection[sectionCount]
};

struct PayloadTrailer {
  uint64_t rootHash;
};

/// Where the part of the header that the root covers begins.
inline constexpr uint64_t rootCoverageOffset = offsetof(PayloadHeader, imageHash);

static_assert(sizeof(PayloadSection) == 24 && sizeof(PayloadHeader) == 48);

} // namespace tenon::rt

#endif // TENON_RUNTIME_PAYLOADFORMAT_H
