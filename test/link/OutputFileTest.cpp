//===- OutputFileTest.cpp - An output file appears whole or not at all ----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestProcess.h"

#include "codegen/Link/OutputFile.h"

#include <gtest/gtest.h>

#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace tenon;
using namespace tenon::test;
using link::OutputFile;

namespace {

llvm::ArrayRef<std::byte> asBytes(llvm::StringRef text) {
  return {reinterpret_cast<const std::byte *>(text.data()), text.size()};
}

TEST(OutputFile, AppearsWhenKept) {
  TemporaryFolder folder;
  std::string path = folder.path("file");
  {
    auto file = OutputFile::create(path, 8);
    ASSERT_TRUE(file) << file.status().message();
    EXPECT_TRUE(file->write(4, asBytes("5678")));
    EXPECT_TRUE(file->write(0, asBytes("1234")));
    EXPECT_FALSE(llvm::sys::fs::exists(path));
    EXPECT_TRUE(file->keep());
  }
  EXPECT_EQ(readWhole(path), "12345678");
  EXPECT_TRUE(llvm::sys::fs::can_execute(path));
  EXPECT_EQ(folder.fileCount(), 1);
}

/// Pieces of a file come in any order, in any size and with gaps; what was
/// not written is zero, and a zero that is written over something stays.
TEST(OutputFile, WritesComeInAnyOrder) {
  TemporaryFolder folder;
  std::string path = folder.path("file");
  std::string expected(9 << 20, '\0');
  auto file = OutputFile::create(path, expected.size());
  ASSERT_TRUE(file) << file.status().message();
  auto write = [&](size_t offset, size_t size, char value) {
    std::string bytes(size, value);
    for (size_t i = 0; value && i < size; i += 7)
      bytes[i] = char('a' + (offset + i) % 23);
    expected.replace(offset, size, bytes);
    ASSERT_TRUE(file->write(offset, asBytes(bytes)));
  };
  write(5 << 20, 3 << 20, 'x'); // begins inside a piece of 2 MiB and ends in another
  write(8 << 20, 1000, 'y');    // follows
  write((8 << 20) + 1000, 5, 0);
  write(0, 3 << 20, 0); // zeros where nothing was
  write(3 << 20, 1, 'z');
  write((5 << 20) + 3, 4000, 0);  // zeros over something
  write(17, (2 << 20) - 17, 'w'); // up to the end of a piece
  write(2 << 20, 1, 'v');
  ASSERT_TRUE(file->keep());
  EXPECT_TRUE(readWhole(path) == expected);
}

/// What is finished can be executed, while it has no name yet.
TEST(OutputFile, RunsBeforeItIsKept) {
  TemporaryFolder folder;
  std::string path = folder.path("file");
  std::string program = readWhole("/bin/true");
  auto file = OutputFile::create(path, program.size());
  ASSERT_TRUE(file && file->write(0, asBytes(program)));
  auto place = file->finish();
  ASSERT_TRUE(place) << place.status().message();
  EXPECT_FALSE(llvm::sys::fs::exists(path));
  EXPECT_EQ(runProgram(folder, *place, "").exitCode, 0);
  ASSERT_TRUE(file->keep());
  EXPECT_TRUE(readWhole(path) == program);
  EXPECT_EQ(runProgram(folder, path, "").exitCode, 0);
}

TEST(OutputFile, LeavesNothingWhenDropped) {
  TemporaryFolder folder;
  {
    auto file = OutputFile::create(folder.path("file"), 8);
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->write(0, asBytes("1234")));
  }
  EXPECT_EQ(folder.fileCount(), 0);
}

TEST(OutputFile, TakesThePlaceOfAnOlderFile) {
  TemporaryFolder folder;
  std::string path = folder.path("file");
  for (llvm::StringRef text : {"older", "newer"}) {
    auto file = OutputFile::create(path, text.size());
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->write(0, asBytes(text)));
    EXPECT_TRUE(file->keep());
    EXPECT_EQ(readWhole(path), text);
  }
  EXPECT_EQ(folder.fileCount(), 1);
}

TEST(OutputFile, OlderFileStaysUntilKept) {
  TemporaryFolder folder;
  std::string path = folder.path("file");
  auto older = OutputFile::create(path, 5);
  ASSERT_TRUE(older && older->write(0, asBytes("older")) && older->keep());
  {
    auto newer = OutputFile::create(path, 5);
    ASSERT_TRUE(newer && newer->write(0, asBytes("newer")));
  }
  EXPECT_EQ(readWhole(path), "older");
}

TEST(OutputFile, MissingFolderIsSaid) {
  auto file = OutputFile::create("/nonexistent/file", 5);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.status().code(), rt::StatusCode::InputOutput);
  EXPECT_EQ(file.status().message(), "cannot create '/nonexistent/file' of 5 bytes: No such file "
                                     "or directory; choose another output");
}

TEST(OutputFile, FolderAsOutputIsSaid) {
  TemporaryFolder folder;
  auto file = OutputFile::create(folder.path(), 5);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.status().message(),
            "cannot write '" + folder.path() + "': it is not a file; choose another output");
  auto device = OutputFile::create("/dev/null", 5);
  ASSERT_FALSE(device);
  EXPECT_EQ(device.status().code(), rt::StatusCode::InputOutput);
}

TEST(OutputFile, SizeLimitIsAnErrorAndNoSignal) {
  TemporaryFolder folder;
  link::FileSizeLimitIsError guard;
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit limit = {1 << 20, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  auto file = OutputFile::create(folder.path("file"), 2 << 20);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.status().code(), rt::StatusCode::InputOutput);
  EXPECT_EQ(file.status().message(), "cannot write '" + folder.path("file") +
                                         "' of 2097152 bytes: File too large; raise the limit on "
                                         "the size of files or choose another file system");
  EXPECT_EQ(folder.fileCount(), 0);
}

TEST(OutputFile, SignalHandlerComesBack) {
  struct sigaction before, after;
  ASSERT_EQ(sigaction(SIGXFSZ, nullptr, &before), 0);
  {
    link::FileSizeLimitIsError guard;
    ASSERT_EQ(sigaction(SIGXFSZ, nullptr, &after), 0);
    EXPECT_EQ(after.sa_handler, SIG_IGN);
  }
  ASSERT_EQ(sigaction(SIGXFSZ, nullptr, &after), 0);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
  EXPECT_EQ(after.sa_flags, before.sa_flags);
}

} // namespace
