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
that an error names the line of the .td file. With --every-op, each op must have
an example, but one whose description says "see there".
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


def ops_without_example(path, found):
    """Ops that the file defines and that no block belongs to."""
    text = open(path, encoding="utf-8").read()
    for part in re.split(r"^(?=def )", text, flags=re.M):
        match = re.match(r"def (\w+Op) :", part)
        if match and match[1] not in found and "see there" not in part:
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
            for name in ops_without_example(path, {definition for _, definition, _ in found}):
                failed = True
                print(f"{path}: {name} has no example", file=sys.stderr)
    print(f"{count} examples")
    return failed or count == 0


if __name__ == "__main__":
    sys.exit(main())
