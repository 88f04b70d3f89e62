//===- TensorTable.cpp - The tensors that a model must have ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/TensorTable.h"

#include "importers/Diagnostics/QuotedText.h"
#include "importers/Files/ModelFolder.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;
using namespace mlir;

namespace tenon::hf {

/// The same fault in thousands of tensors is told this often.
static constexpr unsigned maxReports = 20;

ArrayRef<TensorPattern> llamaTensors() {
  using R = TensorRole;
  using E = Extent;
  constexpr auto qkNorm = [](const DecoderConfig &c) { return c.qkNorm; };
  constexpr auto mlpBias = [](const DecoderConfig &c) { return c.mlpBias; };
  static constexpr TensorPattern table[] = {
      {R::Embedding, "embed_tokens.weight", {E::Vocab, E::Hidden}},
      {R::AttentionNorm, "layers.{layer}.input_layernorm.weight", {E::Hidden}},
      {R::QueryWeight, "layers.{layer}.self_attn.q_proj.weight", {E::QueryRows, E::Hidden}},
      {R::QueryBias,
       "layers.{layer}.self_attn.q_proj.bias",
       {E::QueryRows},
       [](const DecoderConfig &c) { return c.queryBias; }},
      {R::KeyWeight, "layers.{layer}.self_attn.k_proj.weight", {E::KvRows, E::Hidden}},
      {R::KeyBias,
       "layers.{layer}.self_attn.k_proj.bias",
       {E::KvRows},
       [](const DecoderConfig &c) { return c.keyBias; }},
      {R::ValueWeight, "layers.{layer}.self_attn.v_proj.weight", {E::KvRows, E::Hidden}},
      {R::ValueBias,
       "layers.{layer}.self_attn.v_proj.bias",
       {E::KvRows},
       [](const DecoderConfig &c) { return c.valueBias; }},
      {R::QueryNorm, "layers.{layer}.self_attn.q_norm.weight", {E::HeadDim}, qkNorm},
      {R::KeyNorm, "layers.{layer}.self_attn.k_norm.weight", {E::HeadDim}, qkNorm},
      {R::OutputWeight, "layers.{layer}.self_attn.o_proj.weight", {E::Hidden, E::QueryRows}},
      {R::OutputBias,
       "layers.{layer}.self_attn.o_proj.bias",
       {E::Hidden},
       [](const DecoderConfig &c) { return c.outputBias; }},
      {R::FeedForwardNorm, "layers.{layer}.post_attention_layernorm.weight", {E::Hidden}},
      {R::GateWeight, "layers.{layer}.mlp.gate_proj.weight", {E::Intermediate, E::Hidden}},
      {R::GateBias, "layers.{layer}.mlp.gate_proj.bias", {E::Intermediate}, mlpBias},
      {R::UpWeight, "layers.{layer}.mlp.up_proj.weight", {E::Intermediate, E::Hidden}},
      {R::UpBias, "layers.{layer}.mlp.up_proj.bias", {E::Intermediate}, mlpBias},
      {R::DownWeight, "layers.{layer}.mlp.down_proj.weight", {E::Hidden, E::Intermediate}},
      {R::DownBias, "layers.{layer}.mlp.down_proj.bias", {E::Hidden}, mlpBias},
      {R::FinalNorm, "norm.weight", {E::Hidden}},
      {R::HeadWeight, "lm_head.weight", {E::Vocab, E::Hidden}},
  };
  return table;
}

const TensorEntry *DecoderTensors::find(TensorRole role, int64_t layer) const {
  return entries[layer * tensorRoleCount + static_cast<unsigned>(role)];
}

/// The value of an extent, and the key of config.json that it comes from.
static std::pair<int64_t, StringRef> describeExtent(Extent extent, const DecoderConfig &decoder) {
  switch (extent) {
  case Extent::None:
    return {0, ""};
  case Extent::Vocab:
    return {decoder.vocab, "vocab_size"};
  case Extent::Hidden:
    return {decoder.hidden, "hidden_size"};
  case Extent::QueryRows:
    return {decoder.queryRows(), "num_attention_heads * head_dim"};
  case Extent::KvRows:
    return {decoder.kvRows(), "num_key_value_heads * head_dim"};
  case Extent::Intermediate:
    return {decoder.intermediate, "intermediate_size"};
  case Extent::HeadDim:
    return {decoder.headDim, "head_dim"};
  }
  llvm_unreachable("all extents have a value");
}

/// The keys of config.json that an extent follows from.
static ArrayRef<StringRef> keysOf(Extent extent) {
  static constexpr StringRef vocab[] = {"vocab_size"}, hidden[] = {"hidden_size"},
                             intermediate[] = {"intermediate_size"},
                             heads[] = {"hidden_size", "num_attention_heads", "num_key_value_heads",
                                        "head_dim"};
  switch (extent) {
  case Extent::None:
    return {};
  case Extent::Vocab:
    return vocab;
  case Extent::Hidden:
    return hidden;
  case Extent::Intermediate:
    return intermediate;
  case Extent::QueryRows:
  case Extent::KvRows:
  case Extent::HeadDim:
    return heads;
  }
  llvm_unreachable("all extents have keys");
}

/// Buffers that old versions of transformers wrote with the weights; all can
/// be computed.
static bool isIgnorable(StringRef name) {
  for (StringRef end : {".rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias",
                        ".embeddings.position_ids", ".causal_mask", ".future_mask"})
    if (name.ends_with(end))
      return true;
  return name.starts_with("mtp.");
}

class TensorMatcher {
public:
  TensorMatcher(MLIRContext *context, const Checkpoint &checkpoint, ArrayRef<TensorPattern> table,
                DecoderConfig &decoder, llvm::function_ref<bool(StringRef)> isRefused)
      : context(context), checkpoint(checkpoint), table(table), decoder(decoder),
        isRefused(isRefused), result(0) {}

