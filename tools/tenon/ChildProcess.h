//===- ChildProcess.h - Runs a program and reads what it says -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_CHILDPROCESS_H
#define TENON_TOOLS_TENON_CHILDPROCESS_H

#include "runtime/Status.h"

#include <string>
#include <vector>

namespace tenon {

/// How a child process ended.
struct ChildResult {
  int exitCode = 0;
  int signal = 0;     ///< that ended it; 0 when it ended by itself
  std::string output; ///< of standard output and standard error together
};

/// Runs the program at `path` with `arguments` (the first is its name), without
/// standard input, and waits for it. It is killed when the calling thread ends,
/// however that happens, so that nothing of a killed tool lives on.
/// \returns InputOutput with the system's reason when it cannot be executed.
rt::Expected<ChildResult> runChild(const std::string &path,
                                   const std::vector<std::string> &arguments);

} // namespace tenon

#endif // TENON_TOOLS_TENON_CHILDPROCESS_H
