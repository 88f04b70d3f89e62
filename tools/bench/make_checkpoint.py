#!/usr/bin/env python3
#===- make_checkpoint.py - A checkpoint of a real model's shape ------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Makes a Hugging Face checkpoint folder with random bf16 weights.

  make_checkpoint.py --shape qwen2.5-0.5b --out FOLDER [--seed 1]
  make_checkpoint.py --list

Speed does not depend on the weights' values, so such a folder stands in for
the real checkpoint of that shape in benchmarks. The tokenizer is byte-level
BPE with as many tokens as the real one. Needs numpy only.
"""
import argparse
import dataclasses
import itertools
import json
import pathlib
import struct

import numpy as np


@dataclasses.dataclass(frozen=True)
class Shape:
    """The numbers of a configuration that decide sizes."""
    family: str
    hidden: int
    layers: int
    heads: int
    kvHeads: int
    headDim: int
    feedForward: int
    vocabulary: int
    tied: bool
    ropeTheta: float


SHAPES = {
    "tiny": Shape("qwen3", 128, 2, 4, 2, 32, 256, 2048, True, 1e4),
    "smollm2-135m": Shape("llama", 576, 30, 9, 3, 64, 1536, 49152, True, 1e5),
    "qwen2.5-0.5b": Shape("qwen2", 896, 24, 14, 2, 64, 4864, 151936, True, 1e6),
    "qwen3-0.6b": Shape("qwen3", 1024, 28, 16, 8, 128, 3072, 151936, True, 1e6),
    "llama3.2-1b": Shape("llama", 2048, 16, 32, 8, 64, 8192, 128256, True, 5e5),
    "qwen2.5-1.5b": Shape("qwen2", 1536, 28, 12, 2, 128, 8960, 151936, True, 1e6),
    "qwen2.5-7b": Shape("qwen2", 3584, 28, 28, 4, 128, 18944, 152064, False, 1e6),
    "llama3.1-8b": Shape("llama", 4096, 32, 32, 8, 128, 14336, 128256, False, 5e5),
}
ARCHITECTURES = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM",
                 "qwen3": "Qwen3ForCausalLM"}
SPECIAL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
SPLIT_PATTERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
                 r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
CHAT_TEMPLATE = ("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + "
                 "message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
                 "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")


def layerTensors(shape, layer):
    """Yields the name, dimensions and kind of a layer's tensors."""
    prefix = f"model.layers.{layer}."
    queries, keys = shape.heads * shape.headDim, shape.kvHeads * shape.headDim
    yield prefix + "input_layernorm.weight", (shape.hidden,), "norm"
    for name, rows, columns in (("q", queries, shape.hidden), ("k", keys, shape.hidden),
                                ("v", keys, shape.hidden), ("o", shape.hidden, queries)):
        yield prefix + f"self_attn.{name}_proj.weight", (rows, columns), "weight"
        if shape.family == "qwen2" and name != "o":
            yield prefix + f"self_attn.{name}_proj.bias", (rows,), "bias"
    if shape.family == "qwen3":
        yield prefix + "self_attn.q_norm.weight", (shape.headDim,), "norm"
        yield prefix + "self_attn.k_norm.weight", (shape.headDim,), "norm"
    yield prefix + "post_attention_layernorm.weight", (shape.hidden,), "norm"
    for name in ("gate", "up"):
        yield prefix + f"mlp.{name}_proj.weight", (shape.feedForward, shape.hidden), "weight"
    yield prefix + "mlp.down_proj.weight", (shape.hidden, shape.feedForward), "weight"


def allTensors(shape):
    yield "model.embed_tokens.weight", (shape.vocabulary, shape.hidden), "weight"
    for layer in range(shape.layers):
        yield from layerTensors(shape, layer)
    yield "model.norm.weight", (shape.hidden,), "norm"
    if not shape.tied:
        yield "lm_head.weight", (shape.vocabulary, shape.hidden), "weight"


