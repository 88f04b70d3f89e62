//===- PluginArguments.h - Plug-ins that a command line names ---*- C++ -*-===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An option whose values are names of passes, such as --mlir-print-ir-before,
// learns the names when it is made, which is before the command line is read.
// So plug-ins are loaded by a look at the arguments before that.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_PLUGINARGUMENTS_H
#define TENON_TOOLS_PLUGINARGUMENTS_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

namespace tenon {

/// Loads the plug-ins that --load-pass-plugin names in `arguments`, whose first
/// element is the program, and takes these arguments out. To be called before
/// MLIR's options are registered.
/// \returns the error of the first plug-in that cannot be loaded.
llvm::Error loadPluginsOf(llvm::SmallVectorImpl<char *> &arguments);

} // namespace tenon

#endif // TENON_TOOLS_PLUGINARGUMENTS_H
