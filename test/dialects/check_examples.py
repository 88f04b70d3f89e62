#!/usr/bin/env python3
#===- check_examples.py - Examples in descriptions parse and verify --------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Runs tenon-opt on every ```mlir block of TableGen files.

  check_examples.py [--every-op] FILE.td ...

Each block is a module of its own, in the place where its definition has it, so
that an error names the line of the .td file. With --every-op, each op must be in
a whole function or step of an example, but one whose description says "see
there"; a symbol is whole by itself.
"""
import argparse
import re
import subprocess
import sys

DEFINITION = re.compile(r"^def (\w+)")


def blocks(path):
    """(line number, definition, text) of each block of the file."""
    inside, definition, found = None, None, []
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        match = DEFINITION.match(line)
        definition = match[1] if match else definition
        if line.strip() == "```mlir":
            inside = (number, definition, [])
        elif inside and line.strip() == "```":
            found.append((inside[0], inside[1], "".join(inside[2])))
            inside = None
        elif inside:
            inside[2].append(line)
    return found


def shows(text, mnemonic, traits):
    """Whether an example is a whole program with the op."""
    whole = "Symbol" in traits or "func.func @" in text or "task.step @" in text
    return whole and re.search(rf"\b\w+\.{mnemonic}\b", text)


def ops_without_example(path, found):
    """Ops that the file defines and that no block of theirs shows."""
    content = open(path, encoding="utf-8").read()
    for part in re.split(r"^(?=def )", content, flags=re.M):
        match = re.match(r'def (\w+Op) : \w+<"(\w+)"(.*)', part)
        if not match or "see there" in part:
            continue
        texts = [text for _, definition, text in found if definition == match[1]]
        if not any(shows(text, match[2], match[3]) for text in texts):
            yield match[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--every-op", action="store_true")
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    count, failed = 0, False
    for path in arguments.files:
        found = blocks(path)
        for line, definition, text in found:
            count += 1
            run = subprocess.run(["tenon-opt", "-"], input="\n" * line + text, text=True,
                                 capture_output=True)
            if run.returncode != 0:
                failed = True
                print(f"{path}: {definition}:\n{run.stderr.replace('<stdin>', path)}", file=sys.stderr)
        if arguments.every_op:
            for name in ops_without_example(path, found):
                failed = True
                print(f"{path}: {name} has no example that is a whole function", file=sys.stderr)
    print(f"{count} examples")
    return failed or count == 0


if __name__ == "__main__":
    sys.exit(main())
