//===- PayloadWriterTest.cpp - What the writer makes, the runtime reads ---===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestFile.h"
#include "TestProcess.h"

#include "codegen/Link/PartQueue.h"
#include "runtime/Payload.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/ThreadPool.h"

#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <thread>

using namespace tenon;
using namespace tenon::test;
using rt::SectionKind;

namespace {

/// So many threads, whatever this machine has.
class Threads {
public:
  explicit Threads(unsigned count) : pool(strategy(count)), count(count) {}
  link::WeightWorkers workers() { return {&pool, count}; }

private:
  static llvm::ThreadPoolStrategy strategy(unsigned count) {
    llvm::ThreadPoolStrategy strategy;
    strategy.ThreadsRequested = count;
    return strategy;
  }
  llvm::DefaultThreadPool pool;
  unsigned count;
};

/// Writes a payload alone into a file and gives its bytes.
std::string writePayload(const TestFileOptions &options, unsigned threads = 1) {
  TemporaryFolder folder;
  Threads pool(threads);
  TestWeights weights(options);
  link::PayloadWriter payload(weights);
  addSections(payload, options);
  auto file = link::OutputFile::create(folder.path("payload"), payload.sizeBytes());
  EXPECT_TRUE(file);
  EXPECT_TRUE(payload.writeWeights(*file, 0, {}, pool.workers()));
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
    for (auto [number, part] : llvm::enumerate(source.parts()))
      if (part.weight == index)
        ASSERT_TRUE(source.produce(number, [&](llvm::ArrayRef<std::byte> block) {
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
  for (unsigned threads : {1, 2, 5}) {
    Threads pool(threads);
    TestWeights weights({.weightBytes = {3'000'000, 64, 20'000'000}});
    link::PayloadWriter payload(weights);
    auto file = link::OutputFile::create(folder.path("payload"), payload.sizeBytes());
    ASSERT_TRUE(file);
    uint64_t last = 0, all = 0;
    ASSERT_TRUE(payload.writeWeights(
        *file, 0,
        [&](uint64_t done, uint64_t total) {
          EXPECT_GT(done, last);
          last = done;
          all = total;
        },
        pool.workers()));
    EXPECT_EQ(last, all);
    EXPECT_EQ(all, payload.weightSectionBytes());
  }
}

/// Weights that are smaller than a block and larger than a piece of the file, with
/// and without gaps, and many small ones in one block.
TEST(PayloadWriter, AnyNumberOfThreadsMakesTheSameBytes) {
  std::vector<uint64_t> sizes = {100, 9'000'000, 64, 1, 1 << 20, 2 << 20, 4095, 4097, 700'001};
  for (uint64_t i = 0; i < 40; ++i)
    sizes.push_back(i % 7 == 0 ? 1'500'000 + i : 61 * i + 1);
  std::string one = writePayload({.weightBytes = sizes, .seed = 3});
  auto payload = open(one);
  ASSERT_TRUE(payload) << payload.status().message();
  EXPECT_TRUE(payload->verify({}));
  for (unsigned threads : {2, 3, 5, 8})
    for (int run = 0; run < 3; ++run)
      EXPECT_TRUE(writePayload({.weightBytes = sizes, .seed = 3}, threads) == one)
          << threads << " threads";
}

TEST(PartQueue, NothingIsBegunAfterAFailureAndTheFirstCounts) {
  std::vector<uint64_t> peaks(5, 1);
  link::PartQueue queue(peaks, 10);
  EXPECT_EQ(queue.take(), 0u);
  EXPECT_EQ(queue.take(), 1u);
  EXPECT_EQ(queue.take(), 2u);
  queue.finish(1, rt::Status::failure(rt::StatusCode::InputOutput, "of part 1"));
  EXPECT_EQ(queue.take(), std::nullopt);
  EXPECT_TRUE(queue.isGivenUp(2));
  EXPECT_FALSE(queue.isGivenUp(0));
  queue.finish(2, rt::Status::failure(rt::StatusCode::InputOutput, "of part 2"));
  EXPECT_EQ(queue.failedPart(), 1u);
  queue.finish(0, rt::Status::failure(rt::StatusCode::Internal, "of part 0"));
  EXPECT_EQ(queue.failedPart(), 0u);
  EXPECT_EQ(queue.status().message(), "of part 0");
}

/// Of parts that fail, the first counts, even where a later one fails before it;
/// and nobody works any more when that is told.
TEST(PayloadWriter, TheFirstPartThatFailsIsTold) {
  TemporaryFolder folder;
  for (unsigned threads : {1, 2, 5}) {
    std::atomic<size_t> begun = 0, atWork = 0;
    std::atomic<bool> laterHasFailed = false;
    TestFileOptions options;
    options.weightBytes.assign(100, 200'000);
    options.onPart = [&](size_t part) {
      ++begun, ++atWork;
      llvm::scope_exit end([&] { --atWork; });
      if (part != 7 && part != 9)
        return rt::Status::ok();
      if (part == 9) // begun by another thread while part 7 is made
        laterHasFailed = true;
      while (threads > 2 && !laterHasFailed)
        std::this_thread::yield();
      std::string text = part == 7 ? "" : "a later failure";
      return rt::Status::failure(rt::StatusCode::InputOutput, "{}", text);
    };
    Threads pool(threads);
    TestWeights weights(options);
    link::PayloadWriter payload(weights);
    {
      auto file = link::OutputFile::create(folder.path("payload"), payload.sizeBytes());
      ASSERT_TRUE(file);
      rt::Status status = payload.writeWeights(*file, 0, {}, pool.workers());
      EXPECT_EQ(status.code(), rt::StatusCode::InputOutput);
      EXPECT_EQ(status.message(), "");
    }
    EXPECT_EQ(atWork, 0u);
    if (threads == 1)
      EXPECT_EQ(begun, 8u);
    EXPECT_EQ(weights.told, std::vector<size_t>{7});
    EXPECT_EQ(folder.fileCount(), 0);
  }
}

/// A source whose parts have the sizes that a test gives, and count the memory
/// that they are said to take.
class HungryWeights : public link::WeightSource {
public:
  explicit HungryWeights(llvm::ArrayRef<uint64_t> peaks) {
    for (uint64_t peak : peaks) {
      cuts.push_back({cuts.size(), 0, 64, peak});
      places.push_back({64});
    }
  }
  llvm::ArrayRef<link::PackedWeight> weights() const override { return places; }
  llvm::ArrayRef<link::WeightPart> parts() const override { return cuts; }
  rt::Status produce(size_t index, Sink sink) override {
    uint64_t used = usedBytes += cuts[index].peakBytes;
    for (uint64_t known = mostBytes; known < used && !mostBytes.compare_exchange_weak(known, used);)
      ;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    rt::Status status = sink(std::vector(64, std::byte(1)));
    usedBytes -= cuts[index].peakBytes;
    return status;
  }
  void tellFailure(size_t) override {}

  std::atomic<uint64_t> usedBytes = 0, mostBytes = 0;

private:
  std::vector<link::PackedWeight> places;
  std::vector<link::WeightPart> cuts;
};

TEST(PayloadWriter, PartsAtWorkStayInsideTheBudget) {
  constexpr uint64_t mib = 1 << 20, budget = link::weightBudgetBytes;
  std::vector<uint64_t> transposes(40, 36 * mib), mixed, huge(10, mib);
  for (uint64_t i = 0; i < 100; ++i)
    mixed.push_back(i % 3 == 0 ? 36 * mib : 3 * mib);
  huge[5] = 2 * budget;
  for (const std::vector<uint64_t> &peaks : {transposes, mixed, huge})
    for (unsigned threads : {1, 2, 5}) {
      TemporaryFolder folder;
      Threads pool(threads);
      HungryWeights weights(peaks);
      link::PayloadWriter payload(weights);
      auto file = link::OutputFile::create(folder.path("payload"), payload.sizeBytes());
      ASSERT_TRUE(file);
      ASSERT_TRUE(payload.writeWeights(*file, 0, {}, pool.workers()));
      EXPECT_LE(weights.mostBytes, payload.weightPeakBytes(pool.workers()));
      EXPECT_LE(weights.mostBytes, std::max(budget, *llvm::max_element(peaks)));
      EXPECT_GE(weights.mostBytes, *llvm::max_element(peaks));
    }
}

TEST(PayloadWriter, PeakIsThatOfTheLargestPartsAndTheBlocks) {
  constexpr uint64_t mib = 1 << 20;
  HungryWeights weights({3 * mib, 36 * mib, 2 * mib, 36 * mib, 36 * mib});
  link::PayloadWriter payload(weights);
  uint64_t blocks = 2 * payload.weightSectionBytes(); // all of it is less than a block
  llvm::DefaultThreadPool pool;
  EXPECT_EQ(payload.weightPeakBytes({}), 36 * mib + blocks);
  EXPECT_EQ(payload.weightPeakBytes({&pool, 2}), 72 * mib + blocks);
  EXPECT_EQ(payload.weightPeakBytes({&pool, 8}), link::weightBudgetBytes + blocks);
  TestWeights large({.weightBytes = {100'000'000}});
  EXPECT_EQ(link::PayloadWriter(large).weightPeakBytes({&pool, 2}), 5 * 3 * mib);
}

/// A source that makes another number of bytes than it announced.
class WrongWeights : public link::WeightSource {
public:
  explicit WrongWeights(size_t made) : made(made) {}
  llvm::ArrayRef<link::PackedWeight> weights() const override { return place; }
  llvm::ArrayRef<link::WeightPart> parts() const override { return part; }
  rt::Status produce(size_t, Sink sink) override { return sink(std::vector(made, std::byte(1))); }
  void tellFailure(size_t) override {}

private:
  size_t made;
  link::PackedWeight place = {128};
  link::WeightPart part = {0, 0, 128};
};

TEST(PayloadWriter, WeightOfWrongSizeIsADefect) {
  for (size_t made : {1, 129, 5'000'000}) {
    TemporaryFolder folder;
    WrongWeights weights(made);
    link::PayloadWriter payload(weights);
    auto file = link::OutputFile::create(folder.path("payload"), payload.sizeBytes());
    ASSERT_TRUE(file);
    rt::Status status = payload.writeWeights(*file, 0, {});
    EXPECT_EQ(status.code(), rt::StatusCode::Internal);
    EXPECT_EQ(status.message(), "a part of weight 0 was packed to " + std::to_string(made) +
                                    " bytes, 128 were announced; this is a defect of tenon");
  }
}

} // namespace
