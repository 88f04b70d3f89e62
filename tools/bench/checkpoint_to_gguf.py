#!/usr/bin/env python3
#===- checkpoint_to_gguf.py - The same weights for llama.cpp ---------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Writes a checkpoint folder of make_checkpoint.py as a bf16 GGUF file.

  checkpoint_to_gguf.py FOLDER OUT.gguf

llama.cpp then runs the very same weights in comparisons. Knows the families
llama, qwen2 and qwen3 and needs numpy only.
"""
import json
import pathlib
import struct
import sys

import numpy as np

ALIGNMENT = 32
TYPE_F32, TYPE_BF16 = 0, 30                    # types of tensors
UINT32, FLOAT32, BOOL, STRING, ARRAY, INT32 = 4, 6, 7, 8, 9, 5  # types of keys
FILE_TYPE_MOSTLY_BF16 = 32
NORMAL_TOKEN, CONTROL_TOKEN = 1, 3

LAYER_NAMES = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
NAMES = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}


def loadTensors(path):
    """Maps a safetensors file of bf16 tensors: name to array of bits."""
    with open(path, "rb") as file:
        headerBytes = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(headerBytes))
    header.pop("__metadata__", None)
    data = np.memmap(path, np.uint8, "r", offset=8 + headerBytes)
    return {name: data[slice(*entry["data_offsets"])].view(np.uint16).reshape(entry["shape"])
            for name, entry in header.items()}


def ggufName(name):
    """The name of a tensor in GGUF."""
    stem, part = name.rsplit(".", 1)
    if stem in NAMES:
        return f"{NAMES[stem]}.{part}"
    _, _, layer, rest = stem.split(".", 3)
    return f"blk.{layer}.{LAYER_NAMES[rest]}.{part}"


def interleave(tensor, heads):
    """Reorders rows: llama.cpp's llama rotates neighbours, a checkpoint halves."""
    split = tensor.reshape(heads, 2, tensor.shape[0] // heads // 2, *tensor.shape[1:])
    return split.swapaxes(1, 2).reshape(tensor.shape)


def convert(name, tensor, config):
    """The array to write, and its type."""
    if config["model_type"] == "llama":
        if ".q_proj." in name:
            tensor = interleave(tensor, config["num_attention_heads"])
        elif ".k_proj." in name:
            tensor = interleave(tensor, config["num_key_value_heads"])
    if tensor.ndim == 1:  # llama.cpp wants norms and biases in f32
        return (tensor.astype(np.uint32) << 16).view(np.float32), TYPE_F32
    return np.ascontiguousarray(tensor), TYPE_BF16


def string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def value(kind, item):
    if kind == STRING:
        return string(item)
    return struct.pack({UINT32: "<I", INT32: "<i", FLOAT32: "<f", BOOL: "<?"}[kind], item)


def key(name, kind, item):
    return string(name) + struct.pack("<I", kind) + value(kind, item)


def arrayKey(name, kind, items):
    head = string(name) + struct.pack("<IIQ", ARRAY, kind, len(items))
    return head + b"".join(value(kind, item) for item in items)


def modelKeys(config, name):
    family = config["model_type"]
    counts = {"context_length": "max_position_embeddings", "embedding_length": "hidden_size",
              "block_count": "num_hidden_layers", "feed_forward_length": "intermediate_size",
              "attention.head_count": "num_attention_heads",
              "attention.head_count_kv": "num_key_value_heads", "attention.key_length": "head_dim",
              "attention.value_length": "head_dim", "rope.dimension_count": "head_dim",
              "vocab_size": "vocab_size"}
    reals = {"rope.freq_base": "rope_theta", "attention.layer_norm_rms_epsilon": "rms_norm_eps"}
    return ([key("general.architecture", STRING, family), key("general.name", STRING, name),
             key("general.file_type", UINT32, FILE_TYPE_MOSTLY_BF16)]
            + [key(f"{family}.{to}", UINT32, config[old]) for to, old in counts.items()]
            + [key(f"{family}.{to}", FLOAT32, config[old]) for to, old in reals.items()])


def tokenizerKeys(tokenizer):
    model = tokenizer["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    added = [token["content"] for token in tokenizer["added_tokens"]]
    kinds = [NORMAL_TOKEN] * len(tokens) + [CONTROL_TOKEN] * len(added)
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    count = len(kinds)
    return [key("tokenizer.ggml.model", STRING, "gpt2"), key("tokenizer.ggml.pre", STRING, "qwen2"),
            arrayKey("tokenizer.ggml.tokens", STRING, tokens + added),
            arrayKey("tokenizer.ggml.token_type", INT32, kinds),
            arrayKey("tokenizer.ggml.merges", STRING, merges),
            key("tokenizer.ggml.bos_token_id", UINT32, count - 3),
            key("tokenizer.ggml.eos_token_id", UINT32, count - 1),
            key("tokenizer.ggml.add_bos_token", BOOL, False)]


def padding(size):
    return -size % ALIGNMENT


def main(folder, out):
    folder = pathlib.Path(folder)
    config = json.loads((folder / "config.json").read_text())
    tensors = loadTensors(folder / "model.safetensors")
    keys = modelKeys(config, folder.name)
    keys += tokenizerKeys(json.loads((folder / "tokenizer.json").read_text("utf-8")))
    infos, offset = [], 0
    for name, tensor in tensors.items():
        size, kind = (tensor.size * 4, TYPE_F32) if tensor.ndim == 1 else (tensor.size * 2, TYPE_BF16)
        infos.append(string(ggufName(name)) + struct.pack("<I", tensor.ndim)
                     + struct.pack(f"<{tensor.ndim}Q", *reversed(tensor.shape))
                     + struct.pack("<IQ", kind, offset))
        offset += size + padding(size)
    with open(out, "wb") as file:
        file.write(b"GGUF" + struct.pack("<IQQ", 3, len(infos), len(keys)))
        file.write(b"".join(keys + infos))
        file.write(bytes(padding(file.tell())))
        for name, tensor in tensors.items():
            array, _ = convert(name, tensor, config)
            array.tofile(file)
            file.write(bytes(padding(array.nbytes)))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
