#!/usr/bin/env python3
#===- make_model_goldens.py - Tiny checkpoints with known logits -----------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Makes the folders of test/models: tiny random checkpoints and their goldens.

  make_model_goldens.py [--out test/models] [--mutations | --embeddings] [NAME ...]

Needs torch, transformers, tokenizers, safetensors and numpy; the tests need
none of them, because what this writes is committed. Every run writes the same
bytes (same versions of these packages, one thread).

A golden is worth its bytes only if a wrong program misses it. So the weights
are drawn such that norms, biases, positions and attention matter, and
`mutations` changes each field of the configuration alone and measures how far
the logits move; a field that moves them by less than 10 x the tolerance of the
tests stops the script. `--mutations` measures these changes anew, and `--embeddings`
makes the logits of rows that are given, and leaves all else as it is.
"""
import argparse
import copy
import glob
import json
import os
import shutil

import numpy
import safetensors.torch
import tokenizers
import torch
import transformers

TOLERANCE = 1e-4        # of the largest |logit|: what the tests allow
MUTATION_FACTOR = 10    # a mutation must miss the golden by this many tolerances
GREEDY_TOKENS = 64
MIN_GREEDY_GAP = 1e-3   # of the largest |logit|, between the first and the second token
PROMPT_LENGTHS = (5, 48)  # the second is longer than every window and original context
VERSIONS = f"torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}"

ODD = dict(hidden_size=72, num_attention_heads=6, num_key_value_heads=2, head_dim=20,
           intermediate_size=100, vocab_size=259, num_hidden_layers=2)
EVEN = dict(hidden_size=48, num_attention_heads=4, intermediate_size=64, vocab_size=259,
            num_hidden_layers=2)
COMMON = dict(max_position_embeddings=256, rms_norm_eps=0.01, hidden_act="silu",
              bos_token_id=256, eos_token_id=258, pad_token_id=256)
LLAMA3_ROPE = dict(rope_type="llama3", rope_theta=10000.0, factor=8.0, low_freq_factor=1.0,
                   high_freq_factor=4.0, original_max_position_embeddings=32)
REFUSED = "refused"
EMBEDDING_MODELS = ("llama2-tiny", "qwen3-tiny")


def mutate(path, value, file="config.json", expect="mismatch", **more):
    return dict(field=path, value=value, file=file, expect=expect, **more)


def refuse(path, value, *options):
    """A change that no longer fits the tensors or another field: the importer
    must say so, with `options` as an error."""
    return mutate(path, value, expect=REFUSED, **(dict(options=list(options)) if options else {}))


def keep(path, value, reason, file="config.json"):
    """A change that must not count here, unlike elsewhere."""
    return mutate(path, value, file, "equal", reason=reason)


def mutate_v4(path, value):
    return mutate(path, value, "config.v4.json")


# One token less than the longer prompt: the context of the file ends before it.
TOO_SHORT = mutate("max_position_embeddings", max(PROMPT_LENGTHS) - 1, expect="too long")
ALWAYS = [mutate("rms_norm_eps", 1e-6), mutate("hidden_act", "gelu"),
          mutate("rope_parameters.rope_theta", 20000.0), mutate_v4("rope_theta", 20000.0),
          refuse("hidden_size", 96), refuse("num_hidden_layers", 1),
          refuse("num_hidden_layers", 4),
          refuse("intermediate_size", 99), refuse("vocab_size", 258), TOO_SHORT,
          refuse("architectures", ["MadeUpForCausalLM"], "-Werror=model-type")]
PLAIN_ROPE = [refuse("rope_parameters.rope_type", "linear"),
              mutate_v4("rope_scaling", dict(rope_type="linear", factor=2.0))]
GROUPED = [refuse("num_key_value_heads", 3), refuse("head_dim", 10),
           refuse("num_attention_heads", 4)]
TIED = [refuse("tie_word_embeddings", False, "-Werror=head-absent")]
UNTIED = [refuse("tie_word_embeddings", True, "-Werror=head-differs")]
NO_WINDOW = "use_sliding_window is false"
LISTED = "layer_types says which layers have the window"
WITHOUT_WINDOW = [refuse("layer_types", ["sliding_attention"] * 2),
                  keep("use_sliding_window", True, "the layers are listed, and none has a window"),
                  keep("sliding_window", 9, NO_WINDOW), keep("max_window_layers", 0, NO_WINDOW)]

MODELS = {
    "llama2-tiny": dict(
        config=dict(architectures=["LlamaForCausalLM"], model_type="llama", **EVEN, **COMMON,
                    rope_parameters=dict(rope_type="default", rope_theta=10000.0)),
        dtype="float32", seed=1, drop=["num_key_value_heads", "head_dim"],
        mutations=UNTIED + PLAIN_ROPE + [
                   mutate("num_attention_heads", 2), refuse("model_type", "qwen3"),
                   refuse("head_dim", 6), refuse("num_key_value_heads", 2),
                   refuse("attention_bias", True), refuse("mlp_bias", True),
                   mutate("rope_parameters", dict(rope_type="linear", rope_theta=10000.0, factor=2.0))]),
    "llama3-tiny": dict(
        config=dict(architectures=["LlamaForCausalLM"], model_type="llama", **ODD, **COMMON,
                    tie_word_embeddings=True, rope_parameters=LLAMA3_ROPE),
        dtype="bfloat16", seed=2,
        mutations=GROUPED + TIED + [
            refuse("model_type", "qwen2"), refuse("attention_bias", True),
            refuse("mlp_bias", True),
            mutate("rope_parameters.factor", 4.0), mutate("rope_parameters.low_freq_factor", 0.5),
            mutate("rope_parameters.high_freq_factor", 8.0),
            mutate("rope_parameters.original_max_position_embeddings", 64),
            mutate("rope_parameters.rope_type", "default"),
            mutate("rope_parameters.rope_type", "linear"),
            mutate_v4("rope_scaling.factor", 4.0), mutate_v4("rope_scaling", None)]),
    "llama-bias-tiny": dict(
        config=dict(architectures=["LlamaForCausalLM"], model_type="llama",
                    **{**EVEN, "num_key_value_heads": 2}, **COMMON, attention_bias=True,
                    mlp_bias=True, tie_word_embeddings=True,
                    rope_parameters=dict(rope_type="linear", rope_theta=10000.0, factor=4.0)),
        dtype="float32", seed=3, drop=["head_dim"],
        mutations=TIED + [
            mutate("rope_parameters.factor", 2.0), mutate("rope_parameters.rope_type", "default"),
            refuse("attention_bias", False), refuse("mlp_bias", False),
            refuse("model_type", "mistral"), refuse("num_attention_heads", 2),
            refuse("num_key_value_heads", 4)]),
    "llama-dynamic-tiny": dict(
        # The context ends where the continuation of the longer prompt does: up
        # to there the frequencies are those of the default kind.
        config=dict(architectures=["LlamaForCausalLM"], model_type="llama", **EVEN,
                    **{**COMMON, "max_position_embeddings": max(PROMPT_LENGTHS) + GREEDY_TOKENS},
                    tie_word_embeddings=True,
                    rope_parameters=dict(rope_type="dynamic", rope_theta=10000.0, factor=3.0)),
        dtype="float32", seed=9, drop=["num_key_value_heads", "head_dim"],
        mutations=TIED + [
            refuse("model_type", "qwen3"), mutate("num_attention_heads", 2),
            refuse("attention_bias", True), refuse("mlp_bias", True),
            keep("rope_parameters.factor", 2.0, "it counts beyond max_position_embeddings only"),
            keep("rope_parameters.rope_type", "default", "up to max_position_embeddings it is the same"),
            mutate("rope_parameters.rope_type", "linear")]),
    "mistral-tiny": dict(
        config=dict(architectures=["MistralForCausalLM"], model_type="mistral", **ODD, **COMMON,
                    sliding_window=7, rope_parameters=dict(rope_type="default", rope_theta=10000.0)),
        dtype="float16", seed=4, shards=3,
        mutations=GROUPED + UNTIED + PLAIN_ROPE + [
            refuse("model_type", "qwen2"), mutate("sliding_window", 8),
            mutate("sliding_window", 6), mutate("sliding_window", None)]),
    "qwen2-tiny": dict(
        config=dict(architectures=["Qwen2ForCausalLM"], model_type="qwen2",
                    **{**EVEN, "num_key_value_heads": 2, "vocab_size": 272}, **COMMON,
                    use_sliding_window=False, sliding_window=9, max_window_layers=1,
                    rope_parameters=dict(rope_type="default", rope_theta=10000.0)),
        dtype="bfloat16", seed=5,
        mutations=UNTIED + PLAIN_ROPE + WITHOUT_WINDOW + [
            refuse("model_type", "llama"), refuse("num_attention_heads", 2),
            refuse("num_key_value_heads", 4), mutate_v4("use_sliding_window", True)]),
    "qwen2-yarn-tiny": dict(
        # The length that YaRN starts from is not given: it is the context.
        config=dict(architectures=["Qwen2ForCausalLM"], model_type="qwen2",
                    **{**EVEN, "num_key_value_heads": 2},
                    **{**COMMON, "max_position_embeddings": max(PROMPT_LENGTHS) + GREEDY_TOKENS},
                    tie_word_embeddings=True,
                    rope_parameters=dict(rope_type="yarn", rope_theta=100.0, factor=4.0)),
        dtype="float32", seed=10, drop=["rope_parameters.original_max_position_embeddings"],
        mutations=TIED + WITHOUT_WINDOW + [
            refuse("model_type", "llama"), refuse("num_attention_heads", 2),
            refuse("num_key_value_heads", 4), mutate("max_position_embeddings", 256),
            mutate("rope_parameters.factor", 2.0),
            mutate("rope_parameters.rope_type", "default")]),
    "qwen2-window-tiny": dict(
        config=dict(architectures=["Qwen2ForCausalLM"], model_type="qwen2",
                    **{**EVEN, "num_key_value_heads": 1, "num_hidden_layers": 3,
                       "intermediate_size": 40}, **COMMON,
                    use_sliding_window=True, sliding_window=9, max_window_layers=2,
                    tie_word_embeddings=True,
                    rope_parameters=dict(rope_type="default", rope_theta=10000.0)),
        dtype="float32", seed=6,
        mutations=TIED + PLAIN_ROPE + [
                   refuse("model_type", "mistral"), refuse("num_attention_heads", 2),
                   refuse("num_key_value_heads", 2), refuse("use_sliding_window", False),
                   keep("max_window_layers", 1, LISTED),
                   mutate("sliding_window", 10), mutate("sliding_window", 8),
                   mutate("layer_types", ["full_attention"] * 3),
                   mutate("layer_types", ["sliding_attention"] * 3),
                   mutate_v4("max_window_layers", 1), mutate_v4("max_window_layers", 3),
                   mutate_v4("use_sliding_window", False), mutate_v4("sliding_window", None)]),
    "qwen3-tiny": dict(
        config=dict(architectures=["Qwen3ForCausalLM"], model_type="qwen3", **ODD, **COMMON,
                    tie_word_embeddings=True,
                    rope_parameters=dict(rope_type="default", rope_theta=10000.0)),
        dtype="bfloat16", seed=7,
        mutations=GROUPED + TIED + PLAIN_ROPE + WITHOUT_WINDOW + [
            refuse("model_type", "llama"), refuse("attention_bias", True)]),
    "qwen3-yarn-tiny": dict(
        config=dict(architectures=["Qwen3ForCausalLM"], model_type="qwen3",
                    **{**EVEN, "num_key_value_heads": 2, "head_dim": 16}, **COMMON,
                    attention_bias=True, use_sliding_window=True, sliding_window=11,
                    max_window_layers=1,
                    rope_parameters=dict(rope_type="yarn", rope_theta=100.0, factor=4.0,
                                         beta_fast=1.0, beta_slow=0.125,
                                         original_max_position_embeddings=32)),
        dtype="float32", seed=8,
        mutations=UNTIED + [
                   refuse("model_type", "qwen2"), refuse("head_dim", 8),
                   refuse("num_attention_heads", 2), refuse("num_key_value_heads", 4),
                   mutate("layer_types", ["full_attention"] * 2),
                   refuse("use_sliding_window", False), keep("max_window_layers", 0, LISTED),
                   refuse("attention_bias", False), mutate("rope_parameters.factor", 2.0),
                   mutate("rope_parameters.original_max_position_embeddings", 64),
                   mutate("rope_parameters.rope_type", "default"),
                   mutate("rope_parameters.attention_factor", 1.0),
                   mutate("rope_parameters.beta_fast", 2.0),
                   mutate("rope_parameters.beta_slow", 0.25),
                   mutate("rope_parameters.truncate", False),
                   mutate("sliding_window", 12)]),
}


def draw(name, shape, config, generator):
    """Values of one tensor, such that each part of the model matters."""
    def normal(deviation):
        return torch.randn(shape, generator=generator) * deviation

    hidden = config.hidden_size
    if name.endswith("norm.weight"):  # far from one, on either side
        far = torch.rand(shape, generator=generator) * 0.6
        return torch.where(torch.rand(shape, generator=generator) < 0.5, 0.3 + far, 1.3 + far)
    if name.endswith(".bias"):
        return normal(0.6)
    deviation = {
        "embed_tokens": 0.4, "lm_head": 3.0 / hidden**0.5,
        # Scores of deviation about two: neither uniform nor one key only.
        "q_proj": 1.4 / hidden**0.5, "k_proj": 1.4 / hidden**0.5, "v_proj": 1.2 / hidden**0.5,
        "o_proj": 1.2 / hidden**0.5, "gate_proj": 1.5 / hidden**0.5, "up_proj": 1.2 / hidden**0.5,
        "down_proj": 1.2 / config.intermediate_size**0.5}
    return normal(deviation[name.split(".")[-2]])


def load_config(values):
    values = copy.deepcopy(values)
    return transformers.AutoConfig.for_model(values.pop("model_type"), **values)


def build(config, state, dtype):
    model = transformers.AutoModelForCausalLM.from_config(
        config, dtype=dtype, attn_implementation="eager")
    missing, unexpected = model.load_state_dict(
        {name: tensor.to(dtype) for name, tensor in state.items()}, strict=False)
    assert not unexpected and set(missing) <= {"lm_head.weight"}, (missing, unexpected)
    model.tie_weights()
    return model.eval()


def logits_of(model, tokens):
    with torch.no_grad():
        result = model(torch.tensor([tokens]), use_cache=False).logits[0].float().numpy()
    assert numpy.isfinite(result).all()
    return result


def greedy(model, prompt):
    """The continuation, and the least gap to the second-best token on the way."""
    tokens, least = list(prompt), 1.0
    for _ in range(GREEDY_TOKENS):
        last = logits_of(model, tokens)[-1]
        first, second = numpy.sort(last)[::-1][:2]
        least = min(least, float(first - second) / float(numpy.abs(last).max()))
        tokens.append(int(last.argmax()))
    return tokens[len(prompt):], least


def choose_prompts(model, vocabulary, seed):
    """Prompts whose continuation is no tie and no loop of one token."""
    chooser = numpy.random.default_rng(seed)
    prompts, continuations = [], []
    for length in PROMPT_LENGTHS:
        for _ in range(2000):
            prompt = chooser.integers(0, min(vocabulary, 256), length).tolist()
            continuation, gap = greedy(model, prompt)
            if gap > MIN_GREEDY_GAP and len(set(continuation)) >= 6:
                break
        else:
            raise SystemExit(f"no prompt of {length} tokens has a sharp continuation")
        prompts.append(prompt)
        continuations.append(continuation)
    return prompts, continuations


def set_field(values, path, value):
    result = copy.deepcopy(values)
    *outer, last = path.split(".")
    place = result
    for key in outer:
        place = place[key]
    place[last] = value
    return result


def v4_spelling(values, original):
    """The configuration as transformers 4 wrote it: with the window even where it is off."""
    result = copy.deepcopy(values)
    rope = result.pop("rope_parameters")
    result["rope_theta"] = rope.pop("rope_theta")
    result["rope_scaling"] = None if rope["rope_type"] == "default" else rope
    result["torch_dtype"] = result.pop("dtype")
    result["transformers_version"] = "4.44.0"
    result.pop("layer_types", None)
    if "sliding_window" in original:
        result["sliding_window"] = original["sliding_window"]
    return result


def write_json(path, values):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(values, file, indent=2, ensure_ascii=False)
        file.write("\n")


def write_tokenizer(folder):
    """Byte-level BPE: 256 bytes, then three special tokens; no merges."""
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(
        vocab={letter: index for index, letter in enumerate(alphabet)}, merges=[]))
    pattern = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
               r"|\s*[\r\n]+|\s+(?!\S)|\s+")
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([
        tokenizers.pre_tokenizers.Split(tokenizers.Regex(pattern), "isolated"),
        tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    tokenizer.save(os.path.join(folder, "tokenizer.json"), pretty=False)
    write_json(os.path.join(folder, "tokenizer_config.json"), dict(
        tokenizer_class="PreTrainedTokenizerFast", bos_token=None, eos_token="<|im_end|>",
        pad_token="<|endoftext|>", add_bos_token=False))


def write_weights(folder, state, shards):
    metadata = {"format": "pt"}
    if not shards:
        safetensors.torch.save_file(state, os.path.join(folder, "model.safetensors"), metadata)
        return
    names = sorted(state)
    weight_map = {}
    for shard in range(shards):
        file = f"model-{shard + 1:05}-of-{shards:05}.safetensors"
        part = names[shard * len(names) // shards:(shard + 1) * len(names) // shards]
        safetensors.torch.save_file({name: state[name] for name in part},
                                    os.path.join(folder, file), metadata)
        weight_map.update({name: file for name in part})
    total = sum(tensor.numel() * tensor.element_size() for tensor in state.values())
    write_json(os.path.join(folder, "model.safetensors.index.json"),
               dict(metadata=dict(total_size=total), weight_map=weight_map))


def write_goldens(folder, prompts, continuations, runs, more):
    """goldens.json and, per prompt, [tokens, vocabulary] f32 arrays of each run."""
    for kind, arrays in runs.items():
        for index, array in enumerate(arrays):
            numpy.save(os.path.join(folder, f"logits-{kind}-{index}.npy"),
                       numpy.ascontiguousarray(array.astype("<f4")))
    write_json(os.path.join(folder, "goldens.json"), dict(
        madeBy=VERSIONS, prompts=prompts, greedy=continuations, **more))


def rms_error(left, right):
    return float(numpy.sqrt(numpy.mean((numpy.concatenate(left) - numpy.concatenate(right)) ** 2)))


def measure_mutations(folder, entries, state, prompt, golden):
    """How far each change of the configuration moves the logits."""
    largest = float(numpy.abs(golden).max())
    for entry in entries:
        if entry["expect"] not in ("mismatch", "equal"):
            continue
        values = json.load(open(os.path.join(folder, entry["file"]), encoding="utf-8"))
        config = load_config(set_field(values, entry["field"], entry["value"]))
        logits = logits_of(build(config, state, torch.float32), prompt)
        change = float(numpy.abs(logits - golden).max()) / largest
        if entry["expect"] == "equal":
            assert change == 0, f"{folder}: {entry['field']} moves the logits by {change:.2e}"
            continue
        entry["relativeChange"] = float(f"{change:.3g}")
        entry["tolerances"] = round(change / TOLERANCE)
        if change < MUTATION_FACTOR * TOLERANCE:
            raise SystemExit(f"{folder}: {entry['field']}={entry['value']} moves the logits by "
                             f"{change:.2e} only; the golden does not test it")
    write_json(os.path.join(folder, "mutations.json"), entries)


def make(name, spec, root):
    folder = os.path.join(root, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    config = load_config(spec["config"])
    dtype = getattr(torch, spec["dtype"])
    config.dtype = spec["dtype"]
    generator = torch.Generator().manual_seed(spec["seed"])
    skeleton = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    state = {key: draw(key, value.shape, config, generator).to(dtype).contiguous()
             for key, value in sorted(skeleton.state_dict().items())
             if not (config.tie_word_embeddings and key == "lm_head.weight")}

    config.save_pretrained(folder)
    file = os.path.join(folder, "config.json")
    values = json.load(open(file, encoding="utf-8"))
    values["architectures"] = spec["config"]["architectures"]
    values["dtype"] = spec["dtype"]
    for path in spec.get("drop", []):  # absent keys take the default of the class
        *outer, last = path.split(".")
        (values[outer[0]] if outer else values).pop(last, None)
    write_json(file, values)
    write_json(os.path.join(folder, "config.v4.json"), v4_spelling(values, spec["config"]))
    write_json(os.path.join(folder, "generation_config.json"), dict(
        bos_token_id=256, eos_token_id=[258, 256], pad_token_id=256, do_sample=False))
    write_tokenizer(folder)
    write_weights(folder, state, spec.get("shards", 0))

    exact = build(load_config(values), state, torch.float32)
    prompts, continuations = choose_prompts(exact, config.vocab_size, spec["seed"])
    runs = {"f32": [logits_of(exact, prompt) for prompt in prompts]}
    old = build(load_config(v4_spelling(values, spec["config"])), state, torch.float32)
    assert (logits_of(old, prompts[-1]) == runs["f32"][-1]).all(), "the spellings differ"
    deviation = float(numpy.concatenate(runs["f32"]).std())
    assert deviation >= 2, f"{name}: the logits deviate by {deviation:.2f} only"
    more = dict(logitDeviation=round(deviation, 3))
    if spec["dtype"] == "bfloat16":
        rounded = build(load_config(values), state, torch.bfloat16)
        runs["bf16"] = [logits_of(rounded, prompt) for prompt in prompts]
        more["bf16RmsError"] = rms_error(runs["bf16"], runs["f32"])
    write_goldens(folder, prompts, continuations, runs, more)
    entries = copy.deepcopy(spec["mutations"] + ALWAYS)
    measure_mutations(folder, entries, state, prompts[-1], runs["f32"][-1])
    if name in EMBEDDING_MODELS:
        make_embeddings(folder)


def remeasure(name, spec, root):
    """The mutations of a checkpoint that is there."""
    folder = os.path.join(root, name)
    state = {}
    for file in sorted(glob.glob(os.path.join(folder, "*.safetensors"))):
        state.update(safetensors.torch.load_file(file))
    goldens = json.load(open(os.path.join(folder, "goldens.json"), encoding="utf-8"))
    golden = numpy.load(os.path.join(folder, f"logits-f32-{len(goldens['prompts']) - 1}.npy"))
    entries = copy.deepcopy(spec["mutations"] + ALWAYS)
    measure_mutations(folder, entries, state, goldens["prompts"][-1], golden)


def make_embeddings(folder):
    """Logits of tokens among rows of random numbers, as large as those of the table."""
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager").eval()
    goldens = json.load(open(os.path.join(folder, "goldens.json"), encoding="utf-8"))
    prompt = goldens["prompts"][-1]
    tokens = [-1 if row % 5 in (1, 2) else token for row, token in enumerate(prompt)]
    table = model.get_input_embeddings().weight.detach()
    chooser = numpy.random.default_rng(11)
    given = chooser.normal(0, float(table.std()), (tokens.count(-1), table.shape[1])).astype("<f4")
    rows = table[torch.tensor([max(token, 0) for token in tokens])]
    rows[torch.tensor(tokens) < 0] = torch.from_numpy(given)
    with torch.no_grad():
        logits = model(inputs_embeds=rows[None], use_cache=False).logits[0].numpy()
    assert numpy.isfinite(logits).all()
    write_json(os.path.join(folder, "embeddings.json"), dict(madeBy=VERSIONS, tokens=tokens))
    numpy.save(os.path.join(folder, "embeddings.npy"), given)
    numpy.save(os.path.join(folder, "logits-embeddings.npy"), logits.astype("<f4"))


def make_suanpan(folder):
    """Goldens of the demo model, which is trained and not drawn."""
    template = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
    questions = ["What is 37 + 58?", "37 加 58 等于多少？", "Who are you?"]
    tokenizer = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    prompts = [tokenizer.encode(template.format(question)).ids for question in questions]
    runs, continuations = {}, []
    for kind, dtype in (("f32", torch.float32), ("bf16", torch.bfloat16)):
        model = transformers.AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, attn_implementation="eager").eval()
        runs[kind] = [logits_of(model, prompt) for prompt in prompts]
        if kind == "f32":
            continuations = [greedy(model, prompt)[0] for prompt in prompts]
    write_goldens(folder, prompts, continuations, runs, dict(
        questions=questions, bf16RmsError=rms_error(runs["bf16"], runs["f32"])))


README = """# Models of the tests

