//===- PassPlugin.cpp - Passes from outside the tree ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/PassPlugin.h"

#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/Error.h"

using namespace llvm;

static Error problem(const Twine &text) {
  return createStringError(inconvertibleErrorCode(), text);
}

/// The version that the plug-in in `file` carries; empty without one.
static StringRef versionIn(const object::ObjectFile &file) {
  for (const object::SectionRef &section : file.sections()) {
    StringRef name = expectedToOptional(section.getName()).value_or("");
    if (name != tenon::pluginVersionSection)
      continue;
    StringRef text = expectedToOptional(section.getContents()).value_or("");
    return text.take_until([](char character) { return character == '\0'; });
  }
  return {};
}

Error tenon::checkPassPlugin(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> bytes =
      MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!bytes)
    return problem("cannot read plug-in '" + path + "': " + bytes.getError().message());
  Expected<std::unique_ptr<object::ObjectFile>> file =
      object::ObjectFile::createObjectFile((*bytes)->getMemBufferRef());
  if (!file) {
    consumeError(file.takeError());
    return problem("plug-in '" + path + "' is not a shared library");
  }
  StringRef version = versionIn(**file);
  if (version.empty() || version == TENON_PLUGIN_VERSION)
    return Error::success();
  return problem("plug-in '" + path + "' was built for tenon " + version +
                 ", and this is tenon " TENON_PLUGIN_VERSION
                 "; build it again against the installed package");
}

/// Paths that loadPassPlugin has seen, once they are loaded.
static std::vector<std::string> &loadedPaths() {
  static std::vector<std::string> paths;
  return paths;
}

ArrayRef<std::string> tenon::loadedPassPlugins() { return loadedPaths(); }

Error tenon::loadPassPlugin(StringRef path) {
  if (Error error = checkPassPlugin(path))
    return error;
  Expected<mlir::PassPlugin> plugin = mlir::PassPlugin::load(path.str());
  if (!plugin)
    return problem("cannot load plug-in '" + path + "': " + toString(plugin.takeError()));
  plugin->registerPassRegistryCallbacks();
  loadedPaths().push_back(path.str());
  return Error::success();
}
