#!/usr/bin/env python3
#===- check_answers.py - Asks the demo model some questions ----------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Asks APP every 17th of the QUESTIONS, on each kind of CPU code of this machine.

  check_answers.py APP QUESTIONS

At most one answer in 60 may differ from that of transformers in f32: in
bf16, transformers itself answers 2 of the 1,000 questions otherwise.
tools/bench/answer_questions.py asks them all.
"""
import json
import pathlib
import sys

from check_goldens import codeKinds, must

STEP = 17
MOST_DIFFERENT = 1


def main():
    app, questions = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
    asked = [json.loads(line) for line in questions.read_text("utf-8").splitlines()][::STEP]
    failed = False
    for kind in codeKinds(app):
        different = 0
        for line in asked:
            answer = must(app, ["--greedy", "--isa", kind, "-p", line["question"]]).rstrip("\n")
            if answer != line["transformers"]:
                print(f"{line['question']!r}: {answer!r} instead of {line['transformers']!r}")
                different += 1
        print(f"{kind}: {different} of {len(asked)} answers differ")
        failed |= different > MOST_DIFFERENT
    return failed


if __name__ == "__main__":
    sys.exit(main())
