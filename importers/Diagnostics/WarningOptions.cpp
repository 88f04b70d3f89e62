//===- WarningOptions.cpp - Warnings with names, and the -W flags ---------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/Diagnostics/WarningOptions.h"

#include "importers/Diagnostics/QuotedText.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"

using namespace llvm;

namespace tenon {

ArrayRef<WarningClassInfo> warningClasses() {
  static constexpr WarningClassInfo table[warningClassCount] = {
      {"unknown-config-key", "a key of config.json or generation_config.json that nothing reads"},
      {"unlisted-tensor", "a tensor of a shard that model.safetensors.index.json does not name"},
      {"head-differs", "lm_head.weight is not the embedding that the configuration ties it to"},
      {"head-absent", "lm_head.weight is missing, and the configuration does not tie the head"},
      {"element-type", "the weights' element type is not the one the configuration names"},
      {"token-out-of-range", "the id of a special token is not below vocab_size"},
      {"chat-template", "the chat template cannot render a plain conversation"},
      {"model-type", "model_type and architectures of config.json name different models"},
  };
  return table;
}

Error WarningOptions::parse(StringRef flag) {
  StringRef name = flag;
  bool positive = !name.consume_front("no-");
  bool aboutError = name == "error" || name.starts_with("error=");
  if (name == "error") {
    allErrors = positive;
    return Error::success();
  }
  name.consume_front("error=");
  SmallVector<StringRef> names =
      map_to_vector(warningClasses(), [](const WarningClassInfo &info) { return info.name; });
  auto *found = find(names, name);
  if (found == names.end())
    return createStringError("unknown warning " + quoted(name) + " in '-W" + flag.str() + "'" +
                             didYouMean(name, names));
  State &state = states[found - names.begin()];
  (aboutError ? state.error : state.enabled) = positive;
  if (aboutError && positive)
    state.enabled = true;
  return Error::success();
}

LogicalResult WarningOptions::warn(WarningClass kind, mlir::Location location,
                                   const Twine &text) const {
  const State &state = states[static_cast<unsigned>(kind)];
  StringRef name = warningClasses()[static_cast<unsigned>(kind)].name;
  if (!state.enabled.value_or(!silent))
    return success();
  if (state.error.value_or(allErrors)) {
    mlir::emitError(location) << text << " [-Werror,-W" << name << "]";
    return failure();
  }
  mlir::emitWarning(location) << text << " [-W" << name << "]";
  return success();
}

} // namespace tenon
