//===- DecoderConfig.cpp - A decoder-only transformer, in numbers ---------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "importers/HuggingFace/DecoderConfig.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>

using namespace llvm;

namespace tenon::hf {

// Each bound is some ten times what the largest released model has; beyond it,
// the file is damaged or hostile, and sizes derived from it would overflow.
static constexpr IntegerRange vocabRange = {1, 1 << 23};
static constexpr IntegerRange hiddenRange = {1, 1 << 18};
static constexpr IntegerRange intermediateRange = {1, 1 << 20};
static constexpr IntegerRange layersRange = {1, 4096};
static constexpr IntegerRange headsRange = {1, 4096};
static constexpr IntegerRange headDimRange = {2, 8192};
/// Positions are 32-bit numbers at run time.
static constexpr IntegerRange positionsRange = {1, std::numeric_limits<int32_t>::max()};
static constexpr RealRange epsilonRange = {0, 1};
/// Below 1 the frequencies would rise from component to component.
static constexpr RealRange thetaRange = {1, 1e15, /*closed=*/true};
/// All of these are about 1 or above; what is far below would make frequencies
/// that no f32 holds.
static constexpr RealRange factorRange = {1e-3, 1e6, /*closed=*/true};

static constexpr NamedValue<Activation> activations[] = {
    {"silu", Activation::Silu},
    {"swish", Activation::Silu},
    {"gelu", Activation::Gelu},
    {"gelu_new", Activation::GeluTanh},
    {"gelu_fast", Activation::GeluTanh},
    {"gelu_pytorch_tanh", Activation::GeluTanh},
    {"quick_gelu", Activation::QuickGelu},
    {"relu", Activation::Relu},
    {"relu2", Activation::Relu2},
};

static constexpr NamedValue<RopeKind> ropeKinds[] = {
    {"default", RopeKind::Default}, {"linear", RopeKind::Linear},     {"llama3", RopeKind::Llama3},
    {"yarn", RopeKind::Yarn},       {"longrope", RopeKind::LongRope}, {"su", RopeKind::LongRope},
    {"mrope", RopeKind::Default},   {"dynamic", RopeKind::Dynamic},
};

/// The keys that only some kinds of rotary embedding read.
static constexpr StringLiteral ropeKeys[] = {
    "factor",    "low_freq_factor", "high_freq_factor", "original_max_position_embeddings",
    "beta_fast", "beta_slow",       "truncate",         "attention_factor",
    "mscale",    "mscale_all_dim",  "short_factor",     "long_factor",
};

static constexpr NamedValue<ElementType> weightTypes[] = {
    {"float32", ElementType::F32},
    {"float16", ElementType::F16},
    {"bfloat16", ElementType::BF16},
};

static constexpr NamedValue<bool> layerTypes[] = {
    {"full_attention", false},
    {"sliding_attention", true},
};

ArrayRef<StringLiteral> harmlessConfigKeys() {
  static constexpr StringLiteral keys[] = {
      // Who wrote the file, with what.
      "_name_or_path",
      "transformers_version",
      "_commit_hash",
      "auto_map",
      "tokenizer_class",
      "unsloth_version",
      "unsloth_fixed",
      // How transformers runs it.
      "use_cache",
      "_attn_implementation",
      "_attn_implementation_autoset",
      "attn_implementation",
      "pretraining_tp",
      "output_attentions",
      "output_hidden_states",
      "return_dict",
      "return_dict_in_generate",
      "torchscript",
      "chunk_size_feed_forward",
      "is_decoder",
      "is_encoder_decoder",
      "add_cross_attention",
      "cross_attention_hidden_size",
      "use_bfloat16",
      "pruned_heads",
      // Training.
      "initializer_range",
      "attention_dropout",
      "hidden_dropout",
      "resid_pdrop",
      "embd_pdrop",
      "attn_pdrop",
      "problem_type",
      "id2label",
      "label2id",
      // Positions of images: for text the three axes are one.
      "use_mrope",
      // Tokens: GenerationConfig reads them.
      "bos_token_id",
      "eos_token_id",
      "pad_token_id",
      "sep_token_id",
      "unk_token_id",
      "decoder_start_token_id",
  };
  return keys;
}

/// The element type that the file names, if it names one.
static std::optional<ElementType> readElementType(const ConfigObject &config) {
  StringRef key = config.has("dtype") ? "dtype" : "torch_dtype";
  config.ignore("torch_dtype");
  std::optional<StringRef> name = config.string(key);
  if (!name || *name == "auto")
    return std::nullopt;
  StringRef plain = *name;
  plain.consume_front("torch.");
  for (const auto &candidate : weightTypes)
    if (candidate.name == plain)
      return candidate.value;
  config.problem(key, ConfigObject::notSupported(plain, map_to_vector(weightTypes, [](auto &type) {
                                                   return StringRef(type.name);
                                                 })));
  return std::nullopt;
}

static void refuseQuantization(const ConfigObject &config) {
  for (StringRef key : {"quantization_config", "compression_config", "quantization"}) {
    std::optional<ConfigObject> quantization = config.object(key);
    if (!quantization)
      continue;
    const JsonValue *method = quantization->find("quant_method");
    bool named = method && method->is(JsonValue::Kind::String);
    config.problem(key, "says that the checkpoint is quantized" +
                            (named ? " with method " + quoted(method->text) : std::string()) +
                            ", which is not supported; use the unquantized checkpoint");
    // Its keys belong to a reader that is not there; one message is enough.
    for (const JsonMember &member : config.find(key)->members)
      quantization->ignore(member.name);
  }
}

/// The fields that the sizes of heads follow from.
static constexpr StringRef sizeOfHeads[] = {"hidden_size", "num_attention_heads",
                                            "num_key_value_heads", "head_dim"};

static bool anyRefused(const ConfigObject &config, ArrayRef<StringRef> keys) {
  return any_of(keys, [&](StringRef key) { return config.refused(key); });
}

/// Checks between fields, each of which is sensible alone.
static void checkHeads(const ConfigObject &config, bool derived, const DecoderConfig &decoder) {
  if (decoder.kvHeads > decoder.heads || decoder.heads % decoder.kvHeads != 0)
    config.problem("num_key_value_heads", "is " + Twine(decoder.kvHeads) +
                                              ", which does not divide 'num_attention_heads', " +
                                              Twine(decoder.heads) + "; correct one of them");
  if (derived && decoder.headDim * decoder.heads != decoder.hidden)
    config.problem("hidden_size", "is " + Twine(decoder.hidden) +
                                      ", which 'num_attention_heads', " + Twine(decoder.heads) +
                                      ", does not divide, and 'head_dim' is not given; give it");
  else if (decoder.headDim % 2 != 0)
    config.problem(derived ? "hidden_size" : "head_dim",
                   "makes heads of " + Twine(decoder.headDim) +
                       " components; rotary embedding needs an even number, correct it");
}

void readDecoder(const ConfigObject &config, const ConfigObject &outermost,
                 const DecoderDefaults &defaults, DecoderConfig &decoder) {
  decoder.vocab = config.integer("vocab_size", vocabRange, defaults.vocab);
  decoder.hidden = config.integer("hidden_size", hiddenRange, defaults.hidden);
  decoder.intermediate =
      config.integer("intermediate_size", intermediateRange, defaults.intermediate);
  decoder.layers = config.integer("num_hidden_layers", layersRange, defaults.layers);
  decoder.maxPositions =
      config.integer("max_position_embeddings", positionsRange, defaults.maxPositions);
  decoder.normEpsilon = config.real("rms_norm_eps", epsilonRange, defaults.normEpsilon);
  decoder.activation =
      config.choice<Activation>("hidden_act", activations).value_or(Activation::Silu);

  std::optional<int64_t> heads = config.integer("num_attention_heads", headsRange);
  std::optional<int64_t> kvHeads = config.integer("num_key_value_heads", headsRange);
  std::optional<int64_t> headDim = config.integer("head_dim", headDimRange);
  decoder.heads = heads.value_or(defaults.heads);
  // Unlike other keys, in transformers too, this one has a meaning when null.
  int64_t kvHeadsIfAbsent = config.isNull("num_key_value_heads")
                                ? decoder.heads
                                : defaults.kvHeads.value_or(decoder.heads);
  decoder.kvHeads = kvHeads.value_or(kvHeadsIfAbsent);
  decoder.headDim = headDim.value_or(defaults.headDim.value_or(decoder.hidden / decoder.heads));
  // A value that was refused alone needs no second message about how it fits.
  if (!anyRefused(config, sizeOfHeads))
    checkHeads(config, /*derived=*/!headDim && !defaults.headDim, decoder);

  // A file that wraps the language model may keep these outside of it.
  const ConfigObject &tying = config.has("tie_word_embeddings") ? config : outermost;
  decoder.tiedHead = tying.boolean("tie_word_embeddings", defaults.tiedHead);
  bool typed = config.has("dtype") || config.has("torch_dtype");
  decoder.elementType = readElementType(typed ? config : outermost);
  refuseQuantization(outermost);
}

namespace {

/// Reads the parameters of one scaling rule.
class RopeReader {
public:
  RopeReader(const ConfigObject &config, const ConfigObject &rope, DecoderConfig &decoder)
      : config(config), rope(rope), decoder(decoder), result(decoder.rope) {}

