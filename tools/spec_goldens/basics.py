#===- basics.py - Embeddings, products, norms, MLPs ------------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Blocks EMB, APOS, LIN, LN, RMS, RMS1, GRMS, MLP, GLU, CONV; upstream ops."""
import math

import numpy as np

from .batch import Case, Numbers, Rows, encoder_rows, step_rows
from .maths import as_bf16, gelu, gelu_tanh, layer_norm, per_head, rms, sigmoid, silu


def embeddings():
    n = Numbers("emb")
    tokens, table = n.integers(11, 5), n.normal(11, 7)
    yield Case("emb", "scaled", [("tokens", tokens), ("table", table)], {0: 2.5 * table[tokens]})

    rows = encoder_rows()
    tokens, types = n.integers(11, 8), n.integers(2, 8)
    positions, kinds = n.normal(6, 7), n.normal(2, 7)
    sums = table[tokens] + positions[rows.positions] + kinds[types]
    yield Case("emb", "bert", [("tokens", tokens), ("types", types)] + rows.inputs() +
               [("table", table), ("positions", positions), ("kinds", kinds)], {0: sums})

    x, picture = n.normal(6, 7), n.normal(3, 7)
    places = np.array([-1, 0, 2, -1, 1, -1], dtype=np.int32)
    mixed = np.array([x[r] if p < 0 else picture[p] for r, p in enumerate(places)])
    yield Case("emb", "given_rows", [("x", x), ("picture", picture), ("places", places)], {0: mixed})

    tokens, given = np.array([3, -1, -1, 10, 0, -7], dtype=np.int32), n.normal(6, 7)
    given[[0, 3, 4]] = np.nan  # of tokens
    mixed = np.array([given[r] if t < 0 else 2.5 * table[t] for r, t in enumerate(tokens)])
    yield Case("emb", "mixed", [("tokens", tokens), ("given", given), ("table", table)], {0: mixed})


def positions():
    n = Numbers("apos")
    rows, table = step_rows(), n.normal(12, 7)
    yield Case("apos", "learned", rows.inputs() + [("table", table)], {0: table[rows.positions + 2]})
    frequencies = np.array([10000 ** (-k / 3) for k in range(4)])
    angles = rows.positions[:, None] * frequencies
    yield Case("apos", "sinusoidal", rows.inputs(),
               {0: np.concatenate([np.sin(angles), np.cos(angles)], 1)})


def products():
    n = Numbers("lin")
    x, w, b = n.normal(5, 7), n.matrix(16, 7), n.normal(16)
    y = x @ w.T + b
    yield Case("lin", "fused", [("x", x), ("w", w), ("b", b)],
               {0: y[:, :8], 1: y[:, 8:12], 2: y[:, 12:]})
    w, b = n.matrix(16, 7), n.normal(16)
    yield Case("lin", "bf16_weight", [("x", x), ("w", w), ("b", b)], {0: x @ as_bf16(w).T + as_bf16(b)})
    w = n.matrix(18, 7)
    y = per_head(x @ w.T, 3)
    yield Case("lin", "per_head", [("x", x), ("w", w)],
               {0: y[:, :, :4].reshape(5, -1), 1: y[:, :, 4:].reshape(5, -1)})


def norms():
    n = Numbers("norms")
    x, w, b = n.normal(5, 13, mean=0.7, scale=3.0), n.around_one(13), n.normal(13)
    yield Case("ln", "biased", [("x", x), ("w", w), ("b", b)], {0: layer_norm(x, w, b, 1e-5)})
    yield Case("ln", "unbiased", [("x", x), ("w", w)], {0: layer_norm(x, w, 0.0, 1e-12)})
    yield Case("rms", "rows", [("x", x), ("w", w)], {0: rms(x, w, 1e-6)})
    small = n.normal(5, 13, scale=1e-3)
    yield Case("rms", "small", [("x", small), ("w", w)], {0: rms(small, w, 1e-5)})
    offset = n.normal(13, scale=0.25)
    yield Case("rms1", "rows", [("x", x), ("w", offset)], {0: rms(x, 1 + offset, 1e-6)})
    x, z, w = n.normal(5, 15), n.normal(5, 15), n.around_one(5)
    normed = rms(per_head(x, 3), w, 1e-6).reshape(5, 15)
    yield Case("grms", "heads", [("x", x), ("z", z), ("w", w)], {0: normed * silu(z)})


