//===- Interrupt.cpp - Ctrl-C -------------------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interrupt.h"

#include <csignal>
#include <unistd.h>

namespace tenon::rt {

static std::atomic<bool> flag{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may set it");

static void onInterrupt(int) {
  constexpr int interrupted = 130;
  if (flag.exchange(true))
    _exit(interrupted);
}

void catchInterrupts() {
  struct sigaction action = {};
  action.sa_handler = onInterrupt;
  sigemptyset(&action.sa_mask);
  // Without SA_RESTART: a read at the prompt returns.
  sigaction(SIGINT, &action, nullptr);
}

std::atomic<bool> &interruptFlag() { return flag; }

} // namespace tenon::rt
