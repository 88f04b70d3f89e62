//===- AppProcess.h - Runs the fake file as a user does -------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_RUNTIME_APPPROCESS_H
#define TENON_TEST_RUNTIME_APPPROCESS_H

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tenon::test {

/// How the process is started.
struct AppStart {
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string input;
  std::string inputFile;       ///< what standard input is instead
  bool terminalInput = false;  ///< standard input is a terminal that shows nothing
  bool terminalOutput = false; ///< standard output is a terminal
  bool terminalError = false;  ///< standard error is a terminal
  bool keepInputOpen = false;  ///< `input` is followed by what `type` sends
  std::vector<int> closed;     ///< descriptors that are closed
  std::string outputFile;      ///< where standard output goes instead
  /// Standard output is a pipe of a page that does not block its writers.
  bool nonBlockingOutput = false;
  /// File systems have no files without a name (O_TMPFILE).
  bool noNamelessFiles = false;
  int64_t fileLimit = -1;    ///< bytes that a file may have (ulimit -f)
  int64_t addressLimit = -1; ///< bytes of address space (ulimit -v)
};

/// What it did.
struct AppResult {
  int exitCode = -1; ///< 128 + signal when a signal ended it
  std::string out;
  std::string err;
};

/// A running fake file. A process that does not end within a minute is killed
/// and its exit code is 137.
class AppProcess {
public:
  explicit AppProcess(const AppStart &start);
  ~AppProcess();

  void type(const std::string &text);
  /// Closes the pipe, or types Ctrl-D.
  void endInput();
  void interrupt();
  void terminate();
  /// Reads until standard output, or standard error, contains `text`.
  bool waitForOutput(const std::string &text);
  bool waitForError(const std::string &text);
  /// Reads until it ends.
  AppResult finish();

private:
  bool readMore(int timeoutMs);
  bool waitFor(const std::string &in, const std::string &text);

  int pid = -1;
  int input = -1, output = -1, error = -1;
  bool isInputTerminal;
  AppResult result;
};

/// Runs it with `arguments` from start to end.
AppResult runApp(std::vector<std::string> arguments, std::string input = "",
                 std::vector<std::pair<std::string, std::string>> environment = {});

} // namespace tenon::test

#endif // TENON_TEST_RUNTIME_APPPROCESS_H
