//===- PayloadWriter.h - Streams the payload into the final file ----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_LINK_PAYLOADWRITER_H
#define TENON_CODEGEN_LINK_PAYLOADWRITER_H

#include "codegen/Link/OutputFile.h"
#include "runtime/PayloadFormat.h"
#include "runtime/Status.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <cstddef>
#include <string>
#include <vector>

namespace llvm {
class ThreadPoolInterface;
}

namespace tenon::link {

class BlockAssembly;
class PartQueue;

/// The place that one packed weight takes.
struct PackedWeight {
  uint64_t sizeBytes;
  uint64_t alignment = rt::weightsGranularity; ///< a power of two, at most weightsAlignment
};

/// Bytes of one weight that are made together, apart from all others.
struct WeightPart {
  size_t weight;      ///< its place in the table
  uint64_t firstByte; ///< of the weight
  uint64_t sizeBytes;
  uint64_t peakBytes = 0; ///< the most memory that making it takes
};

/// Makes the packed bytes of the weights, part by part.
class WeightSource {
public:
  /// Takes the next bytes of a part. When it fails, the source stops making the
  /// part and hands the status on.
  using Sink = llvm::function_ref<rt::Status(llvm::ArrayRef<std::byte>)>;

  virtual ~WeightSource();

  /// All weights, in the order of the table that generated code indexes.
  virtual llvm::ArrayRef<PackedWeight> weights() const = 0;

  /// What the weights are cut into: every byte of them, in order.
  virtual llvm::ArrayRef<WeightPart> parts() const = 0;

  /// Makes the bytes of part `index`, first to last, in blocks of any size;
  /// `sizeBytes` of them in all. Called once for each part, by several threads
  /// at once. \returns a failure without a text when tellFailure has one.
  virtual rt::Status produce(size_t index, Sink sink) = 0;

  /// Tells why part `index` could not be made. Of all parts that failed this is
  /// asked for the first only, by one thread when nothing is made any more.
  virtual void tellFailure(size_t index) = 0;
};

/// What parts that are made at once may take together, unless one alone takes
/// more: two transposes of large tensors, or 32 other parts.
inline constexpr uint64_t weightBudgetBytes = 96u << 20;

/// Threads that make weights, at most. Each may leave two blocks of the hash
/// tree and two pieces of the file open, 6 MiB, so that these and the budget
/// above stay below 150 MiB together.
inline constexpr unsigned mostWeightWorkers = 8;

/// Who makes weights. Without a pool the caller's thread does.
struct WeightWorkers {
  llvm::ThreadPoolInterface *pool = nullptr;
  unsigned count = 1; ///< threads of the pool to use, at most mostWeightWorkers
};

/// Told the bytes of weights that are done, and all of them. Never by two threads
/// at once.
using WeightProgress = llvm::function_ref<void(uint64_t done, uint64_t total)>;

/// Collects the sections of a payload and writes them. The writer makes the
/// sections WeightTable, HashLeaves and Weights itself.
class PayloadWriter {
public:
  /// `weights` must outlive the writer.
  explicit PayloadWriter(WeightSource &weights);

  /// Adds a section with a copy of `bytes`; each kind at most once.
  void addSection(rt::SectionKind kind, llvm::StringRef bytes, uint32_t alignment = 64);

  /// Sets PayloadHeader::imageHash.
  void setImageHash(uint64_t hash) { imageHash = hash; }

  /// Bytes of the whole payload. Sections are complete when this is called.
  uint64_t sizeBytes();
  /// Bytes of the weights in it.
  uint64_t weightSectionBytes() const { return weightBytes; }

  /// Streams the weights to their place in a payload that begins at
  /// `fileOffset`, and hashes them. What it writes does not depend on `workers`.
  /// \returns the failure of the first part that cannot be made or written.
  rt::Status writeWeights(OutputFile &file, uint64_t fileOffset, WeightProgress progress,
                          const WeightWorkers &workers = {});
  /// The most memory that `workers` take to do so.
  uint64_t weightPeakBytes(const WeightWorkers &workers) const;

  /// A hash of all that the payload holds, known after the weights. The build
  /// ID is made of it, and the image hash of the build ID.
  uint64_t contentHash();

  /// Writes everything but the weights.
  rt::Status writeRest(OutputFile &file, uint64_t fileOffset);

private:
  struct Section {
    rt::PayloadSection entry;
    std::string bytes;
  };

  void layOut();
  std::string head() const;
  rt::Status makePart(size_t index, const PartQueue &queue, BlockAssembly &assembly);
  rt::Status padTo(uint64_t end, uint64_t begin, BlockAssembly &assembly);

  WeightSource &source;
  std::vector<Section> sections; ///< in the order of the file, once laid out
  std::vector<uint64_t> weightOffsets;
  std::vector<uint64_t> leaves;
  uint64_t weightBytes = 0; ///< rounded up to weightsGranularity
  uint64_t headBytes = 0;
  uint64_t imageHash = 0;
  bool isLaidOut = false;
};

} // namespace tenon::link

#endif // TENON_CODEGEN_LINK_PAYLOADWRITER_H
