#===- attention.py - Softmax attention of all kinds ------------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Blocks ATT, SWA, CAP, SINK, ALIBI, RELB, MLA."""
import math

import numpy as np

from .batch import (CAPACITY, Case, Numbers, Rows, appended, encoder_rows, past_state,
                    step_rows)
from .maths import as_bf16, per_head, softmax


def weigh(scores, values, sink=None):
    """The softmax of a list of scores times a list of values."""
    scores = np.array(scores)
    if sink is None:
        return softmax(scores) @ np.array(values)
    return softmax(np.append(scores, sink))[:-1] @ np.array(values)


def attend(q, keys, values, rows, scale, visible, bias=None, cap=0.0, sinks=None):
    """q [rows, heads, size]; keys(row), values(row): [positions, kvHeads, size] of
    the row's sequence; visible(p, j); bias(h, p, j)."""
    y = []
    for r in range(len(rows)):
        p, k, v = rows.positions[r], keys(r), values(r)
        outputs = []
        for h in range(q.shape[1]):
            g = h // (q.shape[1] // k.shape[1])
            seen = [j for j in range(k.shape[0]) if visible(p, j)]
            scores = [scale * (q[r, h] @ k[j, g]) for j in seen]
            if cap:
                scores = [cap * math.tanh(s / cap) for s in scores]
            if bias:
                scores = [s + bias(h, p, j) for s, j in zip(scores, seen)]
            outputs.append(weigh(scores, [v[j, g] for j in seen], None if sinks is None else sinks[h]))
        y.append(np.concatenate(outputs))
    return np.array(y)


def causal(p, j):
    return j <= p


class StepCase:
    """Six query heads of five components over a state of two."""

    def __init__(self, name, heads=6, kv_heads=2, rows=None):
        n = self.numbers = Numbers(name)
        self.rows = rows or step_rows()
        count = len(self.rows)
        self.q = n.normal(count, heads * 5)
        self.k, self.v = n.normal(count, kv_heads * 5), n.normal(count, kv_heads * 5)
        self.keys = past_state(n, self.rows, kv_heads, 5)
        self.values = past_state(n, self.rows, kv_heads, 5)
        self.new_keys = appended(self.keys, self.rows, self.k)
        self.new_values = appended(self.values, self.rows, self.v)
        self.heads = heads
        self.inputs = ([("q", self.q), ("k", self.k), ("v", self.v), ("keys", self.keys),
                        ("values", self.values)] + self.rows.inputs())

    def run(self, visible=causal, **options):
        return attend(per_head(self.q, self.heads), lambda r: self.new_keys[self.rows.sequences[r]],
                      lambda r: self.new_values[self.rows.sequences[r]], self.rows, 5 ** -0.5, visible,
                      **options)


class EncoderCase:
    """Four query heads over two key heads of three components, no state."""

    def __init__(self, name, rows=None):
        n = self.numbers = Numbers(name)
        rows = self.rows = rows or encoder_rows()
        self.q = n.normal(len(rows), 12)
        self.k, self.v = n.normal(len(rows), 6), n.normal(len(rows), 6)
        self.inputs = [("q", self.q), ("k", self.k), ("v", self.v)] + rows.inputs()

    def run(self, visible=lambda p, j: True, scale=3 ** -0.5, **options):
        def own(tensor):
            heads = per_head(tensor, 2)
            return lambda r: heads[self.rows.sequences == self.rows.sequences[r]]
        return attend(per_head(self.q, 4), own(self.k), own(self.v), self.rows, scale, visible, **options)


def cross():
    n = Numbers("cross")
    encoder, rows = encoder_rows(), Rows([1, 1, 0, 2, 3, 3], [0, 1, 4, 2, 0, 1])
    k, v, q = n.normal(8, 6), n.normal(8, 6), n.normal(6, 12)
    # Sequence 3 was written before and keeps three positions; 1 held more.
    keys, values = np.full((4, CAPACITY, 2, 3), np.nan), np.full((4, CAPACITY, 2, 3), np.nan)
    for sequence, length in ((1, 7), (3, 3)):
        keys[sequence, :length] = n.normal(length, 2, 3)
        values[sequence, :length] = n.normal(length, 2, 3)
    lengths = np.array([0, 7, 0, 3], dtype=np.int32)
    new_keys, new_values = appended(keys, encoder, k), appended(values, encoder, v)
    new_lengths = np.array([2, 5, 1, 3], dtype=np.int32)
    y = attend(per_head(q, 4), lambda r: new_keys[rows.sequences[r], :new_lengths[rows.sequences[r]]],
               lambda r: new_values[rows.sequences[r], :new_lengths[rows.sequences[r]]], rows, 0.5,
               lambda p, j: True)
    yield Case("att", "cross", [("k", k), ("v", v), ("keys", keys), ("values", values),
                                ("lengths", lengths)] + encoder.inputs("encoder") +
               [("q", q)] + rows.inputs(), {0: y, 1: new_keys, 2: new_values, 3: new_lengths})


