#===- reference_decoder.py - Decoders in float64 ---------------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""The logits of Llama, Mistral, Qwen2 and Qwen3 models by plain numpy.

Written from the definitions of the families, independently of the compiler:
it reads the same config.json and computes everything in float64. A Rounding
says which values to round on the way, to learn how far rounding alone moves
the logits of a model.
"""
import math

import numpy as np


def roundTo(values, name):
    """`values` rounded to the nearest of the named type, to even in ties."""
    if name is None:
        return values
    if name != "bf16":
        return values.astype({"f16": np.float16, "f32": np.float32}[name]).astype(np.float64)
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32).astype(np.uint64)
    bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000
    return bits.astype(np.uint32).view(np.float32).astype(np.float64)


class Rounding:
    """Element types of the keys and values kept, and of the rows that a weight
    multiplies; None keeps float64."""

    def __init__(self, state=None, rows=None):
        self.state, self.rows = state, rows


def erf(x):
    return np.vectorize(math.erf, otypes=[np.float64])(x)


def tanhGelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


ACTIVATIONS = {
    "silu": lambda x: x * sigmoid(x),
    "gelu": lambda x: 0.5 * x * (1 + erf(x / math.sqrt(2))),
    "gelu_pytorch_tanh": tanhGelu,
    "quick_gelu": lambda x: x * sigmoid(1.702 * x),
    "relu": lambda x: np.maximum(x, 0),
    "relu2": lambda x: np.maximum(x, 0)**2,
}


def rmsNorm(x, weight, epsilon):
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + epsilon) * weight


def llama3Frequencies(frequencies, rope):
    factor, original = rope["factor"], rope["original_max_position_embeddings"]
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    wavelength = 2 * math.pi / frequencies
    blend = (original / wavelength - low) / (high - low)
    between = (1 - blend) * frequencies / factor + blend * frequencies
    slow = np.where(wavelength > original / low, frequencies / factor, between)
    return np.where(wavelength < original / high, frequencies, slow)


def yarnMagnitude(factor, scale):
    return 1.0 if factor <= 1 else 0.1 * scale * math.log(factor) + 1


def yarnFrequencies(frequencies, rope, dim, base, maxPositions):
    original = rope.get("original_max_position_embeddings", maxPositions)
    factor = rope.get("factor", maxPositions / original)

    def turns(count):
        return dim * math.log(original / (2 * math.pi * count)) / (2 * math.log(base))

    first, last = turns(rope.get("beta_fast", 32)), turns(rope.get("beta_slow", 1))
    if rope.get("truncate", True):
        first, last = math.floor(first), math.ceil(last)
    first, last = max(first, 0), min(last, dim - 1)
    if first == last:
        last += 0.001
    ramp = np.clip((np.arange(dim // 2) - first) / (last - first), 0, 1)
    scale, scaleAll = rope.get("mscale", 0), rope.get("mscale_all_dim", 0)
    magnitude = yarnMagnitude(factor, 1)
    if scale and scaleAll:
        magnitude = yarnMagnitude(factor, scale) / yarnMagnitude(factor, scaleAll)
    magnitude = rope.get("attention_factor", magnitude)
    return ramp * frequencies / factor + (1 - ramp) * frequencies, magnitude


def longFrequencies(frequencies, rope, maxPositions):
    """One list for the whole session: that of the longest text it may hold."""
    original = rope["original_max_position_embeddings"]
    divisors = rope["long_factor" if maxPositions > original else "short_factor"]
    ratio = maxPositions / original
    magnitude = math.sqrt(1 + math.log(ratio) / math.log(original)) if ratio > 1 else 1.0
    return frequencies / np.asarray(divisors), rope.get("attention_factor", magnitude)


class Decoder:
    """The model of a config.json, with its weights by name in float64."""

    def __init__(self, config, weights, rounding=Rounding()):
        self.config, self.weights, self.rounding = config, weights, rounding
        self.family = config["model_type"]
        self.heads = config["num_attention_heads"]
        self.kvHeads = config.get("num_key_value_heads") or self.heads
        self.headDim = config.get("head_dim") or config["hidden_size"] // self.heads
        self.epsilon = config["rms_norm_eps"]
        self.activation = ACTIVATIONS[config.get("hidden_act", "silu")]
        self.frequencies, self.magnitude = self.rotary()

    def rotary(self):
        rope = dict(self.config.get("rope_scaling") or self.config.get("rope_parameters") or {})
        base = rope.get("rope_theta", self.config.get("rope_theta", 10000.0))
        kind = rope.get("rope_type", rope.get("type", "default"))
        frequencies = base ** (-2.0 * np.arange(self.headDim // 2) / self.headDim)
        if kind == "linear":
            return frequencies / rope["factor"], 1.0
        if kind == "llama3":
            return llama3Frequencies(frequencies, rope), 1.0
        if kind == "yarn":
            return yarnFrequencies(frequencies, rope, self.headDim, base,
                                   self.config["max_position_embeddings"])
        if kind == "longrope":
            return longFrequencies(frequencies, rope, self.config["max_position_embeddings"])
        assert kind == "default", kind
        return frequencies, 1.0

    def window(self, layer):
        """How many positions a query of this layer sees, itself included."""
        config = self.config
        if self.family == "llama":
            return None
        window = config.get("sliding_window")
        if self.family in ("qwen2", "qwen3"):
            if not config.get("use_sliding_window", False):
                return None
            if "layer_types" in config:
                return window if config["layer_types"][layer] == "sliding_attention" else None
            return window if layer >= config["max_window_layers"] else None
        return window

    def linear(self, rows, name):
        product = roundTo(rows, self.rounding.rows) @ self.weights[name + ".weight"].T
        bias = self.weights.get(name + ".bias")
        return product if bias is None else product + bias

    def rotate(self, x):
        """Rotates [tokens, heads, headDim]; components k and k + headDim/2 pair up."""
        angles = np.arange(len(x))[:, None, None] * self.frequencies
        cosine, sine = np.cos(angles) * self.magnitude, np.sin(angles) * self.magnitude
        first, second = np.split(x, 2, axis=-1)
        return np.concatenate([first * cosine - second * sine, second * cosine + first * sine], -1)

    def attention(self, x, layer):
        prefix = f"model.layers.{layer}.self_attn."
        tokens = len(x)
        q, k, v = (self.linear(x, prefix + name + "_proj").reshape(tokens, -1, self.headDim)
                   for name in "qkv")
        if self.family == "qwen3":
            q = rmsNorm(q, self.weights[prefix + "q_norm.weight"], self.epsilon)
            k = rmsNorm(k, self.weights[prefix + "k_norm.weight"], self.epsilon)
        q = self.rotate(q)
        k, v = (roundTo(x, self.rounding.state) for x in (self.rotate(k), v))
        group = self.heads // self.kvHeads
        k, v = np.repeat(k, group, axis=1), np.repeat(v, group, axis=1)
        scores = np.einsum("qhd,khd->hqk", q, k) / math.sqrt(self.headDim)
        distance = np.arange(tokens)[:, None] - np.arange(tokens)
        window = self.window(layer)
        seen = (distance >= 0) & (distance < (window if window else tokens))
        scores = np.where(seen, scores, -np.inf)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        mixed = np.einsum("hqk,khd->qhd", scores, v).reshape(tokens, -1)
        return self.linear(mixed, prefix + "o_proj")

    def feedForward(self, x, layer):
        prefix = f"model.layers.{layer}.mlp."
        gate = self.activation(self.linear(x, prefix + "gate_proj"))
        return self.linear(gate * self.linear(x, prefix + "up_proj"), prefix + "down_proj")

    def norm(self, x, name):
        return rmsNorm(x, self.weights[name + ".weight"], self.epsilon)

    def logits(self, tokens):
        """[tokens, vocabulary]"""
        x = self.weights["model.embed_tokens.weight"][np.asarray(tokens)]
        for layer in range(self.config["num_hidden_layers"]):
            prefix = f"model.layers.{layer}."
            x = x + self.attention(self.norm(x, prefix + "input_layernorm"), layer)
            x = x + self.feedForward(self.norm(x, prefix + "post_attention_layernorm"), layer)
        x = self.norm(x, "model.norm")
        tied = self.config.get("tie_word_embeddings", False)
        return self.linear(x, "model.embed_tokens" if tied else "lm_head")