def toBf16(array):
    """The bits of an array of f32 in bf16, rounded to nearest even."""
    bits = np.ascontiguousarray(array, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def writeWeights(path, shape, seed):
    """Draws random numbers once and fills tensors with stretches of them."""
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, dims, _ in allTensors(shape):
        size = 2 * int(np.prod(dims))
        header[name] = {"dtype": "BF16", "shape": list(dims),
                        "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    random = np.random.default_rng(seed)
    pool = toBf16(random.standard_normal(1 << 22, dtype=np.float32) * 0.02)
    longest = pool.size // 2
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, dims, kind in allTensors(shape):
            left = int(np.prod(dims))
            if kind == "norm":
                toBf16(np.ones(left)).tofile(file)
                continue
            while left:
                start, count = int(random.integers(0, longest)), min(left, longest)
                pool[start:start + count].tofile(file)
                left -= count


def byteAlphabet():
    """The characters that byte-level BPE writes for the bytes 0 to 255."""
    plain = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = itertools.count(256)
    return [chr(byte) if byte in plain else chr(next(others)) for byte in range(256)]


def makeVocabulary(size):
    """Tokens of one byte, then of two and more, until there are `size`."""
    alphabet = byteAlphabet()
    tokens, merges, previous = list(alphabet), [], alphabet
    while len(tokens) < size:
        pairs = itertools.islice(itertools.product(previous, alphabet), size - len(tokens))
        pairs = list(pairs)
        merges += [f"{left} {right}" for left, right in pairs]
        previous = [left + right for left, right in pairs]
        tokens += previous
    return tokens, merges


def makeTokenizer(vocabulary):
    tokens, merges = makeVocabulary(vocabulary - len(SPECIAL_TOKENS))
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False,
             "use_regex": False}
    split = {"type": "Split", "pattern": {"Regex": SPLIT_PATTERN}, "behavior": "Isolated",
             "invert": False}
    added = [{"id": len(tokens) + i, "content": content, "single_word": False, "lstrip": False,
              "rstrip": False, "normalized": False, "special": True}
             for i, content in enumerate(SPECIAL_TOKENS)]
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
            "normalizer": {"type": "NFC"},
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, level]},
            "post_processor": level, "decoder": level,
            "model": {"type": "BPE", "dropout": None, "unk_token": None,
                      "continuing_subword_prefix": "", "end_of_word_suffix": "",
                      "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                      "vocab": {token: i for i, token in enumerate(tokens)}, "merges": merges}}


def makeConfig(shape):
    return {"architectures": [ARCHITECTURES[shape.family]], "model_type": shape.family,
            "vocab_size": shape.vocabulary, "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers, "num_attention_heads": shape.heads,
            "num_key_value_heads": shape.kvHeads, "head_dim": shape.headDim,
            "intermediate_size": shape.feedForward, "hidden_act": "silu", "rms_norm_eps": 1e-6,
            "rope_theta": shape.ropeTheta, "rope_scaling": None,
            "max_position_embeddings": 32768, "tie_word_embeddings": shape.tied,
            "attention_bias": False, "mlp_bias": False, "torch_dtype": "bfloat16",
            "bos_token_id": shape.vocabulary - 3, "eos_token_id": shape.vocabulary - 1}


def writeFolder(folder, shape, seed):
    folder.mkdir(parents=True, exist_ok=True)
    writeWeights(folder / "model.safetensors", shape, seed)
    first, last = shape.vocabulary - 3, shape.vocabulary - 1
    files = {
        "config.json": makeConfig(shape),
        "tokenizer.json": makeTokenizer(shape.vocabulary),
        "generation_config.json": {"bos_token_id": first, "eos_token_id": [last, first],
                                   "do_sample": False},
        "tokenizer_config.json": {"tokenizer_class": "Qwen2Tokenizer", "bos_token": None,
                                  "eos_token": SPECIAL_TOKENS[2], "pad_token": SPECIAL_TOKENS[0],
                                  "model_max_length": 32768, "chat_template": CHAT_TEMPLATE},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False), "utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=SHAPES)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="show the shapes")
    options = parser.parse_args()
    if options.list:
        for name, shape in SHAPES.items():
            print(name, shape)
    elif options.shape and options.out:
        writeFolder(options.out, SHAPES[options.shape], options.seed)
    else:
        parser.error("--shape and --out are needed, or --list")


if __name__ == "__main__":
    main()
