//===- ExitCodesTest.cpp - One test for each exit code --------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// docs/exit-codes.md is the list; each of its rows is tested here.
//
//===----------------------------------------------------------------------===//

#include "AppProcess.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

using namespace tenon::test;

static void expectFailure(const AppResult &result, int exitCode, const std::string &error) {
  EXPECT_EQ(result.exitCode, exitCode);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "fake: error: " + error + "\n");
}

TEST(ExitCodes, Success0) { EXPECT_EQ(runApp({"hi"}).exitCode, 0); }

TEST(ExitCodes, Internal1WhenALogitIsNotANumber) {
  expectFailure(runApp({"--tokens=97,310"}), 1,
                "a logit is not a number; run 'verify', and report this if it passes");
}

TEST(ExitCodes, Usage2) {
  expectFailure(runApp({"--contxt=3", "hi"}), 2,
                "unknown option --contxt; did you mean '--context'");
}

TEST(ExitCodes, Refused3) {
  expectFailure(runApp({"refuse me"}), 3, "the template refuses this message");
}

TEST(ExitCodes, Refused3WhenATextHasNoEnd) {
  const std::string why = " holds more than the 64 MiB that a text may have; ";
  expectFailure(runApp({"-f", "/dev/zero"}), 3, "'/dev/zero'" + why + "give a part of it");
  AppStart start;
  start.inputFile = "/dev/zero";
  start.arguments = {"score", "-"};
  expectFailure(AppProcess(start).finish(), 3, "standard input" + why + "give a part of it");
  start.arguments = {"chat"};
  expectFailure(AppProcess(start).finish(), 3, "this line" + why + "send a part of it");
}

TEST(ExitCodes, VerificationFailed4) {
  EXPECT_EQ(runApp({"verify"}, "", {{"FAKE_GOLDEN", "bad"}}).exitCode, 4);
}

TEST(ExitCodes, MachineUnsupported5WhenInstructionsAreMissing) {
  expectFailure(runApp({"hi", "--isa=impossible"}), 5,
                "this machine cannot run the code for 'impossible': it lacks instructions that "
                "this runtime has no name for; leave --isa away to let the file choose");
}

TEST(ExitCodes, MachineUnsupported5WhenTheStateDoesNotFit) {
  AppResult result =
      runApp({"hi", "--context=200"}, "", {{"FAKE_PAGE_BYTES", std::to_string(1ll << 40)}});
  expectFailure(result, 5,
                "the state of 200 positions does not fit into the memory of this machine; the "
                "largest context that does is --context=4");
}

/// Whether this build needs more address space than the tests with a limit give.
static constexpr bool hasSanitizer =
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    true ||
#endif
#endif
    false;

TEST(ExitCodes, MachineUnsupported5WhenAnAllocationFails) {
  if (hasSanitizer)
    GTEST_SKIP() << "a sanitizer needs more address space";
  AppStart start;
  start.arguments = {"-f", "/dev/zero"};
  start.addressLimit = 60 << 20;
  expectFailure(AppProcess(start).finish(), 5,
                "the system gives no more memory; use a smaller --context or a shorter text, or "
                "give this process more memory (ulimit -v)");
}

TEST(ExitCodes, MachineUnsupported5WhenTheProcessMayNotTakeTheState) {
  if (hasSanitizer)
    GTEST_SKIP() << "a sanitizer needs more address space";
  AppStart start;
  start.arguments = {"hi", "--context=200", "--threads=1"};
  start.environment = {{"FAKE_PAGE_BYTES", std::to_string(8 << 20)}}; // 400 MiB for 200 positions
  start.addressLimit = 300 << 20;
  AppResult result = AppProcess(start).finish();
  const std::string begin =
      "fake: error: the state of 200 positions does not fit into the memory "
      "that this process may take (ulimit -v, ulimit -d); the largest context "
      "that does is --context=";
  EXPECT_EQ(result.exitCode, 5);
  ASSERT_EQ(result.err.substr(0, begin.size()), begin);
  // The context that the message names works, and so does the default.
  start.arguments[1] =
      "--context=" + result.err.substr(begin.size(), result.err.size() - begin.size() - 1);
  EXPECT_EQ(AppProcess(start).finish().out, "HI\n");
  start.arguments = {"hi", "--threads=1"};
  EXPECT_EQ(AppProcess(start).finish().out, "HI\n");
}

TEST(ExitCodes, Damaged6) {
  AppResult result = runApp({"hi"}, "", {{"FAKE_DAMAGE", "tables"}});
  EXPECT_EQ(result.exitCode, 6);
  EXPECT_EQ(result.out, "");
  expectFailure(runApp({"hi"}, "", {{"FAKE_DAMAGE", "model"}}), 6,
                "the numbers of the model contradict each other; make this file again");
}

TEST(ExitCodes, Damaged6WhenTheModelDataCannotBeWhatWasWritten) {
  const std::string advice = "; the file was changed or copied incompletely; copy it again";
  expectFailure(runApp({"hi"}, "", {{"FAKE_DAMAGE", "start"}}), 6,
                "the model data of this file does not begin as it must" + advice);
  expectFailure(runApp({"hi"}, "", {{"FAKE_DAMAGE", "sizes"}}), 6,
                "the header of this file's model data names sizes that cannot be" + advice);
  expectFailure(runApp({"info"}, "", {{"FAKE_DAMAGE", "no-model"}}), 6,
                "this file describes no model; make it again");
  for (const char *golden : {"cut", "long"}) {
    AppResult result = runApp({"verify"}, "", {{"FAKE_GOLDEN", golden}});
    EXPECT_EQ(result.exitCode, 6);
    EXPECT_EQ(result.err,
              "fake: error: the stored logits contradict their own sizes; make this file again\n");
  }
}

