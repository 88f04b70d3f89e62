//===- Process.h - How a tool begins and ends -----------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What LLVM takes for defects and ends the process by, a user can cause: closed
// descriptors, a full disk behind standard output, a limit on the size of files,
// too little memory. Here they become lines and exit codes of Tenon.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_PROCESS_H
#define TENON_TOOLS_PROCESS_H

#include "runtime/Status.h"

namespace tenon {

/// Makes the three standard descriptors open, writing past the limit on the
/// size of files an error, and the lack of memory a line and an exit code.
/// `tool` begins the messages and must live on. To be called once, at the
/// begin of main, after llvm::InitLLVM.
void beginProcess(const char *tool);

/// Whether this process gets no more memory to speak of, so that a crash is
/// likely one of code that did not look whether it got some. For signal handlers.
bool isMemoryUsedUp();

/// Ends the process for lack of memory by one line, whoever calls it, on any
/// thread. For signal handlers, too.
[[noreturn]] void endWithoutMemory();

/// Tells why a command failed, unless a diagnostic has. \returns the exit code.
int tellFailure(const rt::Status &status);

/// Delivers what was printed to standard output.
/// \returns `code`, or that of InputOutput, after a message, when `code` is 0
/// and the output could not be written.
int deliverOutput(int code);

} // namespace tenon

#endif // TENON_TOOLS_PROCESS_H
