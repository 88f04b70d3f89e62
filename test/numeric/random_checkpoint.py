#===- random_checkpoint.py - Checkpoints of random odd shapes --------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Random configurations and weights of the families that Tenon imports."""
import json

import numpy as np

MAX_POSITIONS = 512
DTYPES = {"f32": "float32", "f16": "float16", "bf16": "bfloat16"}
ARCHITECTURES = {"llama": "LlamaForCausalLM", "mistral": "MistralForCausalLM",
                 "qwen2": "Qwen2ForCausalLM", "qwen3": "Qwen3ForCausalLM"}


def pick(random, *choices):
    return choices[random.integers(len(choices))]


def oddSize(random, low, high, multiple):
    """A size that is no multiple of `multiple`."""
    while True:
        size = int(random.integers(low, high + 1))
        if size % multiple:
            return size


def randomHeads(random, config):
    """Heads; now and then so that head_dim need not be given."""
    while True:
        kvHeads = pick(random, 1, 1, 2, 3, 5)
        heads = kvHeads * pick(random, 1, 1, 2, 3, 4, 7)
        headDim = 2 * int(random.integers(1, pick(random, 8, 33, 66)))
        if heads * headDim <= 420:
            break
    config |= {"num_attention_heads": heads, "num_key_value_heads": kvHeads}
    derived = config["model_type"] != "qwen3" and heads * headDim <= 200 and random.random() < 0.4
    if derived and heads * headDim >= 8:
        config["hidden_size"] = heads * headDim
    else:
        config["head_dim"] = headDim


def headDimOf(config):
    return config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]


def randomRope(random, config):
    kind = pick(random, "default", "default", "linear", "llama3", "yarn", "longrope")
    theta = pick(random, 100.0, 10000.0, 500000.0)
    rope = {"rope_type": kind}
    if kind not in ("default", "longrope"):
        rope["factor"] = pick(random, 2.0, 3.5, 8.0)
    if kind in ("llama3", "yarn"):
        rope["original_max_position_embeddings"] = pick(random, 32, 64, 128)
    if kind == "llama3":
        rope |= {"low_freq_factor": 1.0, "high_freq_factor": pick(random, 2.0, 4.0)}
    if kind == "yarn":
        rope |= pick(random, {}, {"beta_fast": 16.0, "beta_slow": 2.0}, {"truncate": False},
                     {"attention_factor": 1.3}, {"mscale": 1.0, "mscale_all_dim": 0.5})
    if kind == "longrope":
        pairs = headDimOf(config) // 2
        rope |= {"original_max_position_embeddings": pick(random, 64, MAX_POSITIONS)}
        rope |= {name: [round(float(x), 3) for x in random.uniform(1, 5, pairs)]
                 for name in ("short_factor", "long_factor")}
    if random.random() < 0.5:
        config["rope_parameters"] = rope | {"rope_theta": theta}
        return
    config["rope_theta"] = theta
    if kind != "default":
        config["rope_scaling"] = rope


def randomWindows(random, config):
    family, layers = config["model_type"], config["num_hidden_layers"]
    window = pick(random, 1, 2, 7, 8, 15, 16, 17, int(random.integers(1, 41)))
    if family == "mistral":
        config["sliding_window"] = pick(random, window, window, window, None)
    if family in ("qwen2", "qwen3"):
        config |= {"use_sliding_window": bool(random.random() < 0.5), "sliding_window": window,
                   "max_window_layers": int(random.integers(0, layers + 1))}
        if random.random() < 0.3 and config["use_sliding_window"]:
            config["layer_types"] = [pick(random, "full_attention", "sliding_attention")
                                     for _ in range(layers)]


