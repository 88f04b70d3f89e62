//===- PayloadWriterTest.cpp - What the writer makes, the runtime reads ---===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestFile.h"
#include "TestProcess.h"

#include "runtime/Payload.h"

#include <gtest/gtest.h>

using namespace tenon;
using namespace tenon::test;
using rt::SectionKind;

namespace {

/// Writes a payload alone into a file and gives its bytes.
std::string writePayload(const TestFileOptions &options) {
  TemporaryFolder folder;
  TestWeights weights(options);
  link::PayloadWriter payload(weights);
  addSections(payload, options);
  auto file = link::OutputFile::create(folder.path("payload"), payload.sizeBytes());
  EXPECT_TRUE(file);
  EXPECT_TRUE(payload.writeWeights(*file, 0, {}));
  EXPECT_TRUE(payload.writeRest(*file, 0));
  EXPECT_TRUE(file->keep());
  std::string bytes = readWhole(folder.path("payload"));
  EXPECT_EQ(bytes.size(), payload.sizeBytes());
  return bytes;
}

rt::Expected<rt::Payload> open(const std::string &bytes) {
  return rt::Payload::open(std::as_bytes(std::span(bytes)));
}

std::string_view text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

TEST(PayloadWriter, SectionsComeBack) {
  TestFileOptions options;
  std::string bytes = writePayload(options);
  auto payload = open(bytes);
  ASSERT_TRUE(payload) << payload.status().message();
  EXPECT_EQ(text(payload->section(SectionKind::Provenance)), "compiler: test\n");
  EXPECT_EQ(text(payload->section(SectionKind::Tokenizer)),
            randomBytes(options.tokenizerBytes, options.seed));
  EXPECT_TRUE(payload->has(SectionKind::Report));
  EXPECT_TRUE(payload->section(SectionKind::Report).empty());
  EXPECT_TRUE(payload->verify({}));
}

TEST(PayloadWriter, AbsentSectionIsAbsent) {
  TemporaryFolder folder;
  TestWeights weights({.weightBytes = {}});
  link::PayloadWriter writer(weights);
  writer.addSection(SectionKind::Model, "numbers");
  auto file = link::OutputFile::create(folder.path("payload"), writer.sizeBytes());
  ASSERT_TRUE(file);
  ASSERT_TRUE(writer.writeWeights(*file, 0, {}));
  ASSERT_TRUE(writer.writeRest(*file, 0));
  ASSERT_TRUE(file->keep());
  std::string bytes = readWhole(folder.path("payload"));
  auto payload = open(bytes);
  ASSERT_TRUE(payload) << payload.status().message();
  EXPECT_FALSE(payload->has(SectionKind::Tokenizer));
  EXPECT_TRUE(payload->section(SectionKind::Tokenizer).empty());
  EXPECT_TRUE(payload->has(SectionKind::Weights));
  EXPECT_TRUE(payload->verify({}));
}

TEST(PayloadWriter, WeightsLieWhereTheTableSays) {
  TestFileOptions options;
  std::string bytes = writePayload(options);
  auto payload = open(bytes);
  ASSERT_TRUE(payload);
  auto table = payload->section(SectionKind::WeightTable);
  auto weights = payload->section(SectionKind::Weights);
  ASSERT_EQ(table.size(), options.weightBytes.size() * sizeof(uint64_t));
  EXPECT_EQ(weights.size() % rt::weightsGranularity, 0u);
  TestWeights source(options);
  for (size_t index = 0; index < options.weightBytes.size(); ++index) {
    uint64_t offset;
    std::memcpy(&offset, &table[index * sizeof(offset)], sizeof(offset));
    EXPECT_EQ(offset % source.weights()[index].alignment, 0u);
    ASSERT_LE(offset + options.weightBytes[index], weights.size());
    std::string made;
    ASSERT_TRUE(source.produce(index, [&](llvm::ArrayRef<std::byte> block) {
      made += text(block);
      return rt::Status::ok();
    }));
    EXPECT_TRUE(text(weights.subspan(offset, options.weightBytes[index])) == made)
        << "weight " << index;
  }
}

TEST(PayloadWriter, SameInputSameBytes) {
  EXPECT_EQ(writePayload({.seed = 7}), writePayload({.seed = 7}));
  EXPECT_NE(writePayload({.seed = 7}), writePayload({.seed = 8}));
}

TEST(PayloadWriter, OrderOfSectionsLeavesNoTrace) {
  TestWeights weights({.weightBytes = {}});
  link::PayloadWriter one(weights), other(weights);
  one.addSection(SectionKind::Model, "numbers");
  one.addSection(SectionKind::Report, "text");
  other.addSection(SectionKind::Report, "text");
  other.addSection(SectionKind::Model, "numbers");
  EXPECT_EQ(one.contentHash(), other.contentHash());
}

TEST(PayloadWriter, BlocksOfZerosAreHoles) {
  std::string bytes = writePayload({.weightBytes = {5'000'000}, .zeroWeights = true});
  auto payload = open(bytes);
  ASSERT_TRUE(payload);
  EXPECT_TRUE(payload->verify({}));
}

TEST(PayloadWriter, ProgressReachesTheEnd) {
  TemporaryFolder folder;
  TestWeights weights({.weightBytes = {3'000'000, 64}});
  link::PayloadWriter payload(weights);
  auto file = link::OutputFile::create(folder.path("payload"), payload.sizeBytes());
  ASSERT_TRUE(file);
  uint64_t last = 0, all = 0;
  ASSERT_TRUE(payload.writeWeights(*file, 0, [&](uint64_t done, uint64_t total) {
    EXPECT_GT(done, last);
    last = done;
    all = total;
  }));
  EXPECT_EQ(last, all);
  EXPECT_EQ(all, 3'000'000u + 64);
}

/// A source that makes fewer bytes than it announced.
class ShortWeights : public link::WeightSource {
public:
  llvm::ArrayRef<link::PackedWeight> weights() const override { return place; }
  rt::Status produce(size_t, Sink sink) override { return sink(std::byte(1)); }

private:
  link::PackedWeight place = {128};
};

TEST(PayloadWriter, WeightOfWrongSizeIsADefect) {
  TemporaryFolder folder;
  ShortWeights weights;
  link::PayloadWriter payload(weights);
  auto file = link::OutputFile::create(folder.path("payload"), payload.sizeBytes());
  ASSERT_TRUE(file);
  rt::Status status = payload.writeWeights(*file, 0, {});
  EXPECT_EQ(status.code(), rt::StatusCode::Internal);
  EXPECT_EQ(status.message(),
            "weight 0 was packed to 1 bytes, 128 were announced; this is a defect of tenon");
}

} // namespace
