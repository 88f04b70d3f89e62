//===- NoArithmeticTest.cpp - The runtime computes no activations ---------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include <cstdio>
#include <cstdlib>
#include <string>
#include <sys/wait.h>

#include <gtest/gtest.h>

namespace {

struct Checked {
  int exitCode;
  std::string text;
};

Checked check(const std::string &file) {
  Checked checked{-1, ""};
  FILE *pipe = popen((TENON_NO_ARITHMETIC " " + file + " " TENON_OBJDUMP " 2>&1").c_str(), "r");
  if (!pipe)
    return checked;
  char buffer[4096];
  for (size_t got; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    checked.text.append(buffer, got);
  checked.exitCode = WEXITSTATUS(pclose(pipe));
  return checked;
}

} // namespace

TEST(NoArithmetic, OnlySamplingAndStatisticsInTheRuntime) {
  Checked checked = check(TENON_RUNTIME_ARCHIVE);
  EXPECT_EQ(checked.exitCode, 0) << checked.text;
}

TEST(NoArithmetic, ArithmeticElsewhereIsFound) {
  Checked checked = check(TENON_FAKE_APP);
  EXPECT_EQ(checked.exitCode, 1);
  size_t line = checked.text.find("error: floating-point arithmetic in ");
  ASSERT_NE(line, std::string::npos);
  EXPECT_NE(checked.text.find("fakeLogits", line), std::string::npos);
}

TEST(NoArithmetic, EmptyArchiveProvesNothing) { EXPECT_EQ(check("/bin/sh").exitCode, 1); }
