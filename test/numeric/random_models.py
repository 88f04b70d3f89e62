#!/usr/bin/env python3
#===- random_models.py - Compiles random models and checks their logits ----===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Compares compiled random models with a float64 implementation.

  random_models.py [--tenon PATH] [--models N] [--first I] [--seconds S] [--keep FOLDER]

Model number I is always the same one. Each is compiled and run on every kind
of CPU code that this machine has, with 1 to 3 workers and prompts of many
lengths, so that each variant of the step, its tails and several chunks run.
Then it decodes greedily, and every token that it chose must be the likeliest
of the reference but for what rounding may change.

What is allowed, as a part of the largest logit:

  f32        1e-4: sums of some hundred products, in another order
  f16, bf16  1e-4 and twice the most that the float64 implementation moves
             when it rounds what Tenon rounds: keys and values to the type of the
             checkpoint, and rows that multiply a weight to the type in which
             the tile unit takes them. Another order of sums makes other
             roundings, so the two errors are of one size, not the same.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

from random_checkpoint import dtypeOf, randomConfig, randomWide, writeCheckpoint
from reference_decoder import Decoder, Rounding

F32_TOLERANCE = 1e-4
ROUNDING_ALLOWANCE = 2
LENGTHS = (1, 5, 8, 9, 33, 130, 300)
DECODED = 24
KINDS = ("x86-64-v3", "x86-64-v4", "amx")
MACHINE_UNSUPPORTED = 5  # exit code


class Failure(Exception):
    """A model does not compute what it should."""


def run(command, allowed=(0,)):
    done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=300)
    if done.returncode not in allowed:
        raise Failure(f"exit code {done.returncode}: {' '.join(map(str, command))}: {done.stderr}")
    return done


def join(tokens):
    return ",".join(map(str, tokens))


class Model:
    """A random model: its checkpoint, its program and its logits."""

    def __init__(self, number, folder):
        self.random = np.random.default_rng([2026, number])
        self.config = randomConfig(self.random)
        self.folder, self.app = folder, folder / "app"
        self.dtype = dtypeOf(self.config)
        self.computes = "f32" if self.random.random() < 0.4 else self.dtype
        self.wide = randomWide(np.random.default_rng([2026, number, 1]), self.config)
        self.weights = writeCheckpoint(self.random, self.config, folder, self.wide)
        self.tokens = [int(token) for token in
                       self.random.integers(0, self.config["vocab_size"], max(LENGTHS))]

    def compile(self, tenon):
        computes = ["--dtype=f32"] if self.computes != self.dtype else []
        run([tenon, "compile", self.folder, "--tokenizer=none", "-w", *computes, "-o", self.app])

    def computeReference(self):
        self.expected = Decoder(self.config, self.weights).logits(self.tokens)
        self.largest = np.abs(self.expected).max()
        self.allowed = F32_TOLERANCE
        if self.computes != "f32":
            rounding = Rounding(state=self.computes, rows=self.computes)
            rounded = Decoder(self.config, self.weights, rounding).logits(self.tokens)
            moved = np.abs(rounded - self.expected).max() / self.largest
            self.allowed += ROUNDING_ALLOWANCE * moved

    def kinds(self):
        """The kinds of code that this machine can run."""
        return [kind for kind in KINDS
                if run([self.app, "logits", "--tokens", "0", "-o", "/dev/null", "--isa", kind],
                       allowed=(0, MACHINE_UNSUPPORTED)).returncode == 0]

    def checkLogits(self, length, options):
        path = self.folder / "logits.npy"
        run([self.app, "logits", "--tokens", join(self.tokens[:length]), "-o", path, *options])
        actual = np.load(path)
        where = f"{' '.join(options)}, {length} tokens"
        if actual.shape != self.expected[:length].shape:
            raise Failure(f"{where}: logits of shape {actual.shape}")
        if not np.isfinite(actual).all():
            raise Failure(f"{where}: row {np.argwhere(~np.isfinite(actual))[0]} is not finite")
        error = np.abs(actual - self.expected[:length]) / self.largest
        if error.max() > self.allowed:
            rows = np.unique(np.argwhere(error > self.allowed)[:, 0])
            raise Failure(f"{where}: error {error.max():.2e} in {len(rows)} rows from {rows[0]}; "
                          f"allowed {self.allowed:.2e}")
        return error.max()

    def checkDecoding(self, length, options):
        """Each token that was decoded is the likeliest after those before it."""
        done = run([self.app, "--tokens", join(self.tokens[:length]), "-n", DECODED, "--greedy",
                    "--json", *options])
        decoded = json.loads(done.stdout)["tokens"]
        where = f"{' '.join(options)}, after {length} tokens"
        if len(decoded) != DECODED:
            raise Failure(f"{where}: {len(decoded)} tokens were decoded")
        logits = Decoder(self.config, self.weights).logits(self.tokens[:length] + decoded)
        logits = logits[length - 1:]
        for step, token in enumerate(decoded):
            missing = (logits[step].max() - logits[step][token]) / self.largest
            if missing > 2 * self.allowed:
                raise Failure(f"{where}: token {step} is {token}, {missing:.2e} below the largest "
                              f"logit; allowed {2 * self.allowed:.2e}")

    def check(self):
        """Returns the largest error, as a part of what is allowed."""
        worst = 0.0
        for kind in self.kinds():
            for number, length in enumerate(LENGTHS):
                # All workers for the long prompts, a rotation for the others.
                for workers in (1, 2, 3) if length in (33, 300) else (1 + number % 3,):
                    error = self.checkLogits(length, ["--isa", kind, "--threads", str(workers)])
                    worst = max(worst, error)
            # One row alone, and across the ends of pages.
            for workers, length in ((1, 1), (2, 5), (3, 55)):
                self.checkDecoding(length, ["--isa", kind, "--threads", str(workers)])
        return worst / self.allowed

    def describe(self):
        names = {"hidden_size": "hidden", "intermediate_size": "ff", "num_hidden_layers": "layers",
                 "vocab_size": "vocab", "num_attention_heads": "heads",
                 "num_key_value_heads": "kvHeads"}
        sizes = " ".join(f"{short}={self.config[name]}" for name, short in names.items())
        wide = f" wide={len(self.wide)}" if self.wide and self.dtype != "f32" else ""
        return f"{self.config['model_type']} {self.dtype}->{self.computes} {sizes}{wide}"


def checkModel(number, tenon, folder):
    model = Model(number, folder)
    try:
        model.compile(tenon)
        model.computeReference()
        worst = model.check()
    except Failure as failure:
        print(f"model {number}: {model.describe()}\n  {json.dumps(model.config)}\n"
              f"  FAILED: {failure}", flush=True)
        return False
    print(f"model {number}: {model.describe()}: {worst:.3f} of {model.allowed:.1e}", flush=True)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenon", default="tenon")
    parser.add_argument("--models", type=int, default=12)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seconds", type=float, help="begin no model after this time")
    parser.add_argument("--keep", type=pathlib.Path, help="keep the files of each model there")
    options = parser.parse_args()
    begin, failed, done = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as temporary:
        root = options.keep or pathlib.Path(temporary)
        for number in range(options.first, options.first + options.models):
            if options.seconds and time.monotonic() - begin > options.seconds:
                break
            failed += not checkModel(number, options.tenon, root / str(number))
            done += 1
    print(f"{done} models, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
