//===- PayloadWriter.cpp - Streams the payload into the final file --------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Link/PayloadWriter.h"

#include "runtime/PayloadHash.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cassert>
#include <cstring>

using namespace tenon;
using namespace tenon::link;
using rt::PayloadHeader;
using rt::PayloadSection;
using rt::SectionKind;
using rt::Status;
using rt::StatusCode;

WeightSource::~WeightSource() = default;

namespace {

/// Cuts a stream of bytes into the blocks of the hash tree, hashes and writes
/// each. Whole blocks of the caller are used where they lie.
class BlockStream {
public:
  BlockStream(OutputFile &file, uint64_t fileOffset) : file(file), fileOffset(fileOffset) {
    pending.reserve(rt::hashBlockBytes);
  }

  uint64_t size() const { return flushedBytes + pending.size(); }

  Status append(llvm::ArrayRef<std::byte> bytes) {
    while (!bytes.empty()) {
      size_t taken = std::min<size_t>(bytes.size(), rt::hashBlockBytes - pending.size());
      if (taken == rt::hashBlockBytes) {
        if (Status status = flush(bytes.take_front(taken)); !status)
          return status;
      } else {
        pending.insert(pending.end(), bytes.begin(), bytes.begin() + taken);
        if (pending.size() == rt::hashBlockBytes)
          if (Status status = finish(); !status)
            return status;
      }
      bytes = bytes.drop_front(taken);
    }
    return Status::ok();
  }

  /// Appends zero bytes until the size is `end`.
  Status padTo(uint64_t end) {
    assert(end >= size() && end - size() < rt::weightsAlignment && "padding too long");
    static constexpr std::byte zeros[rt::weightsAlignment] = {};
    return append(llvm::ArrayRef(zeros, end - size()));
  }

  /// Writes what is left, a block that may be short.
  Status finish() {
    if (pending.empty())
      return Status::ok();
    Status status = flush(pending);
    pending.clear();
    return status;
  }

  std::vector<uint64_t> takeLeaves() { return std::move(leaves); }

private:
  Status flush(llvm::ArrayRef<std::byte> block) {
    leaves.push_back(rt::hashBytes({block.data(), block.size()}));
    uint64_t offset = fileOffset + flushedBytes;
    flushedBytes += block.size();
    return file.write(offset, block);
  }

  OutputFile &file;
  uint64_t fileOffset;
  uint64_t flushedBytes = 0;
  std::vector<std::byte> pending;
  std::vector<uint64_t> leaves;
};

template <typename T> llvm::StringRef bytesOf(llvm::ArrayRef<T> values) {
  return {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)};
}

} // namespace

PayloadWriter::PayloadWriter(WeightSource &weights) : source(weights) {
  uint64_t end = 0;
  for (const PackedWeight &weight : source.weights()) {
    assert(llvm::isPowerOf2_64(weight.alignment) && weight.alignment <= rt::weightsAlignment &&
           "alignment of a weight");
    uint64_t offset = llvm::alignTo(end, weight.alignment);
    weightOffsets.push_back(offset);
    end = offset + weight.sizeBytes;
  }
  weightBytes = llvm::alignTo(end, rt::weightsGranularity);
  leaves.resize(llvm::divideCeil(weightBytes, rt::hashBlockBytes));
}

void PayloadWriter::addSection(SectionKind kind, llvm::StringRef bytes, uint32_t alignment) {
  assert(!isLaidOut && "a section after the layout was asked for");
  assert(llvm::isPowerOf2_32(alignment) && alignment <= rt::payloadAlignment);
  assert(llvm::none_of(sections, [&](const Section &s) { return s.entry.kind == kind; }) &&
         "two sections of one kind");
  sections.push_back({PayloadSection{kind, alignment, 0, bytes.size()}, bytes.str()});
}

