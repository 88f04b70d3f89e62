#!/usr/bin/env python3
#===- check_embeddings.py - Rows that are given instead of tokens ----------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Compares the logits of embeddings with those of tokens, and with transformers.

  check_embeddings.py APP FOLDER [--golden] [--threads 1,3]

APP is what `tenon compile FOLDER` made. For each kind of CPU code that this
machine can run, the rows of the table give the very logits of their tokens:
they enter the same code, and a table of bf16 or f16 is widened exactly.

With --golden, for an APP of f32: tokens among rows of random numbers give the
logits that transformers makes of the same `inputs_embeds`, within 1e-4 of the
largest.
"""
import argparse
import json
import pathlib
import sys
import tempfile

import numpy as np

from check_goldens import F32_TOLERANCE, Failure, Goldens, codeKinds, join, must

TABLE = "model.embed_tokens.weight"


def tableOf(folder):
    """The embeddings of a checkpoint in f32."""
    for path in sorted(folder.glob("*.safetensors")):
        data = path.read_bytes()
        begin = 8 + int.from_bytes(data[:8], "little")
        entry = json.loads(data[8:begin]).get(TABLE)
        if not entry:
            continue
        first, last = (begin + offset for offset in entry["data_offsets"])
        if entry["dtype"] == "BF16":
            bits = np.frombuffer(data[first:last], "<u2").astype(np.uint32) << 16
            numbers = bits.view(np.float32)
        else:
            numbers = np.frombuffer(data[first:last], "<f4" if entry["dtype"] == "F32" else "<f2")
        return numbers.astype(np.float32).reshape(entry["shape"])
    raise Failure(f"{folder} has no tensor {TABLE}")


def logitsOf(app, options, tokens=None, embeddings=None):
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(pathlib.Path(folder) / name) for name in ("logits.npy", "rows.npy")]
        arguments = ["logits", "-o", paths[0], *options]
        if tokens is not None:
            arguments += ["--tokens", join(tokens)]
        if embeddings is not None:
            np.save(paths[1], embeddings)
            arguments += ["--embeddings", paths[1]]
        must(app, arguments)
        return np.load(paths[0])


def checkTable(app, options, table, tokens):
    """All rows given, and every third one."""
    expected = logitsOf(app, options, tokens)
    mixed = [-1 if row % 3 == 1 else token for row, token in enumerate(tokens)]
    chosen = [token for row, token in enumerate(tokens) if row % 3 == 1]
    for found, what in ((logitsOf(app, options, None, table[tokens]), "all rows"),
                        (logitsOf(app, options, mixed, table[chosen]), "some rows")):
        if not np.array_equal(found, expected):
            raise Failure(f"{options}: with {what} given the logits differ by up to "
                          f"{np.abs(found - expected).max()}")


def checkGolden(app, options, folder):
    tokens = json.loads((folder / "embeddings.json").read_text())["tokens"]
    expected = np.load(folder / "logits-embeddings.npy")
    found = logitsOf(app, options, tokens, np.load(folder / "embeddings.npy"))
    if found.shape != expected.shape:
        raise Failure(f"logits of shape {found.shape}, expected {expected.shape}")
    error = float(np.abs(found - expected).max() / np.abs(expected).max()) / F32_TOLERANCE
    print(f"{' '.join(options)}: {error:.4f} of the error that is allowed")
    if not error <= 1:
        raise Failure("the logits are not those of transformers")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("app", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--golden", action="store_true")
    parser.add_argument("--threads", default="1,3")
    arguments = parser.parse_args()
    try:
        table, prompts = tableOf(arguments.folder), Goldens(arguments.folder).prompts
        for kind in codeKinds(arguments.app):
            for threads in arguments.threads.split(","):
                options = ["--isa", kind, "--threads", threads]
                for prompt in prompts:
                    checkTable(arguments.app, options, table, prompt)
                if arguments.golden:
                    checkGolden(arguments.app, options, arguments.folder)
    except Failure as failure:
        sys.exit(str(failure))


if __name__ == "__main__":
    main()
