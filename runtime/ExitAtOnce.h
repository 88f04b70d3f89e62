//===- ExitAtOnce.h - The end of a process from anywhere ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_EXITATONCE_H
#define TENON_RUNTIME_EXITATONCE_H

#include "Status.h"

#include <string>

namespace tenon::rt {

/// Names the file that must not be left behind when the process ends by
/// exitAtOnce(), SIGTERM, SIGHUP or SIGQUIT; empty: there is none any more. One
/// file at a time, by one thread; a path of PATH_MAX bytes or more is left.
void removeWhenEnded(const std::string &path);

/// Ends the process with the exit code of `code` and without destructors, and
/// removes the file that is named above. A signal handler may call it.
[[noreturn]] void exitAtOnce(StatusCode code);

} // namespace tenon::rt

#endif // TENON_RUNTIME_EXITATONCE_H
