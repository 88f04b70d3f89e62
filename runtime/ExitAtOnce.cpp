//===- ExitAtOnce.cpp - The end of a process from anywhere ----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExitAtOnce.h"

#include <atomic>
#include <climits>
#include <csignal>
#include <cstring>
#include <unistd.h>

namespace tenon::rt {

// Read by signal handlers, so plain memory, written before it is announced.
static char unfinishedPath[PATH_MAX];
static std::atomic<bool> isUnfinished{false};

static void removeUnfinished() {
  if (isUnfinished.exchange(false))
    unlink(unfinishedPath);
}

static void onTermination(int signal) {
  removeUnfinished();
  // The signal comes again when this returns, and has its usual effect.
  std::signal(signal, SIG_DFL);
  raise(signal);
}

/// Leaves a signal alone that is ignored, as nohup does it.
static void removeOnTermination() {
  for (int signal : {SIGTERM, SIGHUP, SIGQUIT}) {
    struct sigaction before = {}, action = {};
    action.sa_handler = onTermination;
    sigaction(signal, nullptr, &before);
    if (before.sa_handler == SIG_DFL)
      sigaction(signal, &action, nullptr);
  }
}

void removeWhenEnded(const std::string &path) {
  isUnfinished = false;
  if (path.empty() || path.size() >= sizeof unfinishedPath)
    return;
  std::memcpy(unfinishedPath, path.c_str(), path.size() + 1);
  isUnfinished = true;
  removeOnTermination();
}

void exitAtOnce(StatusCode code) {
  removeUnfinished();
  _exit(static_cast<int>(code));
}

} // namespace tenon::rt
