#===- recurrent.py - Recurrences -------------------------------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Blocks LLA and GDN with its causal convolution."""
import math

import numpy as np

from .batch import SEQUENCES, Case, Numbers, step_rows
from .maths import as_bf16, per_head, rms, sigmoid, silu


def by_row(rows, state, step):
    """Runs step(row, state of its sequence) -> (state, output) in order; a
    sequence begins with zeros at position 0, whatever the state holds."""
    state, y = state.copy(), []
    for r in range(len(rows)):
        sequence = rows.sequences[r]
        if rows.positions[r] == 0:
            state[sequence] = 0
        state[sequence], output = step(r, state[sequence])
        y.append(np.ravel(output))
    return state, np.array(y)


def lightning():
    n, rows = Numbers("lla"), step_rows()
    heads, size, layer, layers = 2, 3, 1, 4
    s = [2 ** (-8 * (h + 1) / heads) * (1 - layer / (layers - 1) + 1e-5) for h in range(heads)]
    s = np.float32(s).astype(np.float64)
    x, w_qkv, w_gate = n.normal(8, 7), n.matrix(18, 7), n.matrix(6, 7)
    norm, w_out = n.around_one(6), n.matrix(7, 6)
    qkv = silu(x @ w_qkv.T).reshape(8, heads, 3, size)
    state = n.normal(SEQUENCES, heads, size, size)

    def step(r, past):
        new, outputs = past.copy(), []
        for h in range(heads):
            q, k, v = qkv[r, h]
            new[h] = math.exp(-s[h]) * past[h] + np.outer(k, v)
            outputs.append(q @ new[h])
        return new, outputs

    new_state, o = by_row(rows, state, step)
    y = (sigmoid(x @ w_gate.T) * rms(o, norm, 1e-6)) @ w_out.T
    yield Case("lla", "layer", [("x", x), ("state", state)] + rows.inputs() +
               [("w_qkv", w_qkv), ("w_gate", w_gate), ("norm", norm), ("w_out", w_out)],
               {0: y, 1: new_state})


def convolved(x, rows, tails, w, stored=lambda tail: tail):
    """Causal and depthwise over all inputs of the sequence, earlier ones as they
    are `stored`; and the new tails."""
    tails, y = tails.copy(), np.zeros_like(x)
    for r in range(len(rows)):
        sequence = rows.sequences[r]
        if rows.positions[r] == 0:
            tails[sequence] = 0
        window = np.concatenate([tails[sequence], x[r][:, None]], 1)
        y[r] = (window * w[:, 0]).sum(1)
        tails[sequence] = stored(window[:, 1:])
    return y, tails


def gated_delta():
    n, rows = Numbers("gdn"), step_rows()
    key_heads, heads, dk, dv = 2, 4, 3, 5
    width = 2 * key_heads * dk + heads * dv
    mixed, z = n.normal(8, width), n.normal(8, heads * dv)
    a, b = n.normal(8, heads, scale=2.0), n.normal(8, heads)
    tails, state = n.normal(SEQUENCES, width, 3), n.normal(SEQUENCES, heads, dk, dv)
    w_conv, rate, bias = n.normal(width, 1, 4, scale=0.5), n.normal(heads), n.normal(heads)
    norm = n.around_one(dv)

    conv, new_tails = convolved(mixed, rows, tails, w_conv)
    q, k, v = np.split(silu(conv), [key_heads * dk, 2 * key_heads * dk], axis=1)
    q, k, v = per_head(q, key_heads), per_head(k, key_heads), per_head(v, heads)
    q = q / np.sqrt((q * q).sum(-1, keepdims=True) + 1e-6) * dk ** -0.5
    k = k / np.sqrt((k * k).sum(-1, keepdims=True) + 1e-6)
    beta, g = sigmoid(b), -np.exp(rate) * np.log1p(np.exp(a + bias))

    def step(r, past):
        new, outputs = past.copy(), []
        for h in range(heads):
            i = h // (heads // key_heads)
            decayed = math.exp(g[r, h]) * past[h]
            u = beta[r, h] * (v[r, h] - decayed.T @ k[r, i])
            new[h] = decayed + np.outer(k[r, i], u)
            outputs.append(new[h].T @ q[r, i])
        return new, outputs

    new_state, o = by_row(rows, state, step)
    y = rms(per_head(o, heads), norm, 1e-6).reshape(8, -1) * silu(z)
    yield Case("gdn", "layer", [("mixed", mixed), ("z", z), ("a", a), ("b", b), ("tails", tails),
                                ("state", state)] + rows.inputs() +
               [("w_conv", w_conv), ("rate", rate), ("bias", bias), ("norm", norm)],
               {0: y, 1: new_tails, 2: new_state})
    tails = as_bf16(tails)
    conv, new_tails = convolved(mixed, rows, tails, w_conv, as_bf16)
    yield Case("gdn", "bf16_tail", [("mixed", mixed), ("tails", tails)] + rows.inputs() +
               [("w_conv", w_conv)], {0: conv, 1: new_tails})
    extremes = np.array([[-90.0, -20.0, 20.0, 90.0], [0.0, -1.0, 1.0, 30.0]])
    decay = -np.exp(rate) * np.logaddexp(0, extremes + bias)
    yield Case("gdn", "decay", [("a", extremes), ("rate", rate), ("bias", bias)], {0: decay})


def cases():
    yield from lightning()
    yield from gated_delta()
