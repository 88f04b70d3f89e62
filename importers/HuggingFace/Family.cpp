//===- Family.cpp - The model families that can be imported -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/Family.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace mlir;

namespace tenon::hf {

ArrayRef<const Family *> families() {
  static const Family *const all[] = {&llamaFamily, &mistralFamily, &qwen2Family, &qwen3Family};
  return all;
}

const Family *findFamily(Config &config) {
  ConfigObject root = config.root();
  StringRef architecture, modelType;
  if (const JsonValue *list = root.find("architectures"))
    if (!list->elements.empty() && list->elements[0].is(JsonValue::Kind::String))
      architecture = list->elements[0].text;
  if (const JsonValue *type = root.find("model_type"); type && type->is(JsonValue::Kind::String))
    modelType = type->text;

  bool byArchitecture = !architecture.empty();
  StringRef key = byArchitecture ? "architectures" : "model_type";
  StringRef name = byArchitecture ? architecture : modelType;
  SmallVector<StringRef> names;
  for (const Family *family : families()) {
    names.push_back(byArchitecture ? family->architecture : family->modelType);
    if (names.back() == name)
      return family;
  }
  if (name.empty())
    emitError(root.location(key))
        << "neither 'architectures' nor 'model_type' names the model; one "
           "of them must be a supported name: "
        << listOf(names);
  else
    emitError(root.location(key)) << "a model of '" << key << "' " << quoted(name)
                                  << " is not supported" << didYouMean(name, names)
                                  << "; supported are " << listOf(names);
  return nullptr;
}

} // namespace tenon::hf
