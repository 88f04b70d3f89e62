#!/usr/bin/env python3
#===- check_goldens.py - Compares a model with transformers ----------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Compares a compiled model with the logits and texts that transformers made.

  check_goldens.py APP FOLDER [--computes f32|f16|bf16] [--isa NAME] [--threads 1,2,3]

APP is what `tenon compile FOLDER` made. Its logits are compared with those of
transformers in f32 on the same weights, for each kind of CPU code that this
machine can run and each number of workers. What is allowed depends on the
element type that APP keeps its activations and states in, --computes; it is
that of the checkpoint unless given:

  f32   1e-4 of the largest logit; the greedy continuations are equal as well
  f16   2e-3 of the largest logit: keys and values are rounded to the 11 bits of
        f16 (2^-11 = 5e-4 of each), and their errors add up over the layers
  bf16  a root mean square error of 1.25 times the one that transformers itself
        has when it computes in bf16 (bf16RmsError of goldens.json)
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

F32_TOLERANCE = 1e-4       # of the largest logit
F16_TOLERANCE = 2e-3       # of the largest logit
ROUNDING_ALLOWANCE = 1.25  # times the error of transformers
MACHINE_UNSUPPORTED = 5    # exit code
TYPES = {"F32": "f32", "F16": "f16", "BF16": "bf16"}


class Failure(Exception):
    """The model is not what its goldens say."""


def run(app, arguments):
    return subprocess.run([app, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True)


def must(app, arguments):
    done = run(app, arguments)
    if done.returncode != 0:
        raise Failure(f"{app} {' '.join(arguments)}: exit code {done.returncode}: {done.stderr}")
    return done.stdout


def join(tokens):
    return ",".join(map(str, tokens))


def logitsOf(app, tokens, options):
    with tempfile.TemporaryDirectory() as folder:
        path = str(pathlib.Path(folder) / "logits.npy")
        must(app, ["logits", "--tokens", join(tokens), "-o", path, *options])
        return np.load(path)


class Goldens:
    """The prompts of a model and what transformers made of them."""

    def __init__(self, folder):
        self.data = json.loads((folder / "goldens.json").read_text())
        self.prompts = self.data["prompts"]
        self.logits = [np.load(folder / f"logits-f32-{i}.npy") for i in range(len(self.prompts))]

    def error(self, prompt, actual, computes):
        """How far the logits of a prompt are off, as a part of what is allowed."""
        expected = self.logits[prompt]
        if actual.shape != expected.shape:
            raise Failure(f"prompt {prompt}: logits of shape {actual.shape}, expected {expected.shape}")
        if not np.isfinite(actual).all():
            raise Failure(f"prompt {prompt}: a logit is not a finite number")
        difference = actual.astype(np.float64) - expected
        if computes == "bf16":
            allowed = ROUNDING_ALLOWANCE * self.data["bf16RmsError"]
            return float(np.sqrt(np.mean(difference**2))) / allowed
        tolerance = F32_TOLERANCE if computes == "f32" else F16_TOLERANCE
        return float(np.abs(difference).max() / np.abs(expected).max()) / tolerance

    def checkContinuation(self, app, prompt, options):
        """Greedy replies are those of transformers, which goes on after a token
        that stops a reply; a reply that stopped is resumed after that token."""
        expected = self.data["greedy"][prompt]
        done = 0
        while done < len(expected):
            tokens = self.prompts[prompt] + expected[:done]
            reply = json.loads(must(app, ["--tokens", join(tokens), "-n", str(len(expected) - done),
                                          "--greedy", "--json", *options]))
            got = reply["tokens"]
            if got != expected[done:done + len(got)] or (not got and reply["end"] != "stop"):
                raise Failure(f"prompt {prompt}: the continuation after {done} tokens is {got}, "
                              f"expected {expected[done:]}")
            done += len(got) + (reply["end"] == "stop")


def codeKinds(app):
    """The kinds of CPU code in the file that this machine can run."""
    listed = next(line for line in must(app, ["info"]).splitlines() if line.startswith("code for: "))
    kinds = []
    for kind in listed.removeprefix("code for: ").split(", "):
        done = run(app, ["logits", "--tokens", "0", "-o", "/dev/null", "--isa", kind])
        if done.returncode == MACHINE_UNSUPPORTED:
            print(f"{kind}: not on this machine")
        else:
            kinds.append(kind)
    if not kinds:
        raise Failure(f"this machine can run none of: {listed}")
    return kinds


def check(app, goldens, computes, options):
    """The worst error over all prompts; the continuations are compared on the way."""
    worst = 0.0
    for prompt, tokens in enumerate(goldens.prompts):
        worst = max(worst, goldens.error(prompt, logitsOf(app, tokens, options), computes))
        if computes == "f32":
            goldens.checkContinuation(app, prompt, options)
    return worst


def typeOf(folder):
    """The element type of the first tensor of a checkpoint."""
    path = sorted(folder.glob("*.safetensors"))[0]
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return TYPES[next(entry["dtype"] for name, entry in header.items() if name != "__metadata__")]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("app", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--computes", choices=TYPES.values())
    parser.add_argument("--isa", help="one kind of CPU code; default: all of this machine")
    parser.add_argument("--threads", default="1,2,3")
    options = parser.parse_args()
    computes = options.computes or typeOf(options.folder)
    goldens = Goldens(options.folder)
    failed = False
    try:
        for kind in [options.isa] if options.isa else codeKinds(options.app):
            for threads in options.threads.split(","):
                error = check(options.app, goldens, computes, ["--isa", kind, "--threads", threads])
                print(f"{kind}, {threads} workers: {error:.4f} of the error that is allowed in {computes}")
                failed |= not error <= 1
    except Failure as failure:
        sys.exit(str(failure))
    return failed


if __name__ == "__main__":
    sys.exit(main())
