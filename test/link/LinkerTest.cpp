//===- LinkerTest.cpp - The executable that the linker makes --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestFile.h"
#include "TestProcess.h"

#include "codegen/Link/PayloadPlace.h"
#include "runtime/PayloadFormat.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Object/ELF.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Parallel.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

using namespace tenon;
using namespace tenon::test;
using llvm::object::ELF64LE;
using llvm::object::ELF64LEFile;

static llvm::cl::opt<int> survivor("test-survivor", llvm::cl::init(1));

namespace {

class LinkedFile : public testing::Test {
protected:
  void SetUp() override {
    rt::Status status = makeTestFile({}, path());
    ASSERT_TRUE(status) << status.message();
    bytes = readWhole(path());
  }

  std::string path() const { return folder.path("file"); }
  ProcessResult run(llvm::StringRef argument = "") const {
    return runProgram(folder, path(), argument);
  }

  /// Changes one byte of the file on the disk.
  void writeByte(uint64_t offset, char byte) {
    int descriptor = open(path().c_str(), O_WRONLY);
    ASSERT_EQ(pwrite(descriptor, &byte, 1, offset), 1);
    close(descriptor);
  }

  ELF64LEFile elf() const { return llvm::cantFail(ELF64LEFile::create(bytes)); }
  ELF64LE::Phdr payloadSegment() const {
    return *llvm::find_if(
        llvm::cantFail(elf().program_headers()),
        [](const ELF64LE::Phdr &segment) { return segment.p_align == rt::payloadAlignment; });
  }
  ELF64LE::Sym symbol(llvm::StringRef wanted) const {
    for (const auto &section : llvm::cantFail(elf().sections()))
      if (section.sh_type == llvm::ELF::SHT_SYMTAB) {
        auto names = llvm::cantFail(elf().getStringTableForSymtab(section));
        for (const auto &candidate : llvm::cantFail(elf().symbols(&section)))
          if (llvm::cantFail(candidate.getName(names)) == wanted)
            return candidate;
      }
    ADD_FAILURE() << "no symbol " << wanted.str();
    return {};
  }
  /// Where the bytes of a symbol are in the file.
  uint64_t symbolOffset(llvm::StringRef name) const {
    ELF64LE::Sym found = symbol(name);
    const ELF64LE::Shdr *home = llvm::cantFail(elf().getSection(found.st_shndx));
    return home->sh_offset + (found.st_value - home->sh_addr);
  }
  uint64_t headBytes() const {
    return reinterpret_cast<const rt::PayloadHeader *>(&bytes[payloadSegment().p_offset])
        ->headBytes;
  }

