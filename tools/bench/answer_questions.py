#!/usr/bin/env python3
#===- answer_questions.py - Compares a demo model's answers ----------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Asks a produced file the questions of a .jsonl file, one process for each.

  answer_questions.py APP [--questions FILE] [--isa NAME ...] [--least SHARE]

An answer counts when the standard output of the process equals the field of
the question's line that --field names, byte for byte but for one final line
feed. Prints a table with a row per kind of CPU code and ends with 1 when a
share lies under --least or a process fails.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUESTIONS = ROOT / "test/models/suanpan/questions.jsonl"


def codeKinds(app):
    """The kinds of CPU code that the file holds, as its `info` lists them."""
    text = subprocess.run([app, "info"], capture_output=True, text=True, check=True).stdout
    line = next(line for line in text.splitlines() if line.startswith("code for: "))
    return line.removeprefix("code for: ").split(", ")


def ask(app, question, isa):
    """The answer, or None when the process fails."""
    command = [app, "--greedy", f"--isa={isa}", "-p", question]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        print(f"{' '.join(command)}: exit code {done.returncode}: {done.stderr.decode()}",
              file=sys.stderr, end="")
        return None
    return done.stdout.decode().removesuffix("\n")


def measure(app, lines, field, isa, verbose):
    """Returns the number of equal answers."""
    equal = 0
    for line in lines:
        answer = ask(app, line["question"], isa)
        equal += answer == line[field]
        if verbose and answer != line[field]:
            print(f"{isa}: {line['question']!r}: {answer!r} instead of {line[field]!r}",
                  file=sys.stderr)
    return equal


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("app", help="the produced file")
    parser.add_argument("--questions", type=pathlib.Path, default=QUESTIONS)
    parser.add_argument("--field", default="transformers", help="the answer to compare with")
    parser.add_argument("--isa", action="append", help="a kind of CPU code; default: all")
    parser.add_argument("--least", type=float, default=0.995, help="share wanted (0.995)")
    parser.add_argument("-v", "--verbose", action="store_true", help="show answers that differ")
    options = parser.parse_args()
    app = str(pathlib.Path(options.app).resolve())
    lines = [json.loads(line) for line in options.questions.read_text("utf-8").splitlines()]
    print("| code | equal | of | share | seconds |\n|---|---|---|---|---|")
    good = True
    for isa in options.isa or codeKinds(app):
        start = time.monotonic()
        equal = measure(app, lines, options.field, isa, options.verbose)
        seconds = time.monotonic() - start
        print(f"| {isa} | {equal} | {len(lines)} | {equal / len(lines):.2%} | {seconds:.0f} |",
              flush=True)
        good &= equal >= options.least * len(lines)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
