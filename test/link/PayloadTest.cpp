//===- PayloadTest.cpp - Damage to a payload is found ---------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestFile.h"
#include "TestProcess.h"

#include "runtime/Payload.h"
#include "runtime/PayloadHash.h"
#include "runtime/SelfFile.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace tenon;
using namespace tenon::test;
using rt::PayloadHeader;
using rt::PayloadSection;
using rt::SectionKind;

namespace {

class PayloadDamage : public testing::Test {
protected:
  void SetUp() override {
    TemporaryFolder folder;
    TestFileOptions options;
    TestWeights weights(options);
    link::PayloadWriter writer(weights);
    addSections(writer, options);
    auto file = link::OutputFile::create(folder.path("payload"), writer.sizeBytes());
    ASSERT_TRUE(file);
    ASSERT_TRUE(writer.writeWeights(*file, 0, {}));
    ASSERT_TRUE(writer.writeRest(*file, 0));
    ASSERT_TRUE(file->keep());
    bytes = readWhole(folder.path("payload"));
    ASSERT_TRUE(open(bytes));
    headBytes = header().headBytes;
  }

  static rt::Expected<rt::Payload> open(std::string_view bytes) {
    return rt::Payload::open(std::as_bytes(std::span(bytes.data(), bytes.size())));
  }

  PayloadHeader &header() { return *reinterpret_cast<PayloadHeader *>(bytes.data()); }
  PayloadSection &section(SectionKind kind) {
    auto *table = reinterpret_cast<PayloadSection *>(bytes.data() + sizeof(PayloadHeader));
    for (uint32_t i = 0; i < header().sectionCount; ++i)
      if (table[i].kind == kind)
        return table[i];
    ADD_FAILURE() << "no such section";
    return table[0];
  }

  /// Makes the root right again after the head was changed.
  void forgeRoot() {
    auto covered = std::string_view(bytes).substr(0, headBytes).substr(rt::rootCoverageOffset);
    header().rootHash = rt::hashBytes(std::as_bytes(std::span(covered.data(), covered.size())));
    std::memcpy(&bytes[bytes.size() - 8], &header().rootHash, 8);
  }

  void expectTableRefused() {
    forgeRoot();
    auto payload = open(bytes);
    ASSERT_FALSE(payload);
    EXPECT_EQ(payload.status().message(),
              "the section table of this file's model data is malformed; the file was changed or "
              "copied incompletely; copy it again");
  }

