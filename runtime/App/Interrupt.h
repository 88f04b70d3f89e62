//===- Interrupt.h - Ctrl-C -----------------------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_APP_INTERRUPT_H
#define TENON_RUNTIME_APP_INTERRUPT_H

#include <atomic>

namespace tenon::rt {

/// Makes Ctrl-C set a flag, and end a waiting read. A second one, before the
/// flag was cleared, ends the process with exit code 130.
void catchInterrupts();

/// Waits until `descriptor` has something to read or has ended.
/// \returns false when Ctrl-C came, before the call or while it waited.
bool waitForInput(int descriptor);

/// Whether Ctrl-C came since the flag was last cleared.
std::atomic<bool> &interruptFlag();

} // namespace tenon::rt

#endif // TENON_RUNTIME_APP_INTERRUPT_H
