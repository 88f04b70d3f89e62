#===- wiring.py - Residual wiring and constant scales ----------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Blocks WIRE, MUP, CAP of logits, OGATE."""
import numpy as np

from .batch import Case, Numbers
from .maths import layer_norm, rms, sigmoid


def wirings():
    n = Numbers("wire")
    h, a, f = n.normal(5, 7), n.matrix(7, 7), n.matrix(7, 7)
    n1, n2, n3, n4 = (n.around_one(7) for _ in range(4))
    b1, b2 = n.normal(7), n.normal(7)
    common = [("h", h), ("a", a), ("f", f), ("n1", n1), ("n2", n2)]

    def attend(x):
        return x @ a.T

    def feed(x):
        return x @ f.T

    x = h + attend(rms(h, n1, 1e-5))
    yield Case("wire", "pre", common, {0: x + feed(rms(x, n2, 1e-5))})
    x = layer_norm(h + attend(h), n1, b1, 1e-5)
    yield Case("wire", "post", common + [("b1", b1), ("b2", b2)],
               {0: layer_norm(x + feed(x), n2, b2, 1e-5)})
    x = h + rms(attend(rms(h, n1, 1e-5)), n2, 1e-5)
    yield Case("wire", "sandwich", common + [("n3", n3), ("n4", n4)],
               {0: x + rms(feed(rms(x, n3, 1e-5)), n4, 1e-5)})
    x = rms(h, n1, 1e-5)
    yield Case("wire", "parallel", common[:4], {0: h + attend(x) + feed(x)})
    x = rms(h, n1, 1e-5)
    x = 3.5 * x + 0.75 * attend(x)
    x = rms(x, n2, 1e-5)
    yield Case("wire", "norm_residual", common, {0: 2.5 * x + 0.5 * feed(x)})


def scales():
    n = Numbers("mup")
    tokens, table, w = n.integers(11, 5), n.normal(11, 7), n.matrix(7, 7)
    h = 12.0 * table[tokens]
    h = h + 0.25 * (h @ w.T)
    yield Case("mup", "scales", [("tokens", tokens), ("table", table), ("w", w)],
               {0: 0.125 * (h @ table.T)})
    logits = n.normal(5, 9, scale=40.0)
    yield Case("cap", "logits", [("x", logits)], {0: 30 * np.tanh(logits / 30)})
    o, g = n.normal(5, 8), n.normal(5, 8)
    yield Case("ogate", "rows", [("o", o), ("g", g)], {0: o * sigmoid(g)})


def cases():
    yield from wirings()
    yield from scales()
