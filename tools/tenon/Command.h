//===- Command.h - A command of the tenon driver --------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_COMMAND_H
#define TENON_TOOLS_TENON_COMMAND_H

#include "llvm/Support/CommandLine.h"

namespace tenon {

/// One command, in a file of its own: its name, options and what it does.
struct Command {
  llvm::cl::SubCommand *subcommand;
  /// Runs with the options that were parsed. \returns the exit code, by
  /// runtime/Status.h.
  int (*run)();
};

Command checkCommand();
Command compileCommand();
Command inspectCommand();
Command runCommand();

} // namespace tenon

#endif // TENON_TOOLS_TENON_COMMAND_H
