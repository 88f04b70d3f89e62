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

namespace tenon::link {

/// The place that one packed weight takes.
struct PackedWeight {
  uint64_t sizeBytes;
  uint64_t alignment = rt::weightsGranularity; ///< a power of two, at most weightsAlignment
};

/// Makes the packed bytes of the weights, one weight after the other.
class WeightSource {
public:
  /// Takes the next bytes of the weight that is being made. When it fails, the
  /// source stops and hands the status on.
  using Sink = llvm::function_ref<rt::Status(llvm::ArrayRef<std::byte>)>;

  virtual ~WeightSource();

  /// All weights, in the order of the table that generated code indexes.
  virtual llvm::ArrayRef<PackedWeight> weights() const = 0;

  /// Makes the bytes of weight `index`, first to last, in blocks of any size;
  /// `sizeBytes` of them in all. Called once for each weight, in order.
  virtual rt::Status produce(size_t index, Sink sink) = 0;
};

/// Told the bytes of weights that are done, and all of them.
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
  /// `fileOffset`, and hashes them. At most a block of them is in memory.
  rt::Status writeWeights(OutputFile &file, uint64_t fileOffset, WeightProgress progress);

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
