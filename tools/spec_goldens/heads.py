#===- heads.py - What comes after the last layer ---------------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Block HEAD: logits, pooling, classification."""
import numpy as np

from .batch import Case, Numbers, encoder_rows
from .maths import gelu, layer_norm


def logits():
    n = Numbers("head")
    x, w, b = n.normal(5, 7), n.normal(9, 7), n.normal(9)
    wanted = np.array([1, 4], dtype=np.int32)
    yield Case("head", "tied", [("x", x), ("wanted", wanted), ("w", w)], {0: x[wanted] @ w.T})
    lengths = np.maximum(np.sqrt((w * w).sum(1)), 1e-12)
    yield Case("head", "normalized", [("x", x), ("w", w)], {0: x @ (w / lengths[:, None]).T})
    yield Case("head", "biased", [("x", x), ("w", w), ("b", b)], {0: x @ w.T + b})
    dense, d_bias, scale, shift = n.matrix(7, 7), n.normal(7), n.around_one(7), n.normal(7)
    h = layer_norm(gelu(x @ dense.T + d_bias), scale, shift, 1e-12)
    yield Case("head", "masked", [("x", x), ("dense", dense), ("d_bias", d_bias), ("scale", scale),
                                  ("shift", shift), ("w", w), ("b", b)], {0: h @ w.T + b})


def pooling():
    n, rows = Numbers("pool"), encoder_rows()
    x, wanted = n.normal(8, 7), np.array([2, 1], dtype=np.int32)
    parts = [x[rows.sequences == s] for s in wanted]
    kinds = [[p[0] for p in parts], [p[-1] for p in parts], [p.mean(0) for p in parts],
             [p.sum(0) / np.sqrt(len(p)) for p in parts], [p.max(0) for p in parts]]
    inputs = [("x", x)] + rows.inputs() + [("wanted", wanted)]
    yield Case("head", "pools", inputs, {i: np.array(kind) for i, kind in enumerate(kinds)})
    mean = np.array(kinds[2])
    yield Case("head", "sentence", inputs,
               {0: mean / np.maximum(np.sqrt((mean * mean).sum(1, keepdims=True)), 1e-12)})
    w1, b1, w2, b2 = n.matrix(7, 7), n.normal(7), n.matrix(3, 7), n.normal(3)
    classes = np.tanh(np.array(kinds[0]) @ w1.T + b1) @ w2.T + b2
    yield Case("head", "classes", inputs + [("w1", w1), ("b1", b1), ("w2", w2), ("b2", b2)], {0: classes})


def cases():
    yield from logits()
    yield from pooling()
