//===- PassPlugin.h - Passes from outside the tree ------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A plug-in is MLIR's own kind of pass plug-in, and besides says which Tenon it
// was built against, in a section of its file: so the versions are compared
// before anything of a plug-in is loaded, and a mismatch is told as one, not as
// a symbol that the dynamic linker misses.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_PASSPLUGIN_H
#define TENON_PASSES_PASSPLUGIN_H

#include "passes/Version.h"

#include "mlir/Tools/Plugins/PassPlugin.h"

namespace tenon {

inline constexpr char pluginVersionSection[] = ".tenon.plugin";

/// \returns an error when the plug-in at `path` cannot be read or was built
/// against another Tenon. Loads nothing. MLIR's plug-ins without a version of
/// Tenon pass.
llvm::Error checkPassPlugin(llvm::StringRef path);

/// Loads the plug-in at `path` and registers its passes.
llvm::Error loadPassPlugin(llvm::StringRef path);

/// The paths of the plug-ins that were loaded, in order.
llvm::ArrayRef<std::string> loadedPassPlugins();

} // namespace tenon

/// Makes the shared library that it stands in a pass plug-in called `name`;
/// the rest, a function or a lambda without captures, registers its
/// passes. Once in a plug-in, at file scope.
#define TENON_PASS_PLUGIN(name, ...)                                                               \
  [[gnu::section(".tenon.plugin"), gnu::used]] static const char tenonPluginVersion[] =            \
      TENON_PLUGIN_VERSION;                                                                        \
  extern "C" LLVM_ATTRIBUTE_VISIBILITY_DEFAULT ::mlir::PassPluginLibraryInfo                       \
  mlirGetPassPluginInfo() {                                                                        \
    return {MLIR_PLUGIN_API_VERSION, name, TENON_VERSION, __VA_ARGS__};                            \
  }

#endif // TENON_PASSES_PASSPLUGIN_H
