//===- GenerationConfig.cpp - How a checkpoint wants to be sampled --------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/GenerationConfig.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <limits>

using namespace llvm;
using namespace mlir;

namespace tenon::hf {

/// Ids are 32-bit numbers at run time; -1 stands for none in old files.
static constexpr IntegerRange tokenRange = {-1, std::numeric_limits<int32_t>::max()};

/// Keys that do not change which token is taken: lengths are the user's to
/// choose, the rest is how transformers runs.
static constexpr StringLiteral ignorableKeys[] = {
    "_from_model_config", "transformers_version", "pad_token_id",         "use_cache",
    "max_length",         "max_new_tokens",       "cache_implementation", "chat_format",
    "output_attentions",  "output_hidden_states", "output_scores",        "return_dict_in_generate",
    "trust_remote_code",
};

static void readSampling(const ConfigObject &object, rt::GenerationDefaults &generation) {
  generation.sample = object.boolean("do_sample", generation.sample);
  generation.topK =
      object.integer("top_k", {0, std::numeric_limits<int32_t>::max()}, generation.topK);
  generation.topP = object.real("top_p", {0, 1}, generation.topP);
  generation.minP = object.real("min_p", {0, 1, /*closed=*/true}, generation.minP);
  generation.temperature =
      object.real("temperature", {0, 100, /*closed=*/true}, generation.temperature);
  generation.repetitionPenalty =
      object.real("repetition_penalty", {0, 100}, generation.repetitionPenalty);
  // What the limit of ever smaller temperatures does.
  if (generation.temperature == 0) {
    generation.sample = false;
    generation.temperature = 1;
  }
}

/// The ids under `key`, which holds one or a list of them.
static std::vector<int64_t> readTokens(const ConfigObject &object, StringRef key) {
  std::vector<int64_t> ids;
  const JsonValue *value = object.find(key);
  if (!value)
    return ids;
  if (!value->is(JsonValue::Kind::Array)) {
    if (std::optional<int64_t> id = object.integer(key, tokenRange))
      ids.push_back(*id);
  }
  for (const JsonValue &element : value->elements) {
    bool whole = element.is(JsonValue::Kind::Integer) && !element.negative &&
                 element.magnitude <= static_cast<uint64_t>(tokenRange.greatest);
    if (!whole) {
      object.problem(key, "holds a value that is no token id; expected integers from 0 to " +
                              Twine(tokenRange.greatest));
      return {};
    }
    ids.push_back(static_cast<int64_t>(element.magnitude));
  }
  llvm::erase(ids, -1);
  return ids;
}

namespace {

/// Takes the ids of one file over, as far as the model can make them.
class TokenReader {
public:
  TokenReader(int64_t vocab, const WarningOptions &warnings) : vocab(vocab), warnings(warnings) {}

  void read(const ConfigObject &object, rt::GenerationDefaults &generation) {
    std::vector<int64_t> begin = usable(object, "bos_token_id");
    if (!begin.empty() && generation.bosToken < 0)
      generation.bosToken = begin.front();
    std::vector<int64_t> stop = usable(object, "eos_token_id");
    if (stop.size() > rt::maxStopTokens)
      object.problem("eos_token_id", "lists " + Twine(stop.size()) + " tokens; at most " +
                                         Twine(rt::maxStopTokens) +
                                         " are supported, remove those that matter least");
    else if (generation.stopTokenCount == 0)
      generation.stopTokenCount =
          std::copy(stop.begin(), stop.end(), generation.stopTokens) - generation.stopTokens;
  }
  bool ok = true;

private:
  std::vector<int64_t> usable(const ConfigObject &object, StringRef key) {
    std::vector<int64_t> ids;
    for (int64_t id : readTokens(object, key)) {
      if (id < vocab) {
        if (!is_contained(ids, id))
          ids.push_back(id);
        continue;
      }
      ok &= succeeded(warnings.warn(WarningClass::TokenOutOfRange, object.location(key),
                                    "'" + key + "' names token " + Twine(id) +
                                        ", which a vocabulary of " + Twine(vocab) +
                                        " does not have; it is ignored, correct it"));
    }
    return ids;
  }

  int64_t vocab;
  const WarningOptions &warnings;
};

} // namespace

FailureOr<rt::GenerationDefaults> readGenerationConfig(MLIRContext *context, StringRef folder,
                                                       Config &config, int64_t vocab,
                                                       const WarningOptions &warnings) {
  rt::GenerationDefaults generation;
  TokenReader tokens(vocab, warnings);
  SmallString<256> path(folder);
  sys::path::append(path, "generation_config.json");
  bool read = true;
  if (sys::fs::exists(path)) {
    FailureOr<Config> file = Config::open(context, folder, "generation_config.json");
    if (failed(file))
      return failure();
    readSampling(file->root(), generation);
    tokens.read(file->root(), generation);
    read = succeeded(file->finish(warnings, ignorableKeys));
  }
  if (config.isWrapped())
    tokens.read(config.language(), generation);
  tokens.read(config.root(), generation);
  if (failed(config.tellProblems()) || !read || !tokens.ok)
    return failure();
  return generation;
}

} // namespace tenon::hf
