//===- Family.cpp - The model families that can be imported ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/Family.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"

using namespace llvm;
using namespace mlir;

namespace tenon::hf {

ArrayRef<const Family *> families() {
  static const Family *const all[] = {&llamaFamily, &mistralFamily, &qwen2Family, &qwen3Family};
  return all;
}

/// The string under `key`, or the first one of a list; empty when there is none.
static StringRef firstName(const ConfigObject &root, StringRef key) {
  const JsonValue *value = root.find(key);
  if (value && value->is(JsonValue::Kind::Array) && !value->elements.empty())
    value = &value->elements.front();
  return value && value->is(JsonValue::Kind::String) ? StringRef(value->text) : StringRef();
}

const Family *findFamily(Config &config, const WarningOptions &warnings) {
  ConfigObject root = config.root();
  StringRef modelType = firstName(root, "model_type");
  StringRef architecture = firstName(root, "architectures");
  bool byType = !modelType.empty() || architecture.empty();
  StringRef key = byType ? "model_type" : "architectures";
  StringRef name = byType ? modelType : architecture;
  SmallVector<StringRef> names = map_to_vector(families(), [&](const Family *family) {
    return StringRef(byType ? family->modelType : family->architecture);
  });
  auto *found = find(names, name);
  if (name.empty())
    emitError(root.location(key))
        << "neither 'model_type' nor 'architectures' names the model; one "
           "of them must be a supported name, set 'model_type' to "
        << listOf(names);
  else if (found == names.end())
    emitError(root.location(key)) << "a model of '" << key << "' " << quoted(name)
                                  << " is not supported" << didYouMean(name, names)
                                  << "; supported are " << listOf(names);
  if (found == names.end())
    return nullptr;
  const Family *family = families()[found - names.begin()];
  if (architecture.empty() || architecture == family->architecture)
    return family;
  // transformers builds what the type says, whatever the list does.
  LogicalResult told =
      warnings.warn(WarningClass::ModelType, root.location("architectures"),
                    "'architectures' names " + quoted(architecture) + ", but 'model_type' " +
                        quoted(modelType) + " is that of '" + family->architecture +
                        "'; the type decides, as in transformers, correct the one that is wrong");
  return succeeded(told) ? family : nullptr;
}

} // namespace tenon::hf
