//===- TestFile.h - Makes files with a payload for the tests --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_LINK_TESTFILE_H
#define TENON_TEST_LINK_TESTFILE_H

#include "codegen/Link/Linker.h"
#include "codegen/Link/PayloadWriter.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tenon::test {

/// What the payload of a test file holds.
struct TestFileOptions {
  std::vector<uint64_t> weightBytes = {100, 5'000'000, 64, 1};
  uint64_t tokenizerBytes = 10'000;
  bool zeroWeights = false;
  uint64_t seed = 1;
  /// Called before each part of a weight is made; a failure is that of the part.
  std::function<rt::Status(size_t part)> onPart = [](size_t) { return rt::Status::ok(); };
};

/// Weights of pseudo-random bytes, or of zeros, each in parts of 1.4 MB.
class TestWeights : public link::WeightSource {
public:
  explicit TestWeights(const TestFileOptions &options);
  llvm::ArrayRef<link::PackedWeight> weights() const override { return places; }
  llvm::ArrayRef<link::WeightPart> parts() const override { return cuts; }
  rt::Status produce(size_t index, Sink sink) override;
  void tellFailure(size_t index) override { told.push_back(index); }

  std::vector<size_t> told; ///< what tellFailure was called with

private:
  TestFileOptions options;
  std::vector<link::PackedWeight> places;
  std::vector<link::WeightPart> cuts;
};

/// Pseudo-random text of `size` bytes.
std::string randomBytes(uint64_t size, uint64_t seed);

/// Adds the sections that a file of the product has, but the weights.
void addSections(link::PayloadWriter &payload, const TestFileOptions &options);

/// The objects that a test file is linked from.
llvm::MemoryBufferRef carrierRuntime();
llvm::MemoryBufferRef generatedCode();

/// Links and writes a test file to `output`.
rt::Status makeTestFile(const TestFileOptions &options, llvm::StringRef output);

} // namespace tenon::test

#endif // TENON_TEST_LINK_TESTFILE_H