def feed_forward():
    n = Numbers("mlp")
    x = n.normal(5, 7, scale=2.0)
    w1, b1, w2, b2 = n.matrix(9, 7), n.normal(9), n.matrix(7, 9), n.normal(7)
    inputs = [("x", x), ("w1", w1), ("b1", b1), ("w2", w2), ("b2", b2)]
    yield Case("mlp", "gelu", inputs, {0: gelu(x @ w1.T + b1) @ w2.T + b2})
    positive = np.maximum(x, 0)
    kinds = [silu(x), gelu(x), gelu_tanh(x), x * sigmoid(1.702 * x), positive, positive ** 2,
             sigmoid(x), np.tanh(x)]
    yield Case("mlp", "activations", [("x", x)], dict(enumerate(kinds)))

    gate, up, down = n.matrix(9, 7), n.matrix(9, 7), n.matrix(7, 9)
    inputs = [("x", x), ("gate", gate), ("up", up), ("down", down)]
    g, u = x @ gate.T, x @ up.T
    yield Case("glu", "swiglu", inputs, {0: (silu(g) * u) @ down.T})
    yield Case("glu", "geglu", inputs, {0: (gelu_tanh(g) * u) @ down.T})
    g, u = n.normal(5, 9, scale=6.0), n.normal(5, 9, scale=6.0)
    low, bounded = np.minimum(g, 7), np.clip(u, -7, 7)
    yield Case("glu", "clamped", [("g", g), ("u", u)],
               {0: (bounded + 1) * low * sigmoid(1.702 * low)})


def convolve(x, rows, out, w, bias, stride, padding):
    """x of position stride * p - padding + m of the same sequence, or zero."""
    where = {(s, p): r for r, (s, p) in enumerate(zip(rows.sequences, rows.positions))}
    y = np.tile(bias, (len(out), 1))
    for r, (s, p) in enumerate(zip(out.sequences, out.positions)):
        for m in range(w.shape[2]):
            source = where.get((s, stride * p - padding + m))
            if source is not None:
                y[r] += w[:, :, m] @ x[source]
    return y


def convolutions():
    n = Numbers("conv")
    rows = encoder_rows()
    half = Rows([1, 1, 1, 0, 2], [0, 1, 2, 0, 0])
    x = n.normal(8, 5)
    w1, b1, w2, b2 = n.normal(6, 5, 3, scale=0.3), n.normal(6), n.normal(7, 6, 3, scale=0.3), n.normal(7)
    first = gelu(convolve(x, rows, rows, w1, b1, 1, 1))
    second = gelu(convolve(first, rows, half, w2, b2, 2, 1))
    yield Case("conv", "audio", [("x", x)] + rows.inputs() + half.inputs("half") +
               [("w1", w1), ("b1", b1), ("w2", w2), ("b2", b2)], {0: second})

    # Four patches of 2 x 3 x 3: the convolution whose stride is its kernel.
    patches, kernel = n.normal(4, 2, 3, 3), n.normal(7, 2, 3, 3, scale=0.3)
    y = np.array([[(kernel[o] * patch).sum() for o in range(7)] for patch in patches])
    yield Case("conv", "patches", [("x", patches.reshape(4, 18)), ("w", kernel.reshape(7, 18))], {0: y})


def upstream():
    n = Numbers("upstream")
    x = n.normal(5, 13, scale=3.0)
    yield Case("upstream", "hard_swish", [("x", x)], {0: x * np.clip(x / 6 + 0.5, 0, 1)})
    powers = np.exp(x - x.max(1, keepdims=True))
    yield Case("upstream", "softmax", [("x", x)], {0: powers / powers.sum(1, keepdims=True)})
    heads = per_head(n.normal(5, 12), 3)
    offset = np.arange(4) / 4
    large = np.where(np.abs(heads) > 0.5, heads + offset, 0)
    yield Case("upstream", "heads", [("x", heads.reshape(5, 12))], {0: large.sum(2), 1: large.reshape(5, 12)})


def cases():
    for make in (embeddings, positions, products, norms, feed_forward, convolutions, upstream):
        yield from make()
