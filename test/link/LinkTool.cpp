//===- LinkTool.cpp - Makes a file with a payload, for shell tests --------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestFile.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

#include <unistd.h>

using namespace tenon;
namespace cl = llvm::cl;

static cl::opt<std::string> output("o", cl::desc("File to write"), cl::Required);
static cl::list<uint64_t> weightBytes("weight", cl::desc("Size of a weight, in bytes"));
static cl::opt<uint64_t> tokenizerBytes("tokenizer", cl::init(10'000),
                                        cl::desc("Size of the tokenizer section, in bytes"));
static cl::opt<uint64_t> seed("seed", cl::init(1), cl::desc("What the random bytes begin with"));
static cl::opt<bool> zeroWeights("zero-weights", cl::desc("Make weights of zero bytes"));
static cl::opt<int> stopAt("stop-at", cl::init(-1),
                           cl::desc("Wait for ever before the part of weights of this number"));

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv, "makes a file with a payload\n");
  test::TestFileOptions options;
  if (!weightBytes.empty())
    options.weightBytes.assign(weightBytes.begin(), weightBytes.end());
  options.tokenizerBytes = tokenizerBytes;
  options.seed = seed;
  options.zeroWeights = zeroWeights;
  options.onPart = [](size_t part) {
    if (int(part) != stopAt)
      return rt::Status::ok();
    llvm::outs() << "waiting\n";
    llvm::outs().flush();
    while (true)
      pause();
  };
  rt::Status status = test::makeTestFile(options, output);
  if (!status)
    llvm::errs() << "error: " << status.message() << "\n";
  return status.exitCode();
}
