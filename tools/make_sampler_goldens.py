#!/usr/bin/env python3
#===- make_sampler_goldens.py - What a sampler must draw from --------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Makes test/runtime/sampler-goldens.txt with the classes of transformers.

  make_sampler_goldens.py [--out test/runtime/sampler-goldens.txt]

Needs numpy, torch and transformers; the tests need none of them, because what
this writes is committed. A case is five lines:

  case NAME
  rules REPETITION_PENALTY GREEDY TEMPERATURE TOP_K TOP_P MIN_P
  seen IDS
  logits VALUES
  kept ID:PROBABILITY ...      likeliest first
"""
import argparse

import numpy
import torch
from transformers.generation import logits_process as processors

# Name, vocabulary, penalty, greedy, temperature, top-k, top-p, min-p.
CASES = [
    ("plain", 12, 1.0, 0, 1.0, 0, 1.0, 0.0),
    ("greedy", 40, 1.0, 1, 1.0, 0, 1.0, 0.0),
    ("greedy-penalized", 40, 1.8, 1, 1.0, 0, 1.0, 0.0),
    ("cold", 24, 1.0, 0, 0.3, 0, 1.0, 0.0),
    ("hot", 24, 1.0, 0, 2.5, 0, 1.0, 0.0),
    ("top-k", 50, 1.0, 0, 1.0, 7, 1.0, 0.0),
    ("top-k-of-all", 10, 1.0, 0, 1.0, 64, 1.0, 0.0),
    ("top-k-with-equals", 30, 1.0, 0, 1.0, 4, 1.0, 0.0),
    ("top-p", 50, 1.0, 0, 1.0, 0, 0.8, 0.0),
    ("top-p-keeps-one", 50, 1.0, 0, 0.2, 0, 0.01, 0.0),
    ("top-p-nearly-all", 20, 1.0, 0, 1.0, 0, 0.999, 0.0),
    ("min-p", 50, 1.0, 0, 1.0, 0, 1.0, 0.1),
    ("min-p-keeps-one", 50, 1.0, 0, 1.0, 0, 1.0, 1.0),
    ("penalty-on-both-signs", 16, 1.3, 0, 1.0, 0, 1.0, 0.0),
    ("penalty-below-one", 16, 0.7, 0, 1.0, 0, 1.0, 0.0),
    ("order-k-p", 60, 1.0, 0, 1.0, 12, 0.7, 0.0),
    ("order-p-min-p", 60, 1.0, 0, 1.0, 0, 0.95, 0.2),
    ("temperature-before-top-p", 60, 1.0, 0, 1.7, 0, 0.6, 0.0),
    ("temperature-before-min-p", 60, 1.0, 0, 0.6, 0, 1.0, 0.15),
    ("everything", 80, 1.2, 0, 0.8, 20, 0.9, 0.05),
    ("qwen-defaults", 200, 1.05, 0, 0.7, 20, 0.8, 0.0),
]


def expected(logits, seen, penalty, greedy, temperature, top_k, top_p, min_p):
    """The probability of every token after the rules, in the order that
    transformers puts them into its list."""
    ids = torch.tensor([seen], dtype=torch.long)
    scores = torch.from_numpy(logits)[None]
    rules = []
    if penalty != 1.0:
        rules.append(processors.RepetitionPenaltyLogitsProcessor(penalty))
    if not greedy:
        rules.append(processors.TemperatureLogitsWarper(temperature))
        if top_k:
            rules.append(processors.TopKLogitsWarper(top_k))
        if top_p < 1.0:
            rules.append(processors.TopPLogitsWarper(top_p))
        if min_p > 0.0:
            rules.append(processors.MinPLogitsWarper(min_p))
    for rule in rules:
        scores = rule(ids, scores)
    if greedy:
        return numpy.eye(len(logits))[int(scores.argmax())]
    return torch.softmax(scores.double(), dim=-1)[0].numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="test/runtime/sampler-goldens.txt")
    arguments = parser.parse_args()
    random = numpy.random.default_rng(20)
    with open(arguments.out, "w") as file:
        for name, vocabulary, *rules in CASES:
            logits = random.normal(0, 2, vocabulary).astype(numpy.float32)
            if name.endswith("with-equals"):
                logits = numpy.round(logits)
            seen = sorted(random.choice(vocabulary, vocabulary // 4, replace=False).tolist())
            if name.startswith("greedy-penalized"):
                seen = [int(logits.argmax())] + seen
            probabilities = expected(logits, seen, *rules)
            order = sorted(numpy.flatnonzero(probabilities), key=lambda i: (-probabilities[i], i))
            file.write(f"case {name}\n")
            file.write("rules " + " ".join(str(rule) for rule in rules) + "\n")
            file.write("seen " + " ".join(map(str, seen)) + "\n")
            file.write("logits " + " ".join(f"{value:.9g}" for value in logits) + "\n")
            file.write("kept " + " ".join(f"{i}:{probabilities[i]:.9g}" for i in order) + "\n")


if __name__ == "__main__":
    main()