def randomConfig(random):
    family = pick(random, *ARCHITECTURES)
    config = {
        "architectures": [ARCHITECTURES[family]],
        "model_type": family,
        "hidden_size": oddSize(random, 8, pick(random, 40, 200), 16),
        "intermediate_size": oddSize(random, 1, pick(random, 40, 300), 2),
        "num_hidden_layers": int(random.integers(1, 4)),
        "vocab_size": oddSize(random, 17, pick(random, 64, 700), 2),
        "max_position_embeddings": MAX_POSITIONS,
        "rms_norm_eps": pick(random, 1e-6, 1e-5, 1e-2),
        "hidden_act": pick(random, "silu", "silu", "silu", "gelu", "gelu_pytorch_tanh",
                           "quick_gelu", "relu", "relu2"),
        "tie_word_embeddings": bool(random.random() < 0.5),
        "bos_token_id": None,
        "eos_token_id": None,
    }
    config[pick(random, "dtype", "torch_dtype")] = DTYPES[pick(random, "f32", "f16", "bf16")]
    if family in ("llama", "qwen3"):
        config["attention_bias"] = bool(random.random() < 0.4)
    if family == "llama":
        config["mlp_bias"] = bool(random.random() < 0.4)
    randomHeads(random, config)
    randomRope(random, config)
    randomWindows(random, config)
    return config


def shapesOf(config):
    """The shape of every tensor, by name."""
    family, hidden, ff = config["model_type"], config["hidden_size"], config["intermediate_size"]
    heads, kvHeads = config["num_attention_heads"], config["num_key_value_heads"]
    headDim = headDimOf(config)
    query, key = heads * headDim, kvHeads * headDim
    qkvBias = family == "qwen2" or config.get("attention_bias", False)
    outBias, mlpBias = config.get("attention_bias", False), config.get("mlp_bias", False)
    shapes = {"model.embed_tokens.weight": (config["vocab_size"], hidden),
              "model.norm.weight": (hidden,)}
    if not config["tie_word_embeddings"]:
        shapes["lm_head.weight"] = (config["vocab_size"], hidden)
    linears = [("self_attn.q_proj", query, hidden, qkvBias),
               ("self_attn.k_proj", key, hidden, qkvBias),
               ("self_attn.v_proj", key, hidden, qkvBias),
               ("self_attn.o_proj", hidden, query, outBias),
               ("mlp.gate_proj", ff, hidden, mlpBias), ("mlp.up_proj", ff, hidden, mlpBias),
               ("mlp.down_proj", hidden, ff, mlpBias)]
    for layer in range(config["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        for name, rows, columns, bias in linears:
            shapes[prefix + name + ".weight"] = (rows, columns)
            if bias:
                shapes[prefix + name + ".bias"] = (rows,)
        for name in ("input_layernorm", "post_attention_layernorm"):
            shapes[prefix + name + ".weight"] = (hidden,)
        if family == "qwen3":
            for name in ("q_norm", "k_norm"):
                shapes[prefix + f"self_attn.{name}.weight"] = (headDim,)
    return shapes


def randomTensor(random, name, shape):
    """Of a size that keeps every part of the model at work: rows of length 1,
    scores that differ, norms that matter."""
    noise = random.standard_normal(shape)
    if name.endswith("norm.weight"):
        return 1 + 0.3 * noise
    if name.endswith(".bias"):
        return 0.3 * noise
    return noise if "embed_tokens" in name else noise / np.sqrt(shape[1])


def encode(values, dtype):
    """The bytes of `values` in a type, and what they are when read back."""
    if dtype != "bf16":
        stored = values.astype(DTYPES[dtype])
        return stored.tobytes(), stored.astype(np.float64)
    bits = values.astype(np.float32).view(np.uint32) >> 16
    read = (bits << 16).astype(np.uint32).view(np.float32)
    return bits.astype(np.uint16).tobytes(), read.astype(np.float64)


def dtypeOf(config):
    name = config.get("dtype") or config["torch_dtype"]
    return next(short for short, long in DTYPES.items() if long == name)


def randomWide(random, config):
    """The tensors that a checkpoint has in f32 beside narrow ones: none in most."""
    share = pick(random, 0, 0, 0.1, 0.5)
    return [name for name in shapesOf(config) if random.random() < share]


def writeCheckpoint(random, config, folder, wide=()):
    """Writes a checkpoint of random weights, those named by `wide` in f32 and
    the others in the type of the configuration. Returns them in float64."""
    header, data, weights = {}, b"", {}
    for name, shape in shapesOf(config).items():
        dtype = "f32" if name in wide else dtypeOf(config)
        stored, weights[name] = encode(randomTensor(random, name, shape), dtype)
        header[name] = {"dtype": dtype.upper(), "shape": shape,
                        "data_offsets": [len(data), len(data) + len(stored)]}
        data += stored
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    return weights
