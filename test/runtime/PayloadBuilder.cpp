//===- PayloadBuilder.cpp - A payload in memory ---------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PayloadBuilder.h"

#include "runtime/PayloadHash.h"

#include <algorithm>
#include <cstring>

using namespace tenon::rt;

namespace tenon::test {

static constexpr uint32_t sectionAlignment = 64;

static uint64_t alignedTo(uint64_t offset, uint64_t alignment) {
  return (offset + alignment - 1) / alignment * alignment;
}

void PayloadBuilder::add(SectionKind kind, std::string_view bytes) {
  sections.push_back({kind, std::string(bytes)});
}

std::vector<std::byte> PayloadBuilder::finish(std::string_view weights) {
  std::string leaves;
  for (size_t at = 0; at < weights.size(); at += hashBlockBytes) {
    uint64_t leaf = hashBytes(std::as_bytes(std::span(weights.substr(at, hashBlockBytes))));
    leaves.append(reinterpret_cast<const char *>(&leaf), sizeof leaf);
  }
  add(SectionKind::HashLeaves, leaves);

  std::vector<PayloadSection> table;
  uint64_t offset = sizeof(PayloadHeader) + (sections.size() + 1) * sizeof(PayloadSection);
  for (const Section &section : sections) {
    offset = alignedTo(offset, sectionAlignment);
    table.push_back({section.kind, sectionAlignment, offset, section.bytes.size()});
    offset += section.bytes.size();
  }
  offset = alignedTo(offset, weightsAlignment);
  table.push_back({SectionKind::Weights, uint32_t(weightsAlignment), offset, weights.size()});

  PayloadHeader header = {};
  header.magic = payloadMagic;
  header.version = payloadVersion;
  header.sectionCount = static_cast<uint32_t>(table.size());
  header.headBytes = offset;
  header.payloadBytes = offset + weights.size() + sizeof(PayloadTrailer);
  std::vector<std::byte> bytes(header.payloadBytes);
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(&bytes[sizeof header], table.data(), table.size() * sizeof(PayloadSection));
  for (size_t i = 0; i < sections.size(); ++i)
    std::memcpy(&bytes[table[i].offset], sections[i].bytes.data(), sections[i].bytes.size());
  std::memcpy(&bytes[offset], weights.data(), weights.size());
  uint64_t root = hashBytes(std::span(bytes).first(header.headBytes).subspan(rootCoverageOffset));
  std::memcpy(&bytes[offsetof(PayloadHeader, rootHash)], &root, sizeof root);
  std::memcpy(&bytes[bytes.size() - sizeof root], &root, sizeof root);
  return bytes;
}

} // namespace tenon::test