Made by `tools/make_model_goldens.py` with {versions}; `suanpan` is the demo model, of which only the goldens were made.

| file | what |
|---|---|
| `config.json`, `config.v4.json` | the configuration as transformers 5 and as transformers 4 spell it; both mean the same model |
| `goldens.json` | `prompts` (token ids), `greedy` (the next {greedy} tokens of each in f32, none of them a near tie), `bf16RmsError` (of transformers in bf16 against itself in f32) |
| `logits-f32-I.npy`, `logits-bf16-I.npy` | f32 `[tokens, vocabulary]` of prompt I: transformers computing in f32, and in bf16 |
| `embeddings.json`, `embeddings.npy`, `logits-embeddings.npy` | `tokens`, whose -1 stand for the rows of the second, f32 `[rows, hidden]`, and the logits of all in f32 |
| `mutations.json` | changes of one field each: `field`, `value`, `file`, `expect`: `mismatch` of the golden; `refused`, because the tensors or other fields no longer fit, with the `options` of the compiler; `too long`, when the context ends before the longer prompt; `equal` logits, for the `reason` |

## Sensitivity

How far the logits of the longer prompt move when one field of the configuration changes, as a part of the largest
logit. The tests allow {tolerance}.

"""


def write_readme(root):
    text = README.format(versions=VERSIONS, greedy=GREEDY_TOKENS, tolerance=TOLERANCE)
    text += "| model | weights | logit deviation | bf16 error (rms) |\n|---|---|---|---|\n"
    rows = ""
    for name, spec in MODELS.items():
        goldens = json.load(open(os.path.join(root, name, "goldens.json"), encoding="utf-8"))
        error = goldens.get("bf16RmsError")
        text += (f"| {name} | {spec['dtype']} | {goldens['logitDeviation']:.2f} | "
                 f"{'' if error is None else format(error, '.4f')} |\n")
        for entry in json.load(open(os.path.join(root, name, "mutations.json"), encoding="utf-8")):
            if entry["expect"] == "mismatch":
                spelling = " (v4)" if "v4" in entry["file"] else ""
                rows += (f"| {name} | `{entry['field']}`{spelling} | `{json.dumps(entry['value'])}` | "
                         f"{entry['relativeChange']:.3g} | {entry['tolerances']} |\n")
    text += "\n| model | field | changed to | logits move by | tolerances |\n|---|---|---|---|---|\n" + rows
    with open(os.path.join(root, "README.md"), "w", encoding="utf-8") as file:
        file.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", default=os.path.join(os.path.dirname(__file__), "../test/models"))
    parser.add_argument("--mutations", action="store_true", help="measure only the mutations")
    parser.add_argument("--embeddings", action="store_true", help="make only the logits of given rows")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    transformers.logging.set_verbosity_error()
    names = arguments.names or [*MODELS, *([] if arguments.mutations else ["suanpan"])]
    if arguments.embeddings:
        for name in EMBEDDING_MODELS:
            make_embeddings(os.path.join(arguments.out, name))
        return
    for name in names:
        print(name, flush=True)
        if name == "suanpan":
            make_suanpan(os.path.join(arguments.out, name))
        elif arguments.mutations:
            remeasure(name, MODELS[name], arguments.out)
        else:
            make(name, MODELS[name], arguments.out)
    if not arguments.names:
        write_readme(arguments.out)


main()
