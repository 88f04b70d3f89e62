//===- TestProcess.h - Temporary folders and child processes of the tests -===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_LINK_TESTPROCESS_H
#define TENON_TEST_LINK_TESTPROCESS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

#include <cstdlib>
#include <filesystem>
#include <string>

namespace tenon::test {

/// A folder that is removed with its contents.
class TemporaryFolder {
public:
  TemporaryFolder() {
    if (llvm::sys::fs::createUniqueDirectory("tenon-test", folder))
      std::abort();
  }
  /// Not remove_directories of LLVM, which leaves pipes and their folder.
  ~TemporaryFolder() {
    std::error_code error;
    std::filesystem::remove_all(folder.str().str(), error);
  }
  std::string path(llvm::StringRef name) const { return (folder + "/" + name).str(); }
  std::string path() const { return folder.str().str(); }

  /// How many files the folder holds.
  int fileCount() const {
    int count = 0;
    std::error_code error;
    for (llvm::sys::fs::directory_iterator it(folder, error), end; it != end; it.increment(error))
      ++count;
    return count;
  }

private:
  llvm::SmallString<64> folder;
};

inline std::string readWhole(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : std::string();
}

struct ProcessResult {
  int exitCode; ///< -2 when a signal ended it
  std::string output;
  std::string errors;
};

/// Runs `program` with at most one argument and waits for it.
inline ProcessResult runProgram(const TemporaryFolder &folder, llvm::StringRef program,
                                llvm::StringRef argument = "") {
  std::string output = folder.path("stdout"), errors = folder.path("stderr");
  // A redirection writes over an older file and does not shorten it.
  llvm::sys::fs::remove(output);
  llvm::sys::fs::remove(errors);
  llvm::SmallVector<llvm::StringRef> arguments = {program};
  if (!argument.empty())
    arguments.push_back(argument);
  std::optional<llvm::StringRef> redirects[] = {llvm::StringRef(""), llvm::StringRef(output),
                                                llvm::StringRef(errors)};
  int code = llvm::sys::ExecuteAndWait(program, arguments, std::nullopt, redirects);
  return {code, readWhole(output), readWhole(errors)};
}

} // namespace tenon::test

#endif // TENON_TEST_LINK_TESTPROCESS_H