  FailureOr<DecoderTensors> match(const WarningOptions &warnings);

private:
  void findPrefix();
  void countLayers();
  void matchPattern(const TensorPattern &pattern);
  void matchTensor(const TensorPattern &pattern, int64_t layer, bool required);
  void checkEntry(const TensorPattern &pattern, const TensorEntry &entry);
  void findLeftOvers();
  LogicalResult tieHead(const WarningOptions &warnings);
  LogicalResult checkElementType(const WarningOptions &warnings);
  std::string fullName(const TensorPattern &pattern, int64_t layer) const;
  const TensorEntry *&slot(TensorRole role, int64_t layer) {
    return result.entries[layer * tensorRoleCount + static_cast<unsigned>(role)];
  }
  void fault(Location location, const Twine &text) {
    if (++faults <= maxReports)
      emitError(location) << text;
  }
  Location firstFile() const { return fileLocation(context, checkpoint.files().front()); }

  MLIRContext *context;
  const Checkpoint &checkpoint;
  ArrayRef<TensorPattern> table;
  DecoderConfig &decoder;
  llvm::function_ref<bool(StringRef)> isRefused;
  DecoderTensors result;
  llvm::StringSet<> expected;
  StringRef bodyPrefix = "model."; ///< of all but the head
  StringRef headPrefix = "";
  unsigned faults = 0;
};

/// Files that wrap a language model, and files of the bare body, use other
/// prefixes for the same names.
void TensorMatcher::findPrefix() {
  static constexpr std::pair<StringLiteral, StringLiteral> prefixes[] = {
      {"model.", ""},
      {"language_model.model.", "language_model."},
      {"model.language_model.", ""},
      {"", ""},
  };
  for (auto [body, head] : prefixes) {
    if (!checkpoint.find((body + "embed_tokens.weight").str()))
      continue;
    bodyPrefix = body;
    headPrefix = head;
    return;
  }
}

/// Where the configuration does not say how many layers there are, the
/// checkpoint does.
void TensorMatcher::countLayers() {
  if (isRefused("num_hidden_layers")) {
    const TensorPattern *first = find_if(
        table, [](const TensorPattern &pattern) { return pattern.name.contains("{layer}"); });
    decoder.layers = 0;
    while (checkpoint.find(fullName(*first, decoder.layers)))
      ++decoder.layers;
    decoder.layers = std::max<int64_t>(decoder.layers, 1); // parts without a layer have a slot
  }
  result = DecoderTensors(decoder.layers);
}

std::string TensorMatcher::fullName(const TensorPattern &pattern, int64_t layer) const {
  StringRef prefix = pattern.role == TensorRole::HeadWeight ? headPrefix : bodyPrefix;
  auto [before, after] = pattern.name.split("{layer}");
  std::string name = (prefix + before).str();
  if (before.size() != pattern.name.size())
    name += std::to_string(layer) + after.str();
  return name;
}

void TensorMatcher::checkEntry(const TensorPattern &pattern, const TensorEntry &entry) {
  SmallVector<int64_t, 2> shape;
  std::string words;
  bool isKnown = true;
  for (Extent extent : pattern.shape) {
    if (extent == Extent::None)
      break;
    auto [size, word] = describeExtent(extent, decoder);
    shape.push_back(size);
    words += (words.empty() ? "" : ", ") + word.str();
    isKnown &= none_of(keysOf(extent), isRefused);
  }
  if (isKnown && ArrayRef(entry.shape) != ArrayRef(shape))
    fault(checkpoint.location(entry),
          "tensor " + quoted(entry.name) + " has shape " + shapeText(entry.shape) + ", expected " +
              shapeText(shape) + "; the sizes are [" + words + "] of config.json");
  else if (!mlirElementType(context, entry.type))
    fault(checkpoint.location(entry), "tensor " + quoted(entry.name) + " has element type " +
                                          elementTypeName(entry.type) +
                                          ", expected F32, F16 or BF16; use the unquantized "
                                          "checkpoint");
}

void TensorMatcher::matchTensor(const TensorPattern &pattern, int64_t layer, bool required) {
  std::string name = fullName(pattern, layer);
  const TensorEntry *entry = checkpoint.find(name);
  expected.insert(name);
  if (entry)
    checkEntry(pattern, *entry);
  else if (required)
    fault(firstFile(),
          "tensor " + quoted(name) +
              " is missing; config.json describes a model that has it, fetch the whole "
              "model again");
  slot(pattern.role, layer) = entry;
}

void TensorMatcher::matchPattern(const TensorPattern &pattern) {
  // Any of these says whether an optional part is there.
  bool isUnsure = pattern.present && (isRefused("attention_bias") || isRefused("mlp_bias"));
  if (pattern.present && !pattern.present(decoder) && !isUnsure)
    return;
  bool perLayer = pattern.name.contains("{layer}");
  bool required = pattern.role != TensorRole::HeadWeight && !isUnsure; // see tieHead
  for (int64_t layer = 0, end = perLayer ? decoder.layers : 1; layer < end; ++layer)
    matchTensor(pattern, layer, required);
}

void TensorMatcher::findLeftOvers() {
  for (const TensorEntry &entry : checkpoint.tensors())
    if (!expected.contains(entry.name) && !isIgnorable(entry.name))
      fault(checkpoint.location(entry),
            "tensor " + quoted(entry.name) + " of shape " + shapeText(entry.shape) +
                " has no place in the model that config.json describes; the two do not belong "
                "together, fetch both again");
}

/// True when both tensors hold the same bytes; none after a failed read.
static std::optional<bool> haveEqualBytes(const Checkpoint &checkpoint, const TensorEntry &left,
                                          const TensorEntry &right) {
  if (left.type != right.type || left.shape != right.shape)
    return false;
  // The tensors of a large vocabulary have a gigabyte; blocks keep memory small.
  constexpr uint64_t blockBytes = 4u << 20;
  uint64_t rowBytes = left.sizeBytes / left.rows();
  uint64_t blockRows = std::max<uint64_t>(1, blockBytes / rowBytes);
  std::vector<char> leftBytes, rightBytes;
  for (uint64_t row = 0; row < left.rows(); row += blockRows) {
    uint64_t rows = std::min(blockRows, left.rows() - row);
    leftBytes.resize(rows * rowBytes);
    rightBytes.resize(rows * rowBytes);
    if (failed(checkpoint.read(left, row, rows, leftBytes)) ||
        failed(checkpoint.read(right, row, rows, rightBytes)))
      return std::nullopt;
    if (leftBytes != rightBytes)
      return false;
  }
  return true;
}

LogicalResult TensorMatcher::tieHead(const WarningOptions &warnings) {
  const TensorEntry *&head = slot(TensorRole::HeadWeight, 0);
  const TensorEntry *embedding = slot(TensorRole::Embedding, 0);
  if (!head) {
    head = embedding;
    if (std::exchange(decoder.tiedHead, true) || isRefused("tie_word_embeddings"))
      return success();
    return warnings.warn(WarningClass::HeadAbsent, firstFile(),
                         "tensor 'lm_head.weight' is missing, and 'tie_word_embeddings' of "
                         "config.json is not true; the embedding is used as the head, set that to "
                         "true, or fetch the whole model again if it has a head of its own");
  }
  if (!decoder.tiedHead)
    return success();
  std::optional<bool> equal = haveEqualBytes(checkpoint, *head, *embedding);
  if (!equal)
    return failure();
  if (*equal) {
    head = embedding;
    return success();
  }
  // transformers 5 decides so, too; version 4 took the embedding.
  decoder.tiedHead = false;
  return warnings.warn(WarningClass::HeadDiffers, checkpoint.location(*head),
                       "tensor 'lm_head.weight' differs from the embedding, though "
                       "'tie_word_embeddings' is true; it is used as it is, set that to false");
}

LogicalResult TensorMatcher::checkElementType(const WarningOptions &warnings) {
  const TensorEntry *embedding = slot(TensorRole::Embedding, 0);
  std::optional<ElementType> named = std::exchange(decoder.elementType, embedding->type);
  if (!named || *named == embedding->type)
    return success();
  return warnings.warn(WarningClass::ElementType, checkpoint.location(*embedding),
                       "the weights have element type " + elementTypeName(embedding->type) +
                           " and config.json names " + elementTypeName(*named) +
                           "; the weights' type is used, correct 'dtype' there");
}

FailureOr<DecoderTensors> TensorMatcher::match(const WarningOptions &warnings) {
  findPrefix();
  countLayers();
  for (const TensorPattern &pattern : table)
    matchPattern(pattern);
  findLeftOvers();
  if (faults > maxReports)
    emitError(firstFile()) << "and " << faults - maxReports
                           << " more tensors that do not fit; fetch the whole model again";
  if (faults || failed(tieHead(warnings)) || failed(checkElementType(warnings)))
    return failure();
  return std::move(result);
}

FailureOr<DecoderTensors> matchTensors(MLIRContext *context, const Checkpoint &checkpoint,
                                       ArrayRef<TensorPattern> table, DecoderConfig &decoder,
                                       llvm::function_ref<bool(StringRef)> isRefused,
                                       const WarningOptions &warnings) {
  return TensorMatcher(context, checkpoint, table, decoder, isRefused).match(warnings);
}

} // namespace tenon::hf
