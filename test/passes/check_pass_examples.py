#!/usr/bin/env python3
#===- check_pass_examples.py - Passes do what their descriptions show ------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Runs the passes of TableGen files on the examples in their descriptions.

  check_pass_examples.py [--tenon-opt=PROGRAM] [--load-pass-plugin=FILE.so]
                         [--programs=FOLDER] Passes.td ...

An example is a block of the description:

    ```mlir
    // Before
    a whole program
    // After
    what the pass named by the definition makes of it, all of it
    ```

"After, with OPTIONS" gives the pass options, and "tidied" behind a comma has
canonicalize and cse run after it. A whole program is compared by what tenon-opt
prints of it. What is cut is written "...": on a line of its own it stands for any
lines, within a line for any part of a line. A program with cuts is compared as it
stands with what is printed, but for white space, lines that begin with // and
names of values and blocks: one stands for one printed name in its function or
step. A program that is cut before the pass is whole in FOLDER/PASS.mlir.

Every pass has an example, but those that only verify.
"""
import argparse
import collections
import difflib
import os
import re
import subprocess
import sys

Example = collections.namedtuple("Example", "line before after_line options tidied after")
DEFINITION = re.compile(r'^def \w+\s*:\s*Pass<"([\w-]+)"(?:,\s*"([\w:]+)")?', re.M)
ANCHORS = {"::mlir::func::FuncOp": "func.func", "::tenon::task::StepOp": "task.step"}
CUT = "..."
# What begins the scope of the names behind it.
SCOPES = ("func.func", "llvm.func", "task.step")
TOKEN = re.compile(r"\s+|\.\.\.|[%^]\w+|\w+(?:\.\w+)*|.")


class Stale(Exception):
    """An example that is not true."""


def examples_in(text, first_line):
    """The examples in a definition that begins in line `first_line`."""
    for block in re.finditer(r"^ *```mlir\n(.*?)^ *```$", text, re.M | re.S):
        line = first_line + text.count("\n", 0, block.start(1))
        parts = re.fullmatch(r" *// Before\n(.*?)^ *// After(?:, with ([^ ]*?))?(, tidied)?\n(.*)", block[1], re.M | re.S)
        if not parts:
            raise Stale(f"line {line}: expected '// Before', a program, '// After' and a program")
        after_line = line + block[1].count("\n", 0, parts.start(4))
        yield Example(line + 1, parts[1], after_line, parts[2] or "", bool(parts[3]), parts[4])


def passes_in(path):
    """(pass, operation it runs on, first line, text) of each definition of the file."""
    text = open(path, encoding="utf-8").read()
    starts = list(DEFINITION.finditer(text))
    ends = [start.start() for start in starts[1:]] + [len(text)]
    for start, end in zip(starts, ends):
        yield start[1], start[2], text.count("\n", 0, start.start()) + 1, text[start.start():end]


def without_remarks(text):
    """The text, with empty lines in place of the reader's remarks."""
    return re.sub(r"^ *//.*$", "", text, flags=re.M)


def pattern_of(text):
    """The regular expression that a program, cut perhaps, stands for."""
    scope, names, parts = 0, set(), []
    text = re.sub(r"^ *\.\.\.$", "\0", without_remarks(text).strip(), flags=re.M)
    for token in re.findall(r"\s*\0\s*|" + TOKEN.pattern, text):
        if "\0" in token:
            parts.append(r"(?s:.*?)")
        elif token == CUT:
            parts.append(r"[^\n]*?")
        elif token.isspace():
            parts.append(r"\s+")
        elif token[0] in "%^" and len(token) > 1:
            name = f"n{scope}_{'b' if token[0] == '^' else 'v'}_{token[1:]}"
            parts.append(rf"(?P={name})(?!\w)" if name in names else rf"(?P<{name}>{re.escape(token[0])}\w+)")
            names.add(name)
        else:
            scope += token in SCOPES
            names = set() if token in SCOPES else names
            parts.append(re.escape(token))
    return "".join(parts)


def printed(arguments, program, line, pipeline):
    """What tenon-opt prints; its errors name lines of the .td file."""
    command = [arguments.tenon_opt, "-", "--mlir-print-local-scope", f"--pass-pipeline=builtin.module({pipeline})"]
    if arguments.load_pass_plugin:
        command.insert(1, f"--load-pass-plugin={arguments.load_pass_plugin}")
    run = subprocess.run(command, input="\n" * (line - 1) + program, text=True, capture_output=True)
    if run.returncode != 0:
        raise Stale(run.stderr)
    whole = re.fullmatch(r"module \{\n(.*)^\}\n*", run.stdout, re.M | re.S)
    return (whole[1] if whole else run.stdout).strip()


def compare(text, line, shown):
    """Checks that `shown` is what `text`, with cuts, stands for."""
    if re.fullmatch(pattern_of(text), shown):
        return
    # Told is the first line that does not fit behind those before it.
    lines = text.rstrip().split("\n")
    for count in range(1, len(lines) + 1):
        if not re.match(pattern_of("\n".join(lines[:count])), shown):
            raise Stale(f"line {line + count - 1}: '{lines[count - 1].strip()}' is not in\n{shown}\n")
    raise Stale(f"line {line + len(lines) - 1}: the program does not end here:\n{shown}\n")


def check(arguments, name, operation, example):
    """Runs the pass on the program before and compares it with the one after."""
    program, line = example.before, example.line
    if CUT in without_remarks(program):
        path = os.path.join(arguments.programs, name + ".mlir")
        program, line = open(path, encoding="utf-8").read(), 1
        compare(example.before, example.line, printed(arguments, program, line, ""))
    pipeline = name + (f"{{{example.options}}}" if example.options else "")
    if operation in ANCHORS:
        pipeline = f"{ANCHORS[operation]}({pipeline})"
    if example.tidied:
        pipeline += ",canonicalize,cse"
    shown = printed(arguments, program, line, pipeline)
    if CUT in without_remarks(example.after):
        compare(example.after, example.after_line, shown)
        return
    expected = printed(arguments, example.after, example.after_line, "")
    if shown != expected:
        lines = difflib.unified_diff(expected.split("\n"), shown.split("\n"), "described", "made", lineterm="")
        raise Stale(f"line {example.after_line}: the pass makes another program\n" + "\n".join(lines))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tenon-opt", default="tenon-opt")
    parser.add_argument("--load-pass-plugin")
    parser.add_argument("--programs", default=".")
    parser.add_argument("--only", help="the one pass to check")
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    count, failed = 0, False
    for path in arguments.files:
        for name, operation, first_line, text in passes_in(path):
            if arguments.only not in (None, name):
                continue
            try:
                examples = list(examples_in(text, first_line))
                if not examples and not name.startswith("verify-"):
                    raise Stale("it has no example")
                for example in examples:
                    check(arguments, name, operation, example)
                    count += 1
            except Stale as stale:
                failed = True
                print(f"{path}: {name}: {stale}", file=sys.stderr)
    print(f"{count} examples")
    return failed or count == 0


if __name__ == "__main__":
    sys.exit(main())
