#!/usr/bin/env python3
#===- make_deep_model.py - A checkpoint of many small layers ---------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Writes a checkpoint of Llama's architecture with LAYERS layers of 16 columns.

  make_deep_model.py LAYERS FOLDER [--alternating]

With --alternating it is Qwen3's, and every other layer sees a window only.
All weights are zero: the sizes of the IR are what it is for.
"""
import json
import os
import struct
import sys

HIDDEN, INNER, HEADS, KV_HEADS, HEAD_DIM, VOCABULARY = 16, 32, 2, 1, 8, 32


def shapes(layers, alternating):
    yield "model.embed_tokens.weight", [VOCABULARY, HIDDEN]
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        yield prefix + "input_layernorm.weight", [HIDDEN]
        yield prefix + "self_attn.q_proj.weight", [HEADS * HEAD_DIM, HIDDEN]
        yield prefix + "self_attn.k_proj.weight", [KV_HEADS * HEAD_DIM, HIDDEN]
        yield prefix + "self_attn.v_proj.weight", [KV_HEADS * HEAD_DIM, HIDDEN]
        yield prefix + "self_attn.o_proj.weight", [HIDDEN, HEADS * HEAD_DIM]
        if alternating:
            yield prefix + "self_attn.q_norm.weight", [HEAD_DIM]
            yield prefix + "self_attn.k_norm.weight", [HEAD_DIM]
        yield prefix + "post_attention_layernorm.weight", [HIDDEN]
        yield prefix + "mlp.gate_proj.weight", [INNER, HIDDEN]
        yield prefix + "mlp.up_proj.weight", [INNER, HIDDEN]
        yield prefix + "mlp.down_proj.weight", [HIDDEN, INNER]
    yield "model.norm.weight", [HIDDEN]


def main():
    layers, folder, alternating = int(sys.argv[1]), sys.argv[2], sys.argv[3:] == ["--alternating"]
    os.makedirs(folder, exist_ok=True)
    config = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "dtype": "bfloat16",
        "hidden_size": HIDDEN, "intermediate_size": INNER, "num_hidden_layers": layers,
        "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS, "head_dim": HEAD_DIM,
        "vocab_size": VOCABULARY, "max_position_embeddings": 256, "rms_norm_eps": 1e-5,
        "hidden_act": "silu", "tie_word_embeddings": True, "attention_bias": False,
        "mlp_bias": False, "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
        "bos_token_id": 0, "eos_token_id": 1,
    }
    if alternating:
        config |= {
            "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "sliding_window": 8,
            "use_sliding_window": True,
            "layer_types": [("sliding_attention", "full_attention")[i % 2] for i in range(layers)],
        }
        del config["mlp_bias"]
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file)
    header, end = {}, 0
    for name, shape in shapes(layers, alternating):
        size = 2 * shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(folder, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + bytes(end))


if __name__ == "__main__":
    main()
