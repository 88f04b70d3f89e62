//===- Progress.cpp - A line that shows how far long work is --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Progress.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <unistd.h>

namespace tenon {

using Clock = std::chrono::steady_clock;
static constexpr auto interval = std::chrono::milliseconds(200);

/// Whether a line is shown now; messages come from any thread.
static std::atomic<bool> shown = false;

Progress::Progress(std::string text, bool isShown)
    : what(std::move(text)), atTerminal(isatty(STDERR_FILENO)), next(Clock::now() + interval) {
  if (!isShown || !atTerminal)
    return;
  shown = true;
  llvm::errs() << "\r" << what;
}

Progress::~Progress() { clearLine(); }

void Progress::clearLine() {
  if (shown.exchange(false))
    llvm::errs() << "\r\x1b[K";
}

void Progress::update(uint64_t done, uint64_t total) {
  if (!atTerminal || total == 0 || Clock::now() < next)
    return;
  next = Clock::now() + interval;
  shown = true;
  llvm::errs() << "\r" << what
               << llvm::format("  %3d %%  %.1f of %.1f GB", int(100 * done / total),
                               double(done) * 1e-9, double(total) * 1e-9);
}

} // namespace tenon
