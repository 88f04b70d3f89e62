#!/usr/bin/env python3
#===- make_seeds.py - What the fuzzers start from --------------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Makes a folder of seeds for each fuzzer from the files of the other tests.

  make_seeds.py TESTS OUT

Small ones, so that ten thousand inputs take seconds: checkpoints are cut to
their header and as many zeros as it asks for, vocabularies to what their
merges need.
"""
import json
import pathlib
import shutil
import struct
import sys


def configurations(tests):
    for file in tests.glob("models/*/config*.json"):
        yield f"{file.parent.name}-{file.name}", file.read_bytes()


def checkpoints(tests):
    names = ["a.weight", "b.bias", "c"]
    for dtype, size in (("F32", 4), ("BF16", 2), ("I8", 1), ("F8_E4M3", 1)):
        for shape in ([2, 3], [4], [0], []):
            header, end = {"__metadata__": {"format": "pt"}}, 0
            for name in names:
                count = size
                for extent in shape:
                    count *= extent
                header[name] = dict(dtype=dtype, shape=shape, data_offsets=[end, end + count])
                end += count
            text = json.dumps(header).encode()
            yield f"{dtype}-{len(shape)}-{end}", struct.pack("<Q", len(text)) + text + bytes(end)


def tokenizers(tests):
    for file in tests.glob("tokenizers/*/tokenizer.json"):
        data = json.loads(file.read_text(encoding="utf-8"))
        model = data["model"]
        merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
        single = [token for token in model["vocab"] if len(token) == 1]
        tokens = single[:40] + [merge.replace(" ", "") for merge in merges]
        known, kept = set(single[:40]), []
        for merge in merges:
            left, right = merge.split(" ")
            if {left, right} <= known and len(kept) < 20:
                known.add(left + right)
                kept.append(merge)
        model["merges"] = kept
        model["vocab"] = {token: i for i, token in enumerate(t for t in tokens if t in known)}
        for i, token in enumerate(data["added_tokens"]):
            token["id"] = len(model["vocab"]) + i
        if data.get("post_processor") and data["post_processor"]["type"] != "ByteLevel":
            data["post_processor"] = None  # it names ids that are gone
        yield file.parent.name, json.dumps(data, ensure_ascii=False).encode()


def templates(tests):
    for file in tests.glob("data/templates/*.json"):
        data = json.loads(file.read_text(encoding="utf-8"))
        cases = data["cases"] if "template" not in data else [data]
        for i, case in enumerate(cases):
            if "template" in case:
                yield f"{file.stem}-{i}", case["template"].encode()


def main():
    tests, out = map(pathlib.Path, sys.argv[1:])
    shutil.rmtree(out, ignore_errors=True)
    for fuzzer, seeds in (("ChatTemplateFuzzer", templates), ("ConfigFuzzer", configurations),
                          ("SafetensorsFuzzer", checkpoints), ("TokenizerFuzzer", tokenizers)):
        folder = out / fuzzer
        folder.mkdir(parents=True)
        count = 0
        for name, content in seeds(tests):
            (folder / name).write_bytes(content)
            count += 1
        if count < 10:
            sys.exit(f"make_seeds.py: {count} seeds for {fuzzer}; expected at least 10")


if __name__ == "__main__":
    main()
