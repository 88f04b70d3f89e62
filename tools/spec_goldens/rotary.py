#===- rotary.py - Rotary positions and their scalings ----------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Blocks ROPE, RSC, MROPE, and QKN, which is applied next to them."""
import math

import numpy as np

from .attention import attend, causal
from .batch import Case, Numbers, Rows, appended, past_state, step_rows
from .maths import per_head, rms


def base_frequencies(rotary, base=10000.0):
    return np.array([base ** (-2 * k / rotary) for k in range(rotary // 2)])


def as_f32(values):
    """Programs hold their frequencies as f32."""
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def rotate(x, angles, style, factor=1.0):
    """x [rows, heads, size], angles [rows, n]: the first 2 n components."""
    y = x.copy()
    count = angles.shape[1]
    for r in range(x.shape[0]):
        for h in range(x.shape[1]):
            for k in range(count):
                i, j = (k, k + count) if style == "halves" else (2 * k, 2 * k + 1)
                c, s = factor * math.cos(angles[r, k]), factor * math.sin(angles[r, k])
                y[r, h, i] = x[r, h, i] * c - x[r, h, j] * s
                y[r, h, j] = x[r, h, j] * c + x[r, h, i] * s
    return y


def llama3(f, factor, low, high, original):
    result = []
    for frequency in f:
        wavelength = 2 * math.pi / frequency
        if wavelength < original / high:
            result.append(frequency)
        elif wavelength > original / low:
            result.append(frequency / factor)
        else:
            t = (original / wavelength - low) / (high - low)
            result.append((1 - t) * frequency / factor + t * frequency)
    return np.array(result)


def yarn(f, rotary, base, factor, original, fast=32.0, slow=1.0):
    def dimension(turns):
        return rotary * math.log(original / (2 * math.pi * turns)) / (2 * math.log(base))
    first = max(math.floor(dimension(fast)), 0)
    last = min(math.ceil(dimension(slow)), rotary - 1)
    if first == last:
        last += 0.001
    ramp = np.clip((np.arange(rotary // 2) - first) / (last - first), 0, 1)
    return ramp * f / factor + (1 - ramp) * f


FREQUENCIES = {
    "linear": base_frequencies(8) / 4,
    "llama3": llama3(base_frequencies(8, 500000.0), 8.0, 1.0, 4.0, 64),
    "yarn": yarn(base_frequencies(8), 8, 10000.0, 4.0, 64),
    "longrope": base_frequencies(8) / np.array([1.0, 1.5, 3.25, 8.0]),
    "alpha": base_frequencies(8, 10000.0 * 50.0 ** (8 / 6)),
}
FACTORS = {"yarn": 0.1 * math.log(4.0) + 1, "longrope": math.sqrt(1 + math.log(4.0) / math.log(64))}


def ropes():
    n = Numbers("rope")
    rows, x = step_rows(), n.normal(8, 16)
    heads = per_head(x, 2)
    inputs = [("x", x)] + rows.inputs()
    whole = rows.positions[:, None] * as_f32(base_frequencies(8))
    part = rows.positions[:, None] * as_f32(base_frequencies(4))
    yield Case("rope", "halves", inputs, {0: rotate(heads, whole, "halves").reshape(8, 16)})
    yield Case("rope", "interleaved", inputs, {0: rotate(heads, whole, "interleaved").reshape(8, 16)})
    yield Case("rope", "partial", inputs, {0: rotate(heads, part, "halves").reshape(8, 16)})

    far = Rows([0, 0, 1, 1, 1], [70, 71, 3, 200, 201])
    x = n.normal(5, 16)
    for name, frequencies in FREQUENCIES.items():
        angles = far.positions[:, None] * as_f32(frequencies)
        y = rotate(per_head(x, 2), angles, "halves", FACTORS.get(name, 1.0))
        yield Case("rsc", name, [("x", x)] + far.inputs(), {0: y.reshape(5, 16)})
    scale = np.array([math.log(p + 1, 71) if p + 1 > 71 else 1.0 for p in far.positions])
    yield Case("rsc", "logn", [("x", x)] + far.inputs(), {0: x * scale[:, None]})


def multimodal():
    n = Numbers("mrope")
    # Axis 0 is the place; then time, height and width.
    rows = Rows([0, 0, 0, 0, 1], [[0, 0, 0, 0], [1, 1, 1, 2], [2, 1, 2, 1], [3, 3, 3, 3], [5, 7, 9, 4]])
    x = n.normal(5, 24)
    f = as_f32(base_frequencies(12))
    sections = [1] * 2 + [2] * 2 + [3] * 2
    mixed = [2 if k % 3 == 1 else 3 if k % 3 == 2 else 1 for k in range(6)]
    for name, axes in (("sectioned", sections), ("interleaved", mixed)):
        angles = np.array([[row[a] * f[k] for k, a in enumerate(axes)] for row in rows.axes])
        yield Case("mrope", name, [("x", x)] + rows.inputs(),
                   {0: rotate(per_head(x, 2), angles, "halves").reshape(5, 24)})


def pictures():
    """A step: tokens and the rows of pictures, whose places on the axes of height and width
    are not those in the sequence. Sequence 0 goes on, 2 begins, 3 goes on."""
    n = Numbers("mrope-picture")
    rows = Rows([0, 0, 0, 2, 2, 2, 2, 3], [[3, 3, 3, 3], [4, 4, 4, 4], [5, 4, 4, 5], [0, 0, 0, 0],
                                           [1, 1, 1, 1], [2, 1, 2, 1], [3, 3, 3, 3], [6, 2, 8, 5]])
    tokens = np.array([7, -1, -1, 2, -1, -1, 9, 0], dtype=np.int32)
    given, table = n.normal(8, 24), n.normal(11, 24)
    given[tokens >= 0] = np.nan
    key, value, head = n.matrix(12, 24), n.matrix(12, 24), n.matrix(11, 24)
    keys, values = past_state(n, rows, 1, 12), past_state(n, rows, 1, 12)
    wanted = np.array([0, 2, 4, 5, 6, 7], dtype=np.int32)

    x = np.array([given[r] if t < 0 else 2 * table[t] for r, t in enumerate(tokens)])
    f = as_f32(base_frequencies(12))
    angles = np.array([[row[a] * f[k] for k, a in enumerate([1, 1, 2, 2, 3, 3])] for row in rows.axes])
    q = rotate(per_head(x, 2), angles, "halves")
    k = rotate(per_head(x @ key.T, 1), angles, "halves")
    new_keys, new_values = appended(keys, rows, k), appended(values, rows, x @ value.T)
    attended = attend(q, lambda r: new_keys[rows.sequences[r]], lambda r: new_values[rows.sequences[r]],
                      rows, 0.25, causal)
    inputs = [("tokens", tokens), ("given", given)] + rows.inputs() + [
        ("wanted", wanted), ("keys", keys), ("values", values), ("table", table), ("key", key),
        ("value", value), ("head", head)]
    yield Case("mrope", "picture", inputs, {0: (x + attended)[wanted] @ head.T, 1: new_keys,
                                            2: new_values})


def norms_of_heads():
    n = Numbers("qkn")
    rows, x = step_rows(), n.normal(8, 16)
    w, flat = n.around_one(8), n.around_one(16)
    inputs = [("x", x)] + rows.inputs()
    angles = rows.positions[:, None] * as_f32(base_frequencies(8))
    before = rotate(rms(per_head(x, 2), w, 1e-6), angles, "halves")
    yield Case("qkn", "before_rope", inputs + [("w", w)], {0: before.reshape(8, 16)})
    after = rms(rotate(per_head(x, 2), angles, "halves"), w, 1e-6)
    yield Case("qkn", "after_rope", inputs + [("w", w)], {0: after.reshape(8, 16)})
    whole = rotate(per_head(rms(x, flat, 1e-6), 2), angles, "halves")
    yield Case("qkn", "flat", inputs + [("w", flat)], {0: whole.reshape(8, 16)})


def cases():
    yield from ropes()
    yield from multimodal()
    yield from pictures()
    yield from norms_of_heads()