  std::string bytes;
  uint64_t headBytes = 0;
};

TEST_F(PayloadDamage, EveryFlippedBitOfTheHeadIsFoundAtStart) {
  // Every bit of the header, the table and the trailer, and a bit of every
  // third byte of the rest.
  uint64_t tableEnd = sizeof(PayloadHeader) + header().sectionCount * sizeof(PayloadSection);
  int tried = 0;
  auto expectFound = [&](uint64_t offset, int bit) {
    bytes[offset] ^= 1 << bit;
    auto payload = open(bytes);
    EXPECT_FALSE(payload) << "bit " << bit << " of byte " << offset;
    if (!payload)
      EXPECT_EQ(payload.status().code(), rt::StatusCode::Damaged);
    bytes[offset] ^= 1 << bit;
    ++tried;
  };
  for (uint64_t offset = 0; offset < tableEnd; ++offset)
    for (int bit = 0; bit < 8; ++bit)
      expectFound(offset, bit);
  for (uint64_t offset = tableEnd; offset < headBytes; offset += 3)
    expectFound(offset, offset % 8);
  for (uint64_t offset = bytes.size() - sizeof(rt::PayloadTrailer); offset < bytes.size(); ++offset)
    for (int bit = 0; bit < 8; ++bit)
      expectFound(offset, bit);
  EXPECT_GE(tried, 2000);
  EXPECT_TRUE(open(bytes));
}

TEST_F(PayloadDamage, FlippedBitOfTheWeightsIsFoundByVerify) {
  uint64_t weightBytes = section(SectionKind::Weights).sizeBytes;
  for (uint64_t offset = 0; offset < weightBytes; offset += weightBytes / 97) {
    bytes[headBytes + offset] ^= 1 << offset % 8;
    auto payload = open(bytes);
    ASSERT_TRUE(payload);
    rt::Status status = payload->verify({});
    EXPECT_EQ(status.code(), rt::StatusCode::Damaged) << offset;
    uint64_t block = offset / rt::hashBlockBytes * rt::hashBlockBytes;
    EXPECT_NE(status.message().find(fmt::format("at offset {} of the weights", block)),
              std::string::npos)
        << status.message();
    bytes[headBytes + offset] ^= 1 << offset % 8;
  }
  auto payload = open(bytes);
  ASSERT_TRUE(payload);
  EXPECT_TRUE(payload->verify({}));
}

TEST_F(PayloadDamage, VerifyEndsWhenItIsTold) {
  auto payload = open(bytes);
  ASSERT_TRUE(payload);
  int told = 0;
  rt::Status status = payload->verify([&](uint64_t, uint64_t) { return ++told < 3; });
  EXPECT_EQ(status.code(), rt::StatusCode::Interrupted);
  EXPECT_EQ(told, 3);
}

TEST_F(PayloadDamage, TruncatedPayloadIsFound) {
  for (uint64_t size = 0; size < bytes.size(); size += size < 100 ? 1 : 40'009) {
    auto payload = open(std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(payload) << size;
    EXPECT_EQ(payload.status().code(), rt::StatusCode::Damaged);
  }
}

TEST_F(PayloadDamage, EmptyPayloadIsRefused) { EXPECT_FALSE(open("")); }

/// Reads behind the end of a file, as when a disk fails while a model runs. (A
/// running executable cannot be truncated.)
[[noreturn]] void readMissingPage() {
  TemporaryFolder folder;
  std::string path = folder.path("file");
  int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);
  constexpr size_t sizeBytes = 8192;
  if (ftruncate(descriptor, sizeBytes) != 0)
    std::abort();
  void *mapped = mmap(nullptr, sizeBytes, PROT_READ, MAP_SHARED, descriptor, 0);
  rt::exitWhenUnreadable({static_cast<const std::byte *>(mapped), sizeBytes});
  llvm::sys::fs::remove(path);
  if (ftruncate(descriptor, 4096) != 0)
    std::abort();
  std::exit(static_cast<volatile const char *>(mapped)[5000]);
}

TEST(PayloadDeathTest, UnreadablePageEndsAsDamaged) {
  EXPECT_EXIT(readMissingPage(), testing::ExitedWithCode(6),
              "^error: a part of this file's model data cannot be read; the file was truncated or "
              "its disk failed; copy it again\n$");
}

// A right root over wrong tables: nothing outside the payload is read.

TEST_F(PayloadDamage, OtherVersionIsRefused) {
  header().version += 1;
  expectTableRefused();
}

TEST_F(PayloadDamage, TooManySectionsAreRefused) {
  header().sectionCount = ~0u;
  expectTableRefused();
}

TEST_F(PayloadDamage, SectionBehindTheHeadIsRefused) {
  section(SectionKind::Golden).sizeBytes = ~0ull - 10;
  expectTableRefused();
}

TEST_F(PayloadDamage, OverlappingSectionsAreRefused) {
  section(SectionKind::Tokenizer).offset = section(SectionKind::WeightTable).offset;
  expectTableRefused();
}

TEST_F(PayloadDamage, SectionBeforeTheTableIsRefused) {
  section(SectionKind::Model).offset = 0;
  expectTableRefused();
}

TEST_F(PayloadDamage, OddAlignmentIsRefused) {
  section(SectionKind::Golden).alignment = 3;
  expectTableRefused();
}

TEST_F(PayloadDamage, KindTwiceIsRefused) {
  section(SectionKind::Report).kind = SectionKind::Provenance;
  expectTableRefused();
}

TEST_F(PayloadDamage, UnknownLargeKindIsRefused) {
  section(SectionKind::Report).kind = SectionKind(1u << 31);
  expectTableRefused();
}

TEST_F(PayloadDamage, MissingLeafIsRefused) {
  section(SectionKind::HashLeaves).sizeBytes -= 8;
  expectTableRefused();
}

TEST_F(PayloadDamage, MissingWeightsAreRefused) {
  section(SectionKind::Weights).kind = SectionKind(20);
  expectTableRefused();
}

TEST_F(PayloadDamage, WeightsThatEndEarlyAreRefused) {
  section(SectionKind::Weights).sizeBytes -= 64;
  expectTableRefused();
}

} // namespace
