//===- VerificationTest.cpp - What becomes of a file's own verdict --------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Scripts stand for executables: each does what a file could do.
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Verification.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

using namespace tenon;

namespace {

class VerificationTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("tenon-verification", folder));
    path = (folder + "/app").str();
  }
  void TearDown() override { std::filesystem::remove_all(folder.str().str()); }

  /// Lets a script of `lines` verify the code for all targets.
  rt::Status verify(llvm::StringRef lines) {
    std::ofstream(path) << "#!/bin/sh\n" << lines.str() << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    std::vector<const Target *> all;
    for (const Target &target : targets())
      all.push_back(&target);
    return verifyFile(path, "app", all, unverified);
  }

  llvm::SmallString<128> folder;
  std::string path;
  std::vector<UnverifiedTarget> unverified;
};

TEST_F(VerificationTest, PassesWhenEveryTargetDoes) {
  std::string log = (folder + "/log").str();
  EXPECT_TRUE(verify("echo \"$@\" >> " + log));
  EXPECT_TRUE(unverified.empty());
  std::ifstream stream(log);
  std::string text(std::istreambuf_iterator<char>(stream), {});
  EXPECT_EQ(text, "verify --isa amx\nverify --isa x86-64-v4\nverify --isa x86-64-v3\n");
}

TEST_F(VerificationTest, TellsWhatTheMachineLacks) {
  EXPECT_TRUE(verify("case $3 in amx) echo \"app: error: this machine cannot run the code for "
                     "'amx': it lacks amx_tile; leave --isa away\" >&2; exit 5;; esac"));
  ASSERT_EQ(unverified.size(), 1u);
  EXPECT_EQ(unverified[0].target->name, "amx");
  EXPECT_EQ(unverified[0].reason, "this machine cannot run the code for 'amx': it lacks amx_tile");
}

TEST_F(VerificationTest, NothingMayRun) {
  EXPECT_TRUE(verify("exit 5"));
  EXPECT_EQ(unverified.size(), targets().size());
}

TEST_F(VerificationTest, OtherLogitsFail) {
  rt::Status status = verify("echo 'weights: 5 MiB are intact'\n"
                             "echo 'app: error: the logits differ; report it' >&2; exit 4");
  EXPECT_EQ(status.code(), rt::StatusCode::VerificationFailed);
  EXPECT_EQ(status.message(),
            "the code for amx does not agree with the reference path: the logits differ; nothing "
            "was written; report this model, or compile with --no-verify");
}

TEST_F(VerificationTest, CrashIsSaid) {
  rt::Status status = verify("kill -ILL $$");
  EXPECT_EQ(status.code(), rt::StatusCode::VerificationFailed);
  EXPECT_EQ(status.message(), "the code for amx crashes (Illegal instruction); nothing was "
                              "written; report this model, or compile with --no-verify");
}

TEST_F(VerificationTest, AnyOtherEndIsADefect) {
  rt::Status status = verify("echo 'app: error: what was that' >&2; exit 7");
  EXPECT_EQ(status.code(), rt::StatusCode::Internal);
  EXPECT_EQ(status.message(),
            "the code for amx could not be verified, with exit code 7: what was that; nothing was "
            "written; report this model, or compile with --no-verify");
}

TEST_F(VerificationTest, FileThatCannotBeExecuted) {
  rt::Status status = verifyFile((folder + "/none").str(), "app", {&targets().front()}, unverified);
  EXPECT_EQ(status.code(), rt::StatusCode::InputOutput);
  EXPECT_EQ(status.message(),
            "cannot execute 'app' to verify it: No such file or directory; choose an output in a "
            "folder whose file system allows to execute files, or compile with --no-verify");
}

} // namespace
