//===- Payload.cpp - The model's data inside this file --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Payload.h"

#include "PayloadHash.h"

#include <algorithm>
#include <bit>
#include <cstring>

using namespace tenon::rt;

namespace {

const PayloadHeader &headerOf(std::span<const std::byte> bytes) {
  return *reinterpret_cast<const PayloadHeader *>(bytes.data());
}

std::span<const PayloadSection> tableOf(std::span<const std::byte> bytes) {
  auto *first = reinterpret_cast<const PayloadSection *>(bytes.data() + sizeof(PayloadHeader));
  return {first, headerOf(bytes).sectionCount};
}

Status damaged(std::string_view what) {
  return Status::failure(StatusCode::Damaged,
                         "{}; the file was changed or copied incompletely; copy it again", what);
}

/// Checks the sizes in the header, so that all of the head may be read.
Status checkHeader(std::span<const std::byte> bytes) {
  constexpr uint64_t leastBytes = sizeof(PayloadHeader) + sizeof(PayloadTrailer);
  if (bytes.size() < leastBytes || headerOf(bytes).magic != payloadMagic)
    return damaged("the model data of this file does not begin as it must");
  const PayloadHeader &header = headerOf(bytes);
  if (header.payloadBytes != bytes.size() || header.headBytes < sizeof(PayloadHeader) ||
      header.headBytes > header.payloadBytes - sizeof(PayloadTrailer))
    return damaged("the header of this file's model data names sizes that cannot be");
  return Status::ok();
}

/// Checks the root of the hash tree, here and in the trailer.
Status checkRoot(std::span<const std::byte> bytes) {
  const PayloadHeader &header = headerOf(bytes);
  PayloadTrailer trailer;
  std::memcpy(&trailer, bytes.last(sizeof(trailer)).data(), sizeof(trailer));
  if (trailer.rootHash != header.rootHash)
    return damaged("the end of this file's model data is missing");
  auto covered = bytes.first(header.headBytes).subspan(rootCoverageOffset);
  if (hashBytes(covered) != header.rootHash)
    return damaged("the tables of this file's model data differ from what was written");
  return Status::ok();
}

/// Checks one entry of the table; `end` is where the sections before it end.
bool isSectionSound(const PayloadSection &section, uint64_t end, const PayloadHeader &header) {
  uint64_t limit = header.headBytes;
  if (section.kind == SectionKind::Weights) {
    limit = header.payloadBytes - sizeof(PayloadTrailer);
    if (section.offset != header.headBytes || section.sizeBytes != limit - section.offset)
      return false;
  }
  return std::has_single_bit(section.alignment) && section.offset % section.alignment == 0 &&
         section.offset >= end && section.offset <= limit &&
         section.sizeBytes <= limit - section.offset;
}

/// Checks that the sections lie in the payload, in order, each kind once, and
/// that there is a leaf for each block of the weights. Only a defect of the
/// writer or a forger can bring wrong tables under a right root.
Status checkTable(std::span<const std::byte> bytes) {
  const PayloadHeader &header = headerOf(bytes);
  constexpr std::string_view text = "the section table of this file's model data is malformed";
  if (header.version != payloadVersion || header.sectionCount > maxPayloadSections ||
      sizeof(PayloadHeader) + header.sectionCount * sizeof(PayloadSection) > header.headBytes)
    return damaged(text);
  uint64_t end = sizeof(PayloadHeader) + header.sectionCount * sizeof(PayloadSection);
  uint64_t seenKinds = 0, leavesBytes = 0;
  for (const PayloadSection &section : tableOf(bytes)) {
    auto kind = static_cast<uint32_t>(section.kind);
    if (kind >= 64 || (seenKinds >> kind & 1) || !isSectionSound(section, end, header))
      return damaged(text);
    seenKinds |= uint64_t(1) << kind;
    end = section.offset + section.sizeBytes;
    if (section.kind == SectionKind::HashLeaves)
      leavesBytes = section.alignment % alignof(uint64_t) == 0 ? section.sizeBytes : ~uint64_t(0);
  }
  uint64_t weightBytes = header.payloadBytes - sizeof(PayloadTrailer) - header.headBytes;
  uint64_t blocks = weightBytes / hashBlockBytes + (weightBytes % hashBlockBytes != 0);
  if (!(seenKinds >> uint32_t(SectionKind::Weights) & 1) ||
      leavesBytes != blocks * sizeof(uint64_t))
    return damaged(text);
  return Status::ok();
}

} // namespace

Expected<Payload> Payload::open(std::span<const std::byte> bytes) {
  for (auto *check : {checkHeader, checkRoot, checkTable})
    if (Status status = check(bytes); !status)
      return status;
  return Payload(bytes);
}

std::span<const std::byte> Payload::section(SectionKind kind) const {
  for (const PayloadSection &section : tableOf(bytes))
    if (section.kind == kind)
      return bytes.subspan(section.offset, section.sizeBytes);
  return {};
}

bool Payload::has(SectionKind kind) const {
  return std::ranges::any_of(tableOf(bytes),
                             [&](const PayloadSection &section) { return section.kind == kind; });
}

Status Payload::verify(const std::function<bool(uint64_t, uint64_t)> &progress) const {
  for (auto *check : {checkRoot, checkTable})
    if (Status status = check(bytes); !status)
      return status;
  std::span<const std::byte> weights = section(SectionKind::Weights);
  std::span<const std::byte> leaves = section(SectionKind::HashLeaves);
  for (uint64_t done = 0; done < weights.size();) {
    auto block = weights.subspan(done, std::min<uint64_t>(hashBlockBytes, weights.size() - done));
    uint64_t leaf;
    std::memcpy(&leaf, &leaves[done / hashBlockBytes * sizeof(leaf)], sizeof(leaf));
    if (hashBytes(block) != leaf)
      return Status::failure(StatusCode::Damaged,
                             "the weights differ from what was written in the {} bytes at offset "
                             "{} of the weights; copy the file again",
                             block.size(), done);
    done += block.size();
    if (progress && !progress(done, weights.size()))
      return Status::failure(StatusCode::Interrupted, "interrupted");
  }
  return Status::ok();
}
