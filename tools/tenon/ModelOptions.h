//===- ModelOptions.h - Options that compile and check share --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What decides which file is made of a checkpoint. `tenon check` takes all of
// it, so that it predicts the very file that `tenon compile` would write.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_MODELOPTIONS_H
#define TENON_TOOLS_TENON_MODELOPTIONS_H

#include "tools/tenon/Compilation.h"

#include "llvm/Support/CommandLine.h"

namespace tenon {

/// Made when first asked for, since options of other files name them.
llvm::cl::SubCommand &compileSubcommand();
llvm::cl::SubCommand &checkSubcommand();

/// Sets the targets, the element type, the tokenizer, the verification and the
/// warnings of `options`. \returns 0, or the exit code after a message that
/// begins with the name of the command.
int readModelOptions(llvm::StringRef command, CompileOptions &options);

/// Tells `text` as what is wrong with the command line of `command`.
/// \returns the exit code for that.
int tellUsage(llvm::StringRef command, const llvm::Twine &text);

} // namespace tenon

#endif // TENON_TOOLS_TENON_MODELOPTIONS_H
