//===- DecoderConfig.h - A decoder-only transformer, in numbers -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the families of Families/ turn config.json into, and the readers of the
// parts that families share. A family's file is a list of such parts: a part
// that only one family has belongs into that family's file.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_HUGGINGFACE_DECODERCONFIG_H
#define TENON_IMPORTERS_HUGGINGFACE_DECODERCONFIG_H

#include "dialects/Transformer/TransformerDialect.h"
#include "importers/HuggingFace/Config.h"
#include "importers/HuggingFace/Safetensors.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace tenon::hf {

using transformer::Activation;

/// Dynamic is Default up to max_position_embeddings, where every context ends.
enum class RopeKind { Default, Linear, Dynamic, Llama3, Yarn, LongRope };

/// Rotary embedding of halves (x_k, x_{k + headDim/2}). The frequencies are
/// theta^(-2k/headDim), changed by `kind`; cosine and sine are multiplied by
/// `attentionFactor`.
struct RopeConfig {
  RopeKind kind = RopeKind::Default;
  double theta = 10000;
  double factor = 1;                ///< all but Default and LongRope; unused with Dynamic
  double lowFreqFactor = 1;         ///< Llama3
  double highFreqFactor = 4;        ///< Llama3
  int64_t originalMaxPositions = 0; ///< Llama3, Yarn, LongRope
  double betaFast = 32;             ///< Yarn
  double betaSlow = 1;              ///< Yarn
  bool truncate = true;             ///< Yarn
  std::vector<double> shortFactor;  ///< LongRope, [headDim / 2]
  std::vector<double> longFactor;   ///< LongRope, [headDim / 2]
  double attentionFactor = 1;       ///< Yarn, LongRope; 1 elsewhere
};

/// The numbers and choices that a decoder-only transformer is built from, after
/// readDecoder and its like have checked that they fit together.
struct DecoderConfig {
  int64_t hidden = 0;
  int64_t layers = 0;
  int64_t heads = 0;
  int64_t kvHeads = 0; ///< divides heads; query head h reads h / (heads / kvHeads)
  int64_t headDim = 0; ///< even; heads * headDim need not be hidden
  int64_t intermediate = 0;
  int64_t vocab = 0;
  int64_t maxPositions = 0; ///< the context that the model was made for
  double normEpsilon = 0;
  Activation activation = Activation::Silu;
  RopeConfig rope;
  /// Per layer, the number of keys a query sees, itself among them; 0: all.
  std::vector<int64_t> slidingWindow;
  bool tiedHead = false; ///< the head uses the embedding's weight
  bool queryBias = false, keyBias = false, valueBias = false, outputBias = false;
  bool mlpBias = false; ///< of gate, up and down
  bool qkNorm = false;  ///< per-head RMS norm of q and k, before rope
  /// Of the checkpoint's weights; config.json names it, matchTensors() sets it
  /// to what the files hold.
  std::optional<ElementType> elementType;

  int64_t queryRows() const { return heads * headDim; }
  int64_t kvRows() const { return kvHeads * headDim; }
};

/// The defaults of a family's class, for what its file does not say.
struct DecoderDefaults {
  int64_t vocab = 32000;
  int64_t hidden = 4096;
  int64_t intermediate = 11008;
  int64_t layers = 32;
  int64_t heads = 32;
  std::optional<int64_t> kvHeads; ///< none: as many as heads, as where the key is null
  std::optional<int64_t> headDim; ///< none: hidden / heads
  int64_t maxPositions = 2048;
  double normEpsilon = 1e-6;
  bool tiedHead = false; ///< without `tie_word_embeddings`
};

/// Reads sizes, activation, norm, element type and tying, and checks that they
/// fit together; refuses quantized checkpoints.
void readDecoder(const ConfigObject &config, const ConfigObject &outermost,
                 const DecoderDefaults &defaults, DecoderConfig &decoder);

/// Checks what means the same in all families, for a model of none of them: the
/// kind of rotary embedding, the activation, the element type, and that the
/// checkpoint is not quantized.
void readForeignDecoder(const ConfigObject &config, const ConfigObject &outermost);

/// Reads the rotary embedding in either spelling: `rope_theta` with
/// `rope_scaling`, or `rope_parameters`. After readDecoder.
void readRope(const ConfigObject &config, DecoderConfig &decoder);

/// Sets the window of every layer: by `layer_types` where the file has it, else
/// layers from `firstWindowed` on have the window. After readDecoder.
/// \param window the window of the windowed layers, or none.
void readLayerTypes(const ConfigObject &config, std::optional<int64_t> window,
                    int64_t firstWindowed, DecoderConfig &decoder);

/// The window size under `key`; none when it is null or, without `otherwise`,
/// absent.
std::optional<int64_t> readWindow(const ConfigObject &config, std::optional<int64_t> otherwise);

/// The window rule of Qwen: `sliding_window`, 4096 by default, counts only with
/// `use_sliding_window`, on the layers from `max_window_layers`, 28, on.
void readOptionalWindow(const ConfigObject &config, DecoderConfig &decoder);

/// Keys of config.json that change nothing Tenon does.
llvm::ArrayRef<llvm::StringLiteral> harmlessConfigKeys();

} // namespace tenon::hf

#endif // TENON_IMPORTERS_HUGGINGFACE_DECODERCONFIG_H
