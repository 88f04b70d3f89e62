//===- PayloadWriter.cpp - Streams the payload into the final file --------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Threads make parts of the weights. Two kinds of blocks cut the section at
// other places than parts do: those of the hash tree, from its begin on, and
// pieces of the file that become huge pages. So the bytes of a part go to the
// first BlockAssembly; a block of it that is whole is hashed and goes to the
// second; and a piece that is whole is written. With parts of 3 MiB and weights
// that begin 0.3 MiB behind a multiple of 2 MiB in the file:
//
//   parts         |       0        |       1        |  made in any order
//   blocks        |  0  |  1  |  2  |  3  |  4  |  5  |
//   pieces       |    0    |     1     |     2     |
//
//===----------------------------------------------------------------------===//

#include "codegen/Link/PayloadWriter.h"

#include "codegen/Link/BlockAssembly.h"
#include "codegen/Link/PartQueue.h"
#include "runtime/PayloadHash.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/ThreadPool.h"

#include <cassert>
#include <cstring>
#include <functional>
#include <mutex>
#include <numeric>

using namespace tenon;
using namespace tenon::link;
using rt::PayloadHeader;
using rt::PayloadSection;
using rt::SectionKind;
using rt::Status;
using rt::StatusCode;

WeightSource::~WeightSource() = default;

template <typename T> static llvm::StringRef bytesOf(llvm::ArrayRef<T> values) {
  return {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)};
}

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

/// Where `part` begins, in the section of the weights.
static uint64_t beginOf(const WeightPart &part, llvm::ArrayRef<uint64_t> weightOffsets) {
  return weightOffsets[part.weight] + part.firstByte;
}

/// Places zeros where nothing lies between weights.
Status PayloadWriter::padTo(uint64_t end, uint64_t begin, BlockAssembly &assembly) {
  assert(begin <= end && end - begin < rt::weightsAlignment && "padding too long");
  static constexpr std::byte zeros[rt::weightsAlignment] = {};
  return assembly.place(begin, llvm::ArrayRef(zeros, end - begin));
}

/// Makes part `index`, what pads the weights before it and, after the last, the
/// end of the section.
Status PayloadWriter::makePart(size_t index, const PartQueue &queue, BlockAssembly &assembly) {
  llvm::ArrayRef<WeightPart> parts = source.parts();
  const WeightPart &part = parts[index];
  uint64_t begin = beginOf(part, weightOffsets), made = 0;
  uint64_t before =
      index == 0 ? 0 : beginOf(parts[index - 1], weightOffsets) + parts[index - 1].sizeBytes;
  if (Status status = padTo(begin, before, assembly); !status)
    return status;
  Status status = source.produce(index, [&](llvm::ArrayRef<std::byte> bytes) {
    if (queue.isGivenUp(index))
      return Status::failure(StatusCode::Interrupted, "");
    uint64_t at = begin + made;
    made += bytes.size();
    return assembly.place(
        at, bytes.take_front(begin + part.sizeBytes - std::min(at, begin + part.sizeBytes)));
  });
  if (!status)
    return status;
  if (made != part.sizeBytes)
    return Status::failure(StatusCode::Internal,
                           "a part of weight {} was packed to {} bytes, {} were announced; this "
                           "is a defect of tenon",
                           part.weight, made, part.sizeBytes);
  bool isLast = index + 1 == parts.size();
  return isLast ? padTo(weightBytes, begin + made, assembly) : Status::ok();
}

/// Runs `work` by as many threads as are useful for `parts` parts, and waits
/// for them.
static void runByWorkers(const WeightWorkers &workers, size_t parts,
                         llvm::function_ref<void()> work) {
  size_t count = std::min<size_t>(workers.count, parts);
  if (!workers.pool || count < 2)
    return work();
  llvm::ThreadPoolTaskGroup group(*workers.pool);
  for (size_t i = 0; i < count; ++i)
    group.async(work);
  group.wait();
}

Status PayloadWriter::writeWeights(OutputFile &file, uint64_t fileOffset, WeightProgress progress,
                                   const WeightWorkers &workers) {
  layOut();
  uint64_t begin = fileOffset + headBytes, done = 0;
  std::mutex progressMutex;
  BlockAssembly pieces(begin, begin + weightBytes, OutputFile::pieceBytes,
                       [&](uint64_t offset, llvm::ArrayRef<std::byte> bytes) {
                         return file.writePiece(offset, bytes);
                       });
  auto hashBlock = [&](uint64_t offset, llvm::ArrayRef<std::byte> bytes) {
    leaves[offset / rt::hashBlockBytes] = rt::hashBytes({bytes.data(), bytes.size()});
    Status status = pieces.place(begin + offset, bytes);
    std::lock_guard lock(progressMutex);
    done += bytes.size();
    if (progress && status)
      progress(done, weightBytes);
    return status;
  };
  BlockAssembly blocks(0, weightBytes, rt::hashBlockBytes, hashBlock);
  std::vector<uint64_t> peaks;
  for (const WeightPart &part : source.parts())
    peaks.push_back(part.peakBytes);
  PartQueue queue(peaks, weightBudgetBytes);
  runByWorkers(workers, peaks.size(), [&] {
    while (std::optional<size_t> part = queue.take())
      queue.finish(*part, makePart(*part, queue, blocks));
  });
  if (std::optional<size_t> failed = queue.failedPart()) {
    if (queue.status().message().empty())
      source.tellFailure(*failed);
    return queue.status();
  }
  llvm::find_if(sections, [](const Section &section) {
    return section.entry.kind == SectionKind::HashLeaves;
  })->bytes = bytesOf<uint64_t>(leaves).str();
  return Status::ok();
}

uint64_t PayloadWriter::weightPeakBytes(const WeightWorkers &workers) const {
  std::vector<uint64_t> peaks;
  for (const WeightPart &part : source.parts())
    peaks.push_back(part.peakBytes);
  llvm::sort(peaks, std::greater<>());
  size_t atWork = std::min<size_t>(workers.pool ? workers.count : 1, peaks.size());
  if (atWork == 0)
    return 0;
  uint64_t largest = std::accumulate(peaks.begin(), peaks.begin() + atWork, uint64_t(0));
  uint64_t making = std::min(largest, std::max(weightBudgetBytes, peaks.front()));
  // Blocks of the hash tree and pieces of the file, which hold a weight twice.
  uint64_t blocks =
      BlockAssembly::mostBlocks(atWork) * (rt::hashBlockBytes + OutputFile::pieceBytes);
  return making + std::min(blocks, 2 * weightBytes);
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
