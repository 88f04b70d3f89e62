//===- Progress.h - A line that shows how far long work is ----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_PROGRESS_H
#define TENON_TOOLS_TENON_PROGRESS_H

#include <chrono>
#include <cstdint>
#include <string>

namespace tenon {

/// Shows what is being done on standard error, at a terminal only, and takes the
/// line away at the end. One lives at a time.
class Progress {
public:
  /// \param isShown whether `what` is shown from now on, or with a percentage
  /// after a while, for work that may be short.
  explicit Progress(std::string what, bool isShown = false);
  Progress(const Progress &) = delete;
  ~Progress();
  void update(uint64_t done, uint64_t total);

  /// Takes the line away, if there is one, to make room for a message.
  static void clearLine();

private:
  std::string what;
  bool atTerminal;
  std::chrono::steady_clock::time_point next;
};

} // namespace tenon

#endif // TENON_TOOLS_TENON_PROGRESS_H