  void read();

private:
  void readOriginalPositions();
  void readLlama3();
  void readYarn();
  void readLongRope();
  double requiredFactor(StringRef key, double otherwise);

  const ConfigObject &config;
  const ConfigObject &rope;
  DecoderConfig &decoder;
  RopeConfig &result;
};

double RopeReader::requiredFactor(StringRef key, double otherwise) {
  if (!rope.has(key))
    rope.problem(key, "is missing; this kind of rotary embedding needs it, set it");
  return rope.real(key, factorRange, otherwise);
}

void RopeReader::readOriginalPositions() {
  // Phi-3's place for it; transformers lets it win over the inner one.
  std::optional<int64_t> outer = config.integer("original_max_position_embeddings", positionsRange);
  std::optional<int64_t> inner = rope.integer("original_max_position_embeddings", positionsRange);
  result.originalMaxPositions = outer.value_or(inner.value_or(decoder.maxPositions));
}

void RopeReader::readLlama3() {
  result.factor = requiredFactor("factor", 1);
  result.lowFreqFactor = requiredFactor("low_freq_factor", 1);
  result.highFreqFactor = requiredFactor("high_freq_factor", 4);
  readOriginalPositions();
  if (!anyRefused(rope, {"low_freq_factor", "high_freq_factor"}) &&
      result.lowFreqFactor >= result.highFreqFactor)
    rope.problem("high_freq_factor", "must be greater than 'low_freq_factor'; correct one of them");
}

void RopeReader::readYarn() {
  readOriginalPositions();
  double ratio = static_cast<double>(decoder.maxPositions) / result.originalMaxPositions;
  result.factor = rope.real("factor", factorRange, ratio);
  result.betaFast = rope.real("beta_fast", factorRange, 32);
  result.betaSlow = rope.real("beta_slow", factorRange, 1);
  result.truncate = rope.boolean("truncate", true);
  if (result.theta <= 1)
    rope.problem("rope_theta", "must be above 1 for 'yarn'; correct it");
  // Zero stands for "not used" in both.
  RealRange scaleRange = {0, 1e6, /*closed=*/true};
  double scale = rope.real("mscale", scaleRange, 0);
  double scaleAllDim = rope.real("mscale_all_dim", scaleRange, 0);
  auto magnitude = [&](double factor) {
    return result.factor <= 1 ? 1.0 : 0.1 * factor * std::log(result.factor) + 1;
  };
  bool both = scale != 0 && scaleAllDim != 0;
  double inferred = both ? magnitude(scale) / magnitude(scaleAllDim) : magnitude(1);
  result.attentionFactor = rope.real("attention_factor", factorRange, inferred);
}

void RopeReader::readLongRope() {
  readOriginalPositions();
  auto expected = static_cast<size_t>(decoder.headDim / 2);
  bool sound = !anyRefused(config, sizeOfHeads);
  for (auto [key, list] : {std::pair("short_factor", &result.shortFactor),
                           std::pair("long_factor", &result.longFactor)}) {
    *list = rope.reals(key, factorRange);
    if (sound && !rope.refused(key) && list->size() != expected)
      rope.problem(key, "has " + Twine(list->size()) + " values; expected " + Twine(expected) +
                            ", half of 'head_dim'; correct one of them");
  }
  double ratio = static_cast<double>(decoder.maxPositions) / result.originalMaxPositions;
  double scale = rope.real("factor", factorRange, ratio);
  double inferred = 1;
  if (scale > 1 && result.originalMaxPositions > 1)
    inferred = std::sqrt(1 + std::log(scale) / std::log(result.originalMaxPositions));
  result.attentionFactor = rope.real("attention_factor", factorRange, inferred);
}

void RopeReader::read() {
  switch (result.kind) {
  case RopeKind::Default:
    // The three axes of 'mrope' are one for text.
    rope.ignore("mrope_section");
    break;
  case RopeKind::Linear:
    result.factor = requiredFactor("factor", 1);
    break;
  case RopeKind::Dynamic:
    result.factor = requiredFactor("factor", 1);
    if (rope.has("alpha"))
      rope.problem("alpha", "selects a rule of Hunyuan models, which this family does not have; "
                            "correct 'model_type', or remove it");
    break;
  case RopeKind::Llama3:
    readLlama3();
    break;
  case RopeKind::Yarn:
    readYarn();
    break;
  case RopeKind::LongRope:
    readLongRope();
    break;
  }
}

} // namespace

/// True when both are the same; numbers are the same however they are written.
static bool sameValue(const JsonValue &left, const JsonValue &right) {
  if (left.isNumber() && right.isNumber())
    return left.real == right.real;
  auto sameElement = [](const auto &pair) {
    return sameValue(std::get<0>(pair), std::get<1>(pair));
  };
  return left.kind == right.kind && left.text == right.text && left.boolean == right.boolean &&
         left.elements.size() == right.elements.size() && left.members.empty() &&
         right.members.empty() && all_of(zip(left.elements, right.elements), sameElement);
}

void readForeignDecoder(const ConfigObject &config, const ConfigObject &outermost) {
  config.choice<Activation>("hidden_act", activations);
  bool typed = config.has("dtype") || config.has("torch_dtype");
  readElementType(typed ? config : outermost);
  refuseQuantization(outermost);
  for (StringRef key : {"rope_scaling", "rope_parameters"})
    if (std::optional<ConfigObject> rope = config.object(key))
      rope->choice<RopeKind>(rope->has("rope_type") ? "rope_type" : "type", ropeKinds);
}

/// Refuses a file whose two spellings of the rotary embedding, the values of
/// `rope_scaling` and `rope_parameters`, do not say the same. \returns true when
/// they do.
static bool checkSpellings(const ConfigObject &config, const JsonValue &scaling,
                           const JsonValue &parameters) {
  auto valueOf = [&](const JsonValue &object, StringRef key) {
    const JsonValue *found = object.find(key);
    if (!found && key == "rope_type")
      found = object.find("type");
    return !found && key == "rope_theta" ? config.find(key) : found;
  };
  for (const JsonValue *object : {&scaling, &parameters})
    for (const JsonMember &member : object->members) {
      StringRef key = member.name == "type" ? "rope_type" : StringRef(member.name);
      const JsonValue *old = valueOf(scaling, key), *now = valueOf(parameters, key);
      if (old && now && sameValue(*old, *now))
        continue;
      config.problem("rope_parameters", "and 'rope_scaling' disagree about " + quoted(key) +
                                            "; remove the one that is wrong");
      return false;
    }
  return true;
}

void readRope(const ConfigObject &config, DecoderConfig &decoder) {
  double theta = config.real("rope_theta", thetaRange, 10000);
  config.withoutEffect("original_max_position_embeddings",
                       "has no effect with the rope_type of this file; remove it");
  // Files with both spellings exist; transformers takes the older one then.
  std::optional<ConfigObject> scaling = config.object("rope_scaling");
  std::optional<ConfigObject> parameters = config.object("rope_parameters");
  if (scaling && config.find("rope_scaling")->members.empty())
    scaling.reset();
  if (scaling && parameters) {
    const JsonValue *older = config.find("rope_scaling"), *newer = config.find("rope_parameters");
    for (const JsonMember &member : newer->members)
      parameters->ignore(member.name);
    if (!checkSpellings(config, *older, *newer)) { // what the wrong one lacks is no news
      for (const JsonMember &member : older->members)
        scaling->ignore(member.name);
      return;
    }
  }
  const ConfigObject &rope = scaling ? *scaling : parameters ? *parameters : config;
  decoder.rope.theta = theta;
  for (StringRef key : {"full_attention", "sliding_attention"})
    if ((scaling || parameters) && rope.has(key)) {
      rope.problem(key, "gives layers a rotary embedding of their own, which this family does not "
                        "have; give all layers one");
      return;
    }
  if (config.real("partial_rotary_factor", {0, 1}, 1) != 1)
    config.problem("partial_rotary_factor",
                   "is not 1; this family rotates whole heads, remove it if the model does");
  if (!scaling && !parameters)
    return;
  decoder.rope.theta = rope.real("rope_theta", thetaRange, theta);
  if (rope.real("partial_rotary_factor", {0, 1}, 1) != 1)
    rope.problem("partial_rotary_factor",
                 "is not 1; this family rotates whole heads, remove it if the model does");
  StringRef key = rope.has("rope_type") ? "rope_type" : "type";
  rope.ignore("type");
  decoder.rope.kind = rope.choice<RopeKind>(key, ropeKinds).value_or(RopeKind::Default);
  if (rope.refused(key)) { // the parameters of a kind that was refused are no news
    for (const JsonMember &member :
         config.find(scaling ? "rope_scaling" : "rope_parameters")->members)
      rope.ignore(member.name);
    return;
  }
  RopeReader(config, rope, decoder).read();
  std::string name = rope.has(key) ? rope.find(key)->text : "default";
  for (StringRef other : ropeKeys)
    rope.withoutEffect(other,
                       "has no effect with rope_type " + quoted(name) + "; correct one of them");
}

std::optional<int64_t> readWindow(const ConfigObject &config, std::optional<int64_t> otherwise) {
  std::optional<int64_t> window = config.integer("sliding_window", positionsRange);
  return window || config.isNull("sliding_window") ? window : otherwise;
}

void readOptionalWindow(const ConfigObject &config, DecoderConfig &decoder) {
  std::optional<int64_t> window = readWindow(config, /*otherwise=*/4096);
  int64_t first = config.integer("max_window_layers", {0, layersRange.greatest}, 28);
  if (!config.boolean("use_sliding_window", false))
    window = std::nullopt;
  readLayerTypes(config, window, first, decoder);
}

void readLayerTypes(const ConfigObject &config, std::optional<int64_t> window,
                    int64_t firstWindowed, DecoderConfig &decoder) {
  decoder.slidingWindow.assign(decoder.layers, 0);
  std::vector<StringRef> types = config.strings("layer_types");
  if (types.empty()) {
    for (int64_t layer = firstWindowed; window && layer < decoder.layers; ++layer)
      decoder.slidingWindow[layer] = *window;
    return;
  }
  if (config.refused("num_hidden_layers"))
    return;
  if (static_cast<int64_t>(types.size()) != decoder.layers) {
    config.problem("layer_types", "names " + Twine(types.size()) +
                                      " layers; 'num_hidden_layers' is " + Twine(decoder.layers) +
                                      ", correct one of them");
    return;
  }
  for (auto [layer, type] : enumerate(types)) {
    auto *found = find_if(layerTypes, [&](auto &candidate) { return candidate.name == type; });
    if (found == std::end(layerTypes)) {
      config.problem("layer_types",
                     ConfigObject::notSupported(type, {layerTypes[0].name, layerTypes[1].name}));
      return;
    }
    if (found->value && anyRefused(config, {"sliding_window", "use_sliding_window"}))
      return;
    if (found->value && !window) {
      config.problem("layer_types", "has layers of 'sliding_attention', but no window is set; set "
                                    "'sliding_window'");
      return;
    }
    decoder.slidingWindow[layer] = found->value ? *window : 0;
  }
}

} // namespace tenon::hf
