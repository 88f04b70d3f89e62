//===- Interrupt.cpp - Ctrl-C ---------------------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interrupt.h"

#include "runtime/ExitAtOnce.h"

#include <cerrno>
#include <csignal>
#include <poll.h>

namespace tenon::rt {

static std::atomic<bool> flag{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may set it");

static void onInterrupt(int) {
  if (flag.exchange(true))
    exitAtOnce(StatusCode::Interrupted);
}

void catchInterrupts() {
  struct sigaction action = {};
  action.sa_handler = onInterrupt;
  sigemptyset(&action.sa_mask);
  // Without SA_RESTART: a wait for input returns.
  sigaction(SIGINT, &action, nullptr);
}

bool waitForInput(int descriptor) {
  // With the signal blocked between the look at the flag and the wait, it
  // cannot come unseen in between.
  sigset_t interrupt, before;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  pthread_sigmask(SIG_BLOCK, &interrupt, &before);
  pollfd wanted = {descriptor, POLLIN, 0};
  while (!flag && ppoll(&wanted, 1, nullptr, &before) < 0 && errno == EINTR) {
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return !flag;
}

std::atomic<bool> &interruptFlag() { return flag; }

} // namespace tenon::rt
