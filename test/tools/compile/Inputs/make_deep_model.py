#!/usr/bin/env python3
#===- make_deep_model.py - A small checkpoint of many layers ---------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Writes a llama of f32 weights and hidden size 8 with normal weights.

  make_deep_model.py FOLDER LAYERS
"""
import json
import pathlib
import random
import struct
import sys

SIZE, HEADS, KV_HEADS, VOCABULARY = 8, 2, 1, 16
HEAD = SIZE // HEADS


def shapes(layers):
    yield "model.embed_tokens.weight", (VOCABULARY, SIZE)
    yield "model.norm.weight", (SIZE,)
    yield "lm_head.weight", (VOCABULARY, SIZE)
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        for name in "input_layernorm", "post_attention_layernorm":
            yield prefix + name + ".weight", (SIZE,)
        for name in "q_proj", "k_proj", "v_proj", "o_proj":
            rows = KV_HEADS * HEAD if name in ("k_proj", "v_proj") else SIZE
            yield f"{prefix}self_attn.{name}.weight", (rows, SIZE)
        for name in "gate_proj", "up_proj", "down_proj":
            yield f"{prefix}mlp.{name}.weight", (SIZE, SIZE)


def main():
    folder, layers = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    numbers, header, data = random.Random(1), {}, b""
    for name, shape in shapes(layers):
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        piece = struct.pack(f"<{count}f", *(numbers.gauss(0, 1) for _ in range(count)))
        header[name] = {"dtype": "F32", "shape": shape,
                        "data_offsets": [len(data), len(data) + len(piece)]}
        data += piece
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    (folder / "config.json").write_text(json.dumps({
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": SIZE,
        "intermediate_size": SIZE, "num_hidden_layers": layers, "vocab_size": VOCABULARY,
        "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS, "head_dim": HEAD,
        "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
        "hidden_act": "silu", "tie_word_embeddings": False}))


main()
