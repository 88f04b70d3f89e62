//===- Family.h - The model families that can be imported -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_HUGGINGFACE_FAMILY_H
#define TENON_IMPORTERS_HUGGINGFACE_FAMILY_H

#include "importers/HuggingFace/Config.h"
#include "importers/HuggingFace/DecoderConfig.h"
#include "importers/HuggingFace/TensorTable.h"

namespace tenon::hf {

class LayerBuilder;

/// What a file of Families/ defines: how the family's config.json is read,
/// which tensors it has, and what its layers are.
struct Family {
  llvm::StringLiteral modelType;    ///< `model_type` of config.json
  llvm::StringLiteral architecture; ///< `architectures[0]` of config.json
  /// Reads `config`, the object of the language model; `outermost` is the
  /// whole file, which differs where a file wraps the language model.
  void (*read)(const ConfigObject &config, const ConfigObject &outermost, DecoderConfig &decoder);
  llvm::ArrayRef<TensorPattern> (*tensors)();
  /// Writes a layer, of the parts that LayerBuilder has; null: that of Llama.
  void (*writeLayer)(LayerBuilder &layer) = nullptr;
};

extern const Family llamaFamily;
extern const Family mistralFamily;
extern const Family qwen2Family;
extern const Family qwen3Family;

/// All families, by name.
llvm::ArrayRef<const Family *> families();

/// The family that `config` names: by `model_type`, as transformers chooses it,
/// and by `architectures[0]` where there is none. Warns where the two
/// contradict each other. \returns null after an error, which names the
/// supported ones if none of them is named.
const Family *findFamily(Config &config, const WarningOptions &warnings);

} // namespace tenon::hf

#endif // TENON_IMPORTERS_HUGGINGFACE_FAMILY_H
