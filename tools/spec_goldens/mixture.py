#===- mixture.py - Mixtures of experts -------------------------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Block MOE: routers, experts, a shared expert."""
import numpy as np

from .batch import Case, Numbers
from .maths import sigmoid, silu, softmax


def best(values, count):
    """Numbers of the greatest values, greatest first, lower number among equals."""
    return sorted(range(len(values)), key=lambda i: (-values[i], i))[:count]


def route(scores, count, correction=0.0, groups=None, renormalize=True, scale=1.0):
    """scores [rows, experts]; groups: (number, kept, how many count)."""
    indices, weights = [], []
    for s in scores:
        choice = s + correction
        if groups:
            number, kept, counted = groups
            size = len(s) // number
            sums = [sum(sorted(choice[i * size:(i + 1) * size])[-counted:]) for i in range(number)]
            for g in set(range(number)) - set(best(sums, kept)):
                choice[g * size:(g + 1) * size] = -np.inf
        chosen = best(list(choice), count)
        w = s[chosen]
        if renormalize:
            w = w / (w.sum() + 1e-20)
        indices.append(chosen)
        weights.append(w * scale)
    return np.array(indices, dtype=np.int32), np.array(weights)


def routers():
    n = Numbers("moe")
    logits, correction = n.normal(7, 12, scale=2.0), n.normal(12, scale=0.5)
    soft = np.array([softmax(row) for row in logits])
    inputs = [("logits", logits)]
    for name, result in {
            "softmax": route(soft, 3),
            "plain_softmax": route(soft, 3, renormalize=False),
            "best_group": route(soft, 4, groups=(4, 2, 1), renormalize=False, scale=16.0)}.items():
        yield Case("moe", name, inputs, {0: result[0], 1: result[1]})
    result = route(sigmoid(logits), 4, correction, groups=(4, 2, 2), scale=2.5)
    yield Case("moe", "best_two", inputs + [("correction", correction)], {0: result[0], 1: result[1]})
    result = route(sigmoid(logits), 3, correction, scale=1.5)
    yield Case("moe", "corrected", inputs + [("correction", correction)], {0: result[0], 1: result[1]})
    equal = np.array([[1.0, 2, 2, 0, 2, 1], [0, 0, 0, 0, 0, 0]])
    result = route(sigmoid(equal), 4)
    yield Case("moe", "equals", [("logits", equal)], {0: result[0], 1: result[1]})


def layers():
    n = Numbers("experts")
    experts, inner, width = 5, 6, 7
    x, router = n.normal(8, width), n.matrix(experts, width)
    gate, up = n.matrix(experts, inner, width), n.matrix(experts, inner, width)
    down = n.matrix(experts, width, inner)
    soft = np.array([softmax(row) for row in x @ router.T])
    indices, weights = route(soft, 2)
    y = np.zeros_like(x)
    for r in range(8):
        for e, w in zip(indices[r], weights[r]):
            y[r] += w * (down[e] @ (silu(gate[e] @ x[r]) * (up[e] @ x[r])))
    common = [("x", x), ("router", router), ("gate", gate), ("up", up), ("down", down)]
    yield Case("moe", "layer", common, {0: y})

    s_gate, s_up = n.matrix(9, width), n.matrix(9, width)
    s_down, s_open = n.matrix(width, 9), n.matrix(1, width)
    shared = (silu(x @ s_gate.T) * (x @ s_up.T)) @ s_down.T * sigmoid(x @ s_open.T)
    yield Case("moe", "shared", common + [("s_gate", s_gate), ("s_up", s_up), ("s_down", s_down),
                                          ("s_open", s_open)], {0: y + shared})

    bias, b_down = n.normal(experts), n.normal(experts, width)
    b_gate = n.normal(experts, inner, scale=4.0)
    b_up = n.normal(experts, inner, scale=4.0)
    logits = x @ router.T + bias
    y = np.zeros_like(x)
    for r in range(8):
        chosen = best(list(logits[r]), 3)
        for e, w in zip(chosen, softmax(logits[r][chosen])):
            g, u = gate[e] @ x[r] + b_gate[e], up[e] @ x[r] + b_up[e]
            g, u = np.minimum(g, 7), np.clip(u, -7, 7)
            y[r] += w * (down[e] @ ((u + 1) * g * sigmoid(1.702 * g)) + b_down[e])
    yield Case("moe", "biased", [("x", x), ("router", router), ("bias", bias), ("gate", gate), ("up", up),
                                 ("down", down), ("b_gate", b_gate), ("b_up", b_up),
                                 ("b_down", b_down)], {0: y})


def cases():
    yield from routers()
    yield from layers()