def softmax_attention():
    case = StepCase("att")
    yield Case("att", "causal", case.inputs, {0: case.run(), 1: case.new_keys, 2: case.new_values})
    case = StepCase("att-bf16")
    case.new_keys = as_bf16(appended(case.keys, case.rows, case.k))
    case.new_values = as_bf16(appended(case.values, case.rows, case.v))
    yield Case("att", "bf16_state", case.inputs, {0: case.run(), 1: case.new_keys, 2: case.new_values})
    case = EncoderCase("bidirectional")
    yield Case("att", "bidirectional", case.inputs, {0: case.run()})
    yield from cross()
    case = StepCase("swa")
    yield Case("swa", "causal", case.inputs, {0: case.run(lambda p, j: j <= p and p - j < 3)})
    case = EncoderCase("swa-rows")
    yield Case("swa", "rows", case.inputs, {0: case.run(lambda p, j: abs(p - j) < 2)})
    case = StepCase("cap")
    case.q *= 4
    case.inputs[0] = ("q", case.q)
    yield Case("cap", "scores", case.inputs, {0: case.run(cap=1.5)})
    case = StepCase("sink")
    sinks = case.numbers.normal(6)
    yield Case("sink", "causal", case.inputs + [("sinks", sinks)], {0: case.run(sinks=sinks)})


def slopes(heads):
    def power_of_two(n):
        return [2 ** (-8 * (h + 1) / n) for h in range(n)]
    lower = 2 ** int(math.log2(heads))
    if lower == heads:
        return power_of_two(heads)
    return power_of_two(lower) + power_of_two(2 * lower)[0::2][:heads - lower]


def bucket(relative, buckets, distance, bidirectional):
    """As the T5 description has it; `relative` is j - p."""
    result = 0
    if bidirectional:
        buckets //= 2
        result += buckets * (relative > 0)
        relative = abs(relative)
    else:
        relative = max(-relative, 0)
    exact = buckets // 2
    if relative < exact:
        return result + relative
    grown = math.log(relative / exact) / math.log(distance / exact) * (buckets - exact)
    return result + min(exact + math.floor(grown + 1e-9), buckets - 1)


def biases():
    case = StepCase("alibi")
    s = np.float32(slopes(6)).astype(np.float64)
    yield Case("alibi", "causal", case.inputs, {0: case.run(bias=lambda h, p, j: s[h] * (j - p))})
    case = EncoderCase("alibi-rows")
    s4 = slopes(4)
    yield Case("alibi", "rows", case.inputs, {0: case.run(bias=lambda h, p, j: -s4[h] * abs(j - p))})

    long = Rows([0] * 13 + [1] * 3, list(range(13)) + list(range(3)))
    case = EncoderCase("relb-rows", long)
    table = case.numbers.normal(8, 4)
    yield Case("relb", "rows", case.inputs + [("table", table)],
               {0: case.run(scale=1.0, bias=lambda h, p, j: table[bucket(j - p, 8, 10, True), h])})
    case = StepCase("relb")
    table = case.numbers.normal(4, 6)
    yield Case("relb", "causal", case.inputs + [("table", table)],
               {0: case.run(bias=lambda h, p, j: table[bucket(j - p, 4, 6, False), h])})


def latent():
    n = Numbers("mla")
    rows, heads, nope, rope, value, rank = step_rows(), 3, 4, 2, 5, 7
    q, q_rope = n.normal(8, heads * nope), n.normal(8, heads * rope)
    c, k_rope = n.normal(8, rank), n.normal(8, rope)
    latents, keys = past_state(n, rows, rank), past_state(n, rows, rope)
    w = n.matrix(heads * (nope + value), rank)
    all_latents, all_keys = appended(latents, rows, c), appended(keys, rows, k_rope)
    per = w.reshape(heads, nope + value, rank)
    y = []
    for r in range(8):
        sequence, p = rows.sequences[r], rows.positions[r]
        seen = all_latents[sequence, :p + 1]
        for h in range(heads):
            k_nope, v = seen @ per[h, :nope].T, seen @ per[h, nope:].T
            scores = (k_nope @ per_head(q, heads)[r, h] +
                      all_keys[sequence, :p + 1] @ per_head(q_rope, heads)[r, h])
            y.append(softmax(scores * (nope + rope) ** -0.5) @ v)
    y = np.array(y).reshape(8, heads * value)
    common = [("q", q), ("q_rope", q_rope), ("c", c), ("k_rope", k_rope), ("latents", latents),
              ("keys", keys)] + rows.inputs()
    yield Case("mla", "expanded", common + [("w", w)], {0: y, 1: all_latents, 2: all_keys})
    yield Case("mla", "absorbed", common + [("wk", per[:, :nope]), ("wv", per[:, nope:])], {0: y})


def cases():
    yield from softmax_attention()
    yield from biases()
    yield from latent()
