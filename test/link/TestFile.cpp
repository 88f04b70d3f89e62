//===- TestFile.cpp - Makes files with a payload for the tests ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestFile.h"

#include <algorithm>

using namespace tenon;
using namespace tenon::test;
using rt::SectionKind;
using rt::Status;

extern "C" {
extern const char tenon_test_runtime[], tenon_test_runtime_end[];
extern const char tenon_test_generated[], tenon_test_generated_end[];
}

/// Blocks of a size that does not divide the blocks of the hash tree.
static constexpr size_t producedBytes = 700'001;

std::string test::randomBytes(uint64_t size, uint64_t seed) {
  std::string bytes(size, '\0');
  uint64_t state = seed * 2 + 1;
  for (char &byte : bytes) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    byte = static_cast<char>(state >> 56);
  }
  return bytes;
}

TestWeights::TestWeights(const TestFileOptions &options) : options(options) {
  for (uint64_t sizeBytes : options.weightBytes) {
    for (uint64_t first = 0; first < sizeBytes; first += 2 * producedBytes)
      cuts.push_back(
          {places.size(), first, std::min<uint64_t>(sizeBytes - first, 2 * producedBytes)});
    places.push_back({sizeBytes, sizeBytes > 4096 ? rt::weightsAlignment : 64});
  }
}

Status TestWeights::produce(size_t index, Sink sink) {
  if (Status status = options.onPart(index); !status)
    return status;
  uint64_t left = cuts[index].sizeBytes;
  std::string block;
  for (uint64_t number = 0; left; ++number) {
    size_t size = std::min<uint64_t>(left, producedBytes);
    if (block.size() != size || !options.zeroWeights)
      block = options.zeroWeights ? std::string(size, '\0')
                                  : randomBytes(size, options.seed + index * 1000 + number);
    llvm::ArrayRef bytes(reinterpret_cast<const std::byte *>(block.data()), size);
    if (Status status = sink(bytes); !status)
      return status;
    left -= size;
  }
  return Status::ok();
}

void test::addSections(link::PayloadWriter &payload, const TestFileOptions &options) {
  payload.addSection(SectionKind::Model, randomBytes(256, options.seed + 1));
  payload.addSection(SectionKind::Tokenizer, randomBytes(options.tokenizerBytes, options.seed));
  payload.addSection(SectionKind::ChatTemplate, randomBytes(777, options.seed + 2));
  payload.addSection(SectionKind::Provenance, "compiler: test\n", 1);
  payload.addSection(SectionKind::Report, "", 1);
  payload.addSection(SectionKind::Golden, randomBytes(4001, options.seed + 3));
}

llvm::MemoryBufferRef test::carrierRuntime() {
  return {llvm::StringRef(tenon_test_runtime, tenon_test_runtime_end - tenon_test_runtime),
          "runtime"};
}

llvm::MemoryBufferRef test::generatedCode() {
  return {llvm::StringRef(tenon_test_generated, tenon_test_generated_end - tenon_test_generated),
          "generated"};
}

Status test::makeTestFile(const TestFileOptions &options, llvm::StringRef output) {
  TestWeights weights(options);
  link::PayloadWriter payload(weights);
  addSections(payload, options);
  return link::linkExecutable(generatedCode(), payload, output, {}, carrierRuntime());
}