void PayloadWriter::layOut() {
  if (isLaidOut)
    return;
  addSection(SectionKind::WeightTable, bytesOf<uint64_t>(weightOffsets));
  addSection(SectionKind::HashLeaves, bytesOf<uint64_t>(leaves));
  isLaidOut = true;
  llvm::sort(sections, [](const Section &a, const Section &b) {
    return a.entry.kind < b.entry.kind; // the order of the calls leaves no trace
  });
  sections.push_back(
      {PayloadSection{SectionKind::Weights, rt::weightsAlignment, 0, weightBytes}, {}});
  assert(sections.size() <= rt::maxPayloadSections && "too many sections");
  uint64_t end = sizeof(PayloadHeader) + sections.size() * sizeof(PayloadSection);
  for (Section &section : sections) {
    section.entry.offset = llvm::alignTo(end, section.entry.alignment);
    end = section.entry.offset + section.entry.sizeBytes;
  }
  headBytes = sections.back().entry.offset;
}

uint64_t PayloadWriter::sizeBytes() {
  layOut();
  return headBytes + weightBytes + sizeof(rt::PayloadTrailer);
}

Status PayloadWriter::writeWeights(OutputFile &file, uint64_t fileOffset, WeightProgress progress) {
  layOut();
  BlockStream stream(file, fileOffset + headBytes);
  for (auto [index, weight] : llvm::enumerate(source.weights())) {
    if (Status status = stream.padTo(weightOffsets[index]); !status)
      return status;
    Status status = source.produce(index, [&](llvm::ArrayRef<std::byte> bytes) {
      Status written = stream.append(bytes);
      if (progress && written)
        progress(stream.size(), weightBytes);
      return written;
    });
    if (!status)
      return status;
    if (uint64_t made = stream.size() - weightOffsets[index]; made != weight.sizeBytes)
      return Status::failure(StatusCode::Internal,
                             "weight {} was packed to {} bytes, {} were announced; this is a "
                             "defect of tenon",
                             index, made, weight.sizeBytes);
  }
  if (Status status = stream.padTo(weightBytes); !status)
    return status;
  if (Status status = stream.finish(); !status)
    return status;
  leaves = stream.takeLeaves();
  llvm::find_if(sections, [](const Section &section) {
    return section.entry.kind == SectionKind::HashLeaves;
  })->bytes = bytesOf<uint64_t>(leaves).str();
  return Status::ok();
}

/// The bytes before the weights, with the root.
std::string PayloadWriter::head() const {
  std::string bytes(headBytes, '\0');
  size_t entryOffset = sizeof(PayloadHeader);
  for (const Section &section : sections) {
    std::memcpy(&bytes[entryOffset], &section.entry, sizeof(section.entry));
    entryOffset += sizeof(section.entry);
    if (!section.bytes.empty())
      std::memcpy(&bytes[section.entry.offset], section.bytes.data(), section.bytes.size());
  }
  PayloadHeader header = {};
  header.magic = rt::payloadMagic;
  header.imageHash = imageHash;
  header.version = rt::payloadVersion;
  header.sectionCount = sections.size();
  header.payloadBytes = headBytes + weightBytes + sizeof(rt::PayloadTrailer);
  header.headBytes = headBytes;
  std::memcpy(bytes.data(), &header, sizeof(header));
  llvm::StringRef covered = llvm::StringRef(bytes).substr(rt::rootCoverageOffset);
  header.rootHash = rt::hashBytes(std::as_bytes(std::span(covered.data(), covered.size())));
  std::memcpy(bytes.data(), &header, sizeof(header));
  return bytes;
}

uint64_t PayloadWriter::contentHash() {
  layOut();
  return reinterpret_cast<const PayloadHeader *>(head().data())->rootHash;
}

Status PayloadWriter::writeRest(OutputFile &file, uint64_t fileOffset) {
  layOut();
  std::string bytes = head();
  rt::PayloadTrailer trailer = {reinterpret_cast<const PayloadHeader *>(bytes.data())->rootHash};
  auto asBytes = [](const void *data, size_t size) {
    return llvm::ArrayRef(static_cast<const std::byte *>(data), size);
  };
  if (Status status = file.write(fileOffset, asBytes(bytes.data(), bytes.size())); !status)
    return status;
  return file.write(fileOffset + headBytes + weightBytes, asBytes(&trailer, sizeof(trailer)));
}