  TemporaryFolder folder;
  std::string bytes;
};

/// The file ended as damaged and said so in one line.
void expectDamaged(const ProcessResult &result, const llvm::Twine &where) {
  EXPECT_EQ(result.exitCode, 6) << where.str() << ": " << result.errors;
  EXPECT_EQ(llvm::StringRef(result.errors).count('\n'), 1u) << where.str();
  EXPECT_TRUE(llvm::StringRef(result.errors).starts_with("error: ")) << result.errors;
  EXPECT_EQ(result.output, "") << where.str();
}

TEST_F(LinkedFile, Runs) {
  ProcessResult result = run();
  EXPECT_EQ(result.exitCode, 0) << result.errors;
  EXPECT_EQ(result.output.substr(0, 10), "answer 42:");
  EXPECT_EQ(run("verify").exitCode, 0);
}

TEST_F(LinkedFile, SameBytesTwice) {
  std::string again = folder.path("again");
  ASSERT_TRUE(makeTestFile({}, again));
  EXPECT_TRUE(readWhole(again) == bytes);
}

TEST_F(LinkedFile, NeedsNoInterpreterAndNoLibrary) {
  EXPECT_EQ(elf().getHeader().e_type, llvm::ELF::ET_DYN);
  for (const auto &segment : llvm::cantFail(elf().program_headers()))
    EXPECT_NE(segment.p_type, llvm::ELF::PT_INTERP);
  for (const auto &entry : llvm::cantFail(elf().dynamicEntries()))
    EXPECT_NE(entry.d_tag, llvm::ELF::DT_NEEDED);
}

TEST_F(LinkedFile, StackAndCodeAreNotWritable) {
  for (const auto &segment : llvm::cantFail(elf().program_headers())) {
    bool isBoth = (segment.p_flags & llvm::ELF::PF_W) && (segment.p_flags & llvm::ELF::PF_X);
    EXPECT_FALSE(isBoth);
  }
}

TEST_F(LinkedFile, PayloadIsTheLastSegmentAlignedAndAtTheEnd) {
  ELF64LE::Phdr payload = payloadSegment();
  EXPECT_EQ(payload.p_align, rt::payloadAlignment);
  EXPECT_EQ(payload.p_offset % rt::payloadAlignment, 0u);
  EXPECT_EQ(payload.p_vaddr % rt::payloadAlignment, 0u);
  EXPECT_EQ(payload.p_offset + payload.p_filesz, bytes.size());
  EXPECT_EQ(payload.p_flags, llvm::ELF::PF_R);
  for (const auto &segment : llvm::cantFail(elf().program_headers()))
    if (segment.p_type == llvm::ELF::PT_LOAD)
      EXPECT_LE(segment.p_vaddr, payload.p_vaddr);
}

TEST_F(LinkedFile, NamesOfKernelsAreKept) {
  EXPECT_EQ(symbol("matmul_f32_16x64").getType(), llvm::ELF::STT_FUNC);
  EXPECT_GT(symbol("matmul_f32_16x64").st_size, 0u);
}

TEST_F(LinkedFile, BuildIdStandsForCodeAndPayload) {
  auto buildId = [](llvm::StringRef bytes) {
    size_t at = bytes.find(llvm::StringRef("\x14\0\0\0\3\0\0\0GNU\0", 12));
    EXPECT_NE(at, llvm::StringRef::npos);
    return bytes.substr(at + 12, 20).str();
  };
  std::string other = folder.path("other");
  ASSERT_TRUE(makeTestFile({.seed = 2}, other));
  EXPECT_NE(buildId(bytes), std::string(20, '\0'));
  EXPECT_NE(buildId(bytes), buildId(readWhole(other)));
}

TEST_F(LinkedFile, FlippedBitInThePayloadIsFoundAtStart) {
  uint64_t begin = payloadSegment().p_offset, head = headBytes();
  for (uint64_t offset = 0; offset < head; offset += head / 61) {
    writeByte(begin + offset, bytes[begin + offset] ^ 0x10);
    expectDamaged(run(), "byte " + llvm::Twine(offset));
    writeByte(begin + offset, bytes[begin + offset]);
  }
  EXPECT_EQ(run().exitCode, 0);
}

TEST_F(LinkedFile, FlippedBitInTheCodeIsFoundAtStart) {
  // In generated code and its constants: what the start-up code runs on the
  // way to main cannot be checked before it runs.
  uint64_t offsets[] = {symbolOffset("tenon_test_answer") + 1, symbolOffset("matmul_f32_16x64"),
                        symbolOffset("answer")};
  for (uint64_t offset : offsets) {
    writeByte(offset, bytes[offset] ^ 4);
    expectDamaged(run(), "byte " + llvm::Twine(offset));
    writeByte(offset, bytes[offset]);
  }
  EXPECT_EQ(run().exitCode, 0);
}

TEST_F(LinkedFile, FlippedBitInTheWeightsIsFoundByVerify) {
  uint64_t at = payloadSegment().p_offset + headBytes() + 3'000'000;
  writeByte(at, bytes[at] ^ 1);
  EXPECT_EQ(run().exitCode, 0);
  expectDamaged(run("verify"), "verify");
}

TEST_F(LinkedFile, TruncatedPayloadIsFound) {
  ELF64LE::Phdr payload = payloadSegment();
  uint64_t begin = payload.p_offset, end = begin + payload.p_filesz;
  llvm::SmallVector<uint64_t> sizes = {begin - 1, begin,   begin + 1, begin + 4095, begin + 4096,
                                       end - 1,   end - 8, end - 9,   end - 4096};
  for (uint64_t size = begin; size < end; size += (end - begin) / 29)
    sizes.push_back(size);
  llvm::sort(sizes, std::greater<>());
  for (uint64_t size : sizes) {
    ASSERT_EQ(truncate(path().c_str(), size), 0);
    expectDamaged(run(), "size " + llvm::Twine(size));
    expectDamaged(run("verify"), "size " + llvm::Twine(size));
  }
}

TEST_F(LinkedFile, TruncatedCodeNeverSucceeds) {
  // Before main there is nobody to say it: the kernel or a signal does.
  uint64_t begin = payloadSegment().p_offset;
  uint64_t imageBytes = std::min<uint64_t>(begin, 1'000'000);
  for (uint64_t size = imageBytes; size > 1000; size -= imageBytes / 23) {
    ASSERT_EQ(truncate(path().c_str(), size), 0);
    EXPECT_NE(run().exitCode, 0) << size;
  }
}

TEST_F(LinkedFile, OtherBusErrorsKeepTheirMeaning) { EXPECT_EQ(run("bus").exitCode, -2); }

TEST(Linker, LinksAgainAndAgain) {
  for (int i = 0; i < 5; ++i) {
    auto image = link::linkImage(generatedCode(), carrierRuntime());
    ASSERT_TRUE(image) << image.status().message();
  }
}

TEST(Linker, LeavesOptionsAndThreadsOfTheProcessAlone) {
  survivor = 5;
  unsigned threads = llvm::parallel::strategy.ThreadsRequested;
  ASSERT_TRUE(link::linkImage(generatedCode(), carrierRuntime()));
  EXPECT_EQ(survivor, 5);
  EXPECT_EQ(llvm::parallel::strategy.ThreadsRequested, threads);
}

TEST(Linker, NamesWhatIsUndefined) {
  auto image = link::linkImage({}, carrierRuntime());
  ASSERT_FALSE(image);
  EXPECT_EQ(image.status().code(), rt::StatusCode::Internal);
  EXPECT_EQ(image.status().message(), "linking the executable failed: undefined symbol: "
                                      "tenon_test_answer; this is a defect of tenon");
}

TEST(Linker, NamesAnObjectThatIsNone) {
  llvm::MemoryBufferRef objects[] = {{"no object at all", "kernels"}};
  auto image = link::linkImage(objects, carrierRuntime());
  ASSERT_FALSE(image);
  EXPECT_NE(image.status().message().find("kernels"), std::string::npos)
      << image.status().message();
}

TEST(Linker, EmbeddedRuntimeRuns) {
  TemporaryFolder folder;
  TestFileOptions options;
  TestWeights weights(options);
  link::PayloadWriter payload(weights);
  addSections(payload, options);
  rt::Status status = link::linkExecutable(generatedCode(), payload, folder.path("file"));
  ASSERT_TRUE(status) << status.message();
  ProcessResult result = runProgram(folder, folder.path("file"), "--help");
  EXPECT_EQ(result.exitCode, 0) << result.errors;
  EXPECT_NE(result.output.find("verify"), std::string::npos) << result.output;
}

TEST(PayloadPlace, ImageWithoutAPlaceholderIsADefect) {
  llvm::StringRef object = generatedCode().getBuffer();
  llvm::SmallVector<char, 0> image(object.begin(), object.end());
  auto offset = link::placePayload(image, 100);
  ASSERT_FALSE(offset);
  EXPECT_EQ(offset.status().message(),
            "the linked image has no section for the payload; this is a defect of tenon");
}

TEST(PayloadPlace, BytesThatAreNoImageAreADefect) {
  llvm::SmallVector<char, 0> image(10, 'x');
  EXPECT_FALSE(link::placePayload(image, 100));
  EXPECT_FALSE(link::setBuildId(image, uint8_t(1)));
}

} // namespace
