//===- TextDecoder.h - Runs the decoders of a tokenizer -------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZER_TEXTDECODER_H
#define TENON_RUNTIME_TOKENIZER_TEXTDECODER_H

#include "StepText.h"
#include "TokenizerFormat.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::rt {

/// The steps of a decoder and the texts that they name.
struct DecoderTables {
  std::span<const DecoderStep> steps;
  StepText text;

  /// Whether every step is of a known kind, with texts that it can work with.
  bool isSound() const;
};

/// A step at work on a stream of strings. A string comes in parts of whole
/// characters; what a step knows for certain it hands on at once.
class DecoderStage {
public:
  explicit DecoderStage(DecoderStage *next) : next(next) {}
  DecoderStage(const DecoderStage &) = delete;
  DecoderStage &operator=(const DecoderStage &) = delete;
  virtual ~DecoderStage();

  /// Takes more of the string at hand.
  virtual void part(std::string_view text) = 0;
  /// Takes the end of the string at hand.
  virtual void end() = 0;
  /// Takes the end of the stream.
  virtual void finish() { next->finish(); }

protected:
  DecoderStage *next; ///< null for the last one, which calls none
};

/// Turns the texts of tokens into text as they come. It never gives half a
/// character when the texts of tokens, or what a Bytes step makes of them, are
/// UTF-8.
class TextDecoder {
public:
  /// `tables` must be sound and outlive it.
  explicit TextDecoder(const DecoderTables &tables);

  /// Appends to `out` what is certain once a token of this text has come.
  void push(std::string_view token, std::string &out);
  /// Appends the rest.
  void finish(std::string &out);

private:
  /// Behind the last step.
  struct Sink final : DecoderStage {
    Sink() : DecoderStage(nullptr) {}
    void part(std::string_view text) override { out->append(text); }
    void end() override {}
    void finish() override {}
    std::string *out = nullptr;
  };
  Sink sink;
  std::vector<std::unique_ptr<DecoderStage>> stages; ///< the last step first
  DecoderStage *first;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_TOKENIZER_TEXTDECODER_H