TEST(ExitCodes, ContextFull7) { EXPECT_EQ(runApp({"--raw", "-c", "3", "abcdef"}).exitCode, 7); }

TEST(ExitCodes, InputOutput8WhenTheDiskIsFull) {
  AppStart start;
  start.arguments = {"hi"};
  start.outputFile = "/dev/full";
  expectFailure(AppProcess(start).finish(), 8,
                "writing to standard output failed: No space left on device");
  start.arguments = {"--help"};
  EXPECT_EQ(AppProcess(start).finish().exitCode, 8);
  expectFailure(runApp({"logits", "--tokens=1", "-o", "/dev/full"}), 8,
                "writing to '/dev/full' failed: No space left on device");
}

TEST(ExitCodes, InputOutput8WhenAFileReachesItsLimit) {
  std::string path = testing::TempDir() + "tenon-limit-" + std::to_string(getpid());
  AppStart start;
  start.arguments = {"logits", "--tokens=1,2,3", "-o", path};
  start.fileLimit = 1000;
  expectFailure(AppProcess(start).finish(), 8, "writing to '" + path + "' failed: File too large");
  EXPECT_NE(access(path.c_str(), F_OK), 0);
}

TEST(ExitCodes, InputOutput8WhenOutputIsClosed) {
  AppStart start;
  start.arguments = {"hi"};
  start.closed = {1};
  expectFailure(AppProcess(start).finish(), 8,
                "writing to standard output failed: Bad file descriptor");
  start.closed = {0, 1, 2};
  EXPECT_EQ(AppProcess(start).finish().exitCode, 8);
}

TEST(ExitCodes, InputOutput8WhenTheReaderLeaves) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  AppStart start;
  start.arguments = {"hi"};
  start.outputFile = "/proc/self/fd/" + std::to_string(ends[1]);
  AppResult result = AppProcess(start).finish();
  close(ends[1]);
  expectFailure(result, 8, "writing to standard output failed: Broken pipe");
}

TEST(ExitCodes, InputOutput8WhenAFileCannotBeRead) {
  expectFailure(runApp({"-f", "/nonexistent"}), 8,
                "reading '/nonexistent' failed: No such file or directory");
  expectFailure(runApp({"score", "/"}), 8, "reading '/' failed: Is a directory");
  expectFailure(runApp({"logits", "--tokens=1", "-o", "/nonexistent/l.npy"}), 8,
                "opening '/nonexistent/l.npy' failed: No such file or directory");
}

TEST(ExitCodes, InputOutput8WhenAChatCannotBeRead) {
  AppStart start;
  start.arguments = {"chat"};
  start.inputFile = "/";
  expectFailure(AppProcess(start).finish(), 8, "reading standard input failed: Is a directory");
}

TEST(ExitCodes, Interrupted130EndsWhateverTakesLong) {
  for (std::vector<std::string> arguments : {std::vector<std::string>{"verify"},
                                             {"hi"},
                                             {"score", "-p", "abc"},
                                             {"logits", "--tokens=1", "-o", "/dev/null"},
                                             {"chat"},
                                             {"-"}}) {
    AppResult result = runApp(arguments, "", {{"FAKE_INTERRUPT", "1"}});
    EXPECT_EQ(result.exitCode, 130) << arguments[0];
    EXPECT_EQ(result.out + result.err, "") << arguments[0];
  }
}

TEST(ExitCodes, Interrupted130EndsAMeasurement) {
  EXPECT_EQ(runApp({"bench", "-r", "1000"}, "", {{"FAKE_INTERRUPT", "1"}}).exitCode, 130);
}

TEST(ExitCodes, Interrupted130WhileItReadsAPipeWithAName) {
  std::string path = testing::TempDir() + "tenon-pipe-" + std::to_string(getpid());
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  AppStart start;
  start.arguments = {"-f", path};
  AppProcess app(start);
  int writer = open(path.c_str(), O_WRONLY); // waits until it is opened for reading
  app.interrupt();
  AppResult result = app.finish();
  close(writer);
  unlink(path.c_str());
  EXPECT_EQ(result.exitCode, 130);
  EXPECT_EQ(result.err, "");
}

TEST(ExitCodes, Interrupted130) {
  AppStart start;
  start.arguments = {"--raw", "-v", "~"};
  AppProcess app(start);
  ASSERT_TRUE(app.waitForError("code for"));
  app.interrupt();
  EXPECT_EQ(app.finish().exitCode, 130);
}

TEST(ExitCodes, Interrupted130WhileItWaitsForInput) {
  AppStart start;
  start.arguments = {"chat", "-v"};
  start.keepInputOpen = true;
  AppProcess app(start);
  ASSERT_TRUE(app.waitForError("code for"));
  app.interrupt();
  EXPECT_EQ(app.finish().exitCode, 130);
}
