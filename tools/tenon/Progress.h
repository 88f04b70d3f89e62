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

/// Shows `what` with a percentage on standard error, at a terminal only, and
/// takes the line away at the end. Quiet for work that is short.
class Progress {
public:
  explicit Progress(std::string what);
  ~Progress();
  void update(uint64_t done, uint64_t total);

private:
  std::string what;
  bool atTerminal, shown = false;
  std::chrono::steady_clock::time_point next;
};

} // namespace tenon

#endif // TENON_TOOLS_TENON_PROGRESS_H
