//===- ModelInfo.h - Numbers of the model that the runtime needs ----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The runtime knows no model: it knows these numbers. The compiler writes the
// struct as the `Model` section of the payload, the runtime reads it in place.
// Little-endian, fixed width, no padding.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_MODELINFO_H
#define TENON_RUNTIME_MODELINFO_H

#include <cstdint>

namespace tenon::rt {

/// At most this many token ids end a reply.
inline constexpr int maxStopTokens = 16;

/// At most in so many axes a row has a position.
inline constexpr int maxPositionAxes = 16;

/// How replies are sampled where the command line says nothing, and where they
/// begin and end: what generation_config.json says, filled by the importer.
struct GenerationDefaults {
  int64_t sample = 0; ///< 0: greedy
  double temperature = 1;
  double topP = 1;
  double minP = 0;
  double repetitionPenalty = 1;
  int64_t topK = 50;     ///< 0: off
  int64_t bosToken = -1; ///< -1: none
  int64_t stopTokenCount = 0;
  int64_t stopTokens[maxStopTokens] = {};
};

/// What the runtime must know of a model besides its code: the section Model of
/// the payload, as it lies in the file.
struct ModelInfo {
  int64_t vocabulary;        ///< columns of the logits
  int64_t sampledVocabulary; ///< ids the tokenizer knows; larger ones are never sampled
  int64_t maxContext;        ///< positions the model was made for
  int64_t positionAxes;      ///< in how many axes a row has a position
  int64_t tokenCount;        ///< ids that a row may have; 0: every row is given
  int64_t embeddingColumns;  ///< of a row that is given; 0: rows are tokens
  int64_t pagePositions;     ///< positions in a page of state
  int64_t pageBytes;         ///< bytes of a page: pagePositions of all paged states
  int64_t slotBytes;         ///< bytes of a slot: all states of fixed size of a sequence
  int64_t weightCount;       ///< entries of the weight table
  int64_t parameterCount;    ///< parameters of the checkpoint, for `info`
  GenerationDefaults generation;
};

static_assert(sizeof(ModelInfo) == 8 * (19 + maxStopTokens));

} // namespace tenon::rt

#endif // TENON_RUNTIME_MODELINFO_H
