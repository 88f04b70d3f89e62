//===- PluginArguments.cpp - Plug-ins that a command line names -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/PluginArguments.h"

#include "passes/PassPlugin.h"

using namespace llvm;

Error tenon::loadPluginsOf(SmallVectorImpl<char *> &arguments) {
  for (size_t index = 1; index < arguments.size();) {
    StringRef argument = StringRef(arguments[index]).ltrim('-');
    bool isOption = argument != arguments[index] && argument.consume_front("load-pass-plugin");
    bool isApart = isOption && argument.empty() && index + 1 < arguments.size();
    if (!isOption || !(isApart || argument.consume_front("="))) {
      ++index;
      continue;
    }
    if (Error error = loadPassPlugin(isApart ? arguments[index + 1] : argument))
      return error;
    arguments.erase(&arguments[index], &arguments[index] + (isApart ? 2 : 1));
  }
  return Error::success();
}
