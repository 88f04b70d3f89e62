//===- TensorTable.h - The tensors that a model must have -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A family says in a table which tensors it has: the part of the model that a
// tensor is, its name with {layer} in it, its shape in words of DecoderConfig,
// and when it is there. Matching a checkpoint against the table finds what is
// missing, what is left over and what has another shape, all at once: any of
// these means that the configuration describes another model.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_HUGGINGFACE_TENSORTABLE_H
#define TENON_IMPORTERS_HUGGINGFACE_TENSORTABLE_H

#include "importers/HuggingFace/Checkpoint.h"
#include "importers/HuggingFace/DecoderConfig.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <array>
#include <vector>

namespace tenon::hf {

/// The parts of a decoder that have a tensor. A linear weight is [out, in].
enum class TensorRole : unsigned {
  Embedding,     ///< [vocab, hidden]
  AttentionNorm, ///< [hidden]
  QueryWeight,   ///< [heads * headDim, hidden]
  QueryBias,
  KeyWeight, ///< [kvHeads * headDim, hidden]
  KeyBias,
  ValueWeight, ///< [kvHeads * headDim, hidden]
  ValueBias,
  QueryNorm,    ///< [headDim]
  KeyNorm,      ///< [headDim]
  OutputWeight, ///< [hidden, heads * headDim]
  OutputBias,
  FeedForwardNorm, ///< [hidden]
  GateWeight,      ///< [intermediate, hidden]
  GateBias,
  UpWeight, ///< [intermediate, hidden]
  UpBias,
  DownWeight, ///< [hidden, intermediate]
  DownBias,
  FinalNorm,  ///< [hidden]
  HeadWeight, ///< [vocab, hidden]
};
inline constexpr unsigned tensorRoleCount = static_cast<unsigned>(TensorRole::HeadWeight) + 1;

/// A size of a tensor, in words of DecoderConfig.
enum class Extent : uint8_t { None, Vocab, Hidden, QueryRows, KvRows, Intermediate, HeadDim };

/// A row of a family's table.
struct TensorPattern {
  TensorRole role;
  llvm::StringLiteral name;    ///< without the model's prefix; `{layer}` stands for a number
  std::array<Extent, 2> shape; ///< None after the last dimension
  bool (*present)(const DecoderConfig &) = nullptr; ///< null: always
};

/// The table of Llama and of every family that uses its names; which biases
/// and norms are there follows from the DecoderConfig.
llvm::ArrayRef<TensorPattern> llamaTensors();

/// The tensors of a checkpoint by their part of the model.
class DecoderTensors {
public:
  /// The tensor of `role` in `layer`, or null when this model has none. The
  /// head of a tied model is its embedding.
  const TensorEntry *find(TensorRole role, int64_t layer = 0) const;

private:
  friend class TensorMatcher;
  explicit DecoderTensors(int64_t layers) : entries(tensorRoleCount * layers) {}
  std::vector<const TensorEntry *> entries; ///< [layers, roles]
};

/// Finds every tensor of `table` in `checkpoint` and reports all that is
/// missing, left over, of another shape, or no float of 16 or 32 bits. A model
/// without a head is tied, and one whose head differs from the embedding is
/// not, whatever the configuration says; both with a warning. Sets
/// `decoder.elementType` and `decoder.tiedHead` to what the files hold. The
/// checkpoint must outlive the result.
/// \param isRefused whether a key of the configuration was refused: nothing that
/// would follow from its value is told as a fault of the tensors.
llvm::FailureOr<DecoderTensors>
matchTensors(mlir::MLIRContext *context, const Checkpoint &checkpoint,
             llvm::ArrayRef<TensorPattern> table, DecoderConfig &decoder,
             llvm::function_ref<bool(llvm::StringRef)> isRefused, const WarningOptions &warnings);

} // namespace tenon::hf

#endif // TENON_IMPORTERS_HUGGINGFACE_TENSORTABLE_H
