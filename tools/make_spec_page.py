#!/usr/bin/env python3
#===- make_spec_page.py - The constraints of all ops on one page -----------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Writes the generated part of docs/spec/transformer.md.

  make_spec_page.py [--check]

The part between the two marks lists each op with its summary and its numbered
constraints, family by family in the order of TransformerOps.td. With --check
nothing is written, and a stale page is an error.
"""
import argparse
import difflib
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/spec/transformer.md"
BEGIN, END = "<!-- begin: written by make_spec_page.py -->\n", "<!-- end -->\n"


def families():
    """The files of ops, in the order in which they are included."""
    top = (ROOT / "dialects/Transformer/TransformerOps.td").read_text(encoding="utf-8")
    return [ROOT / name for name in re.findall(r'^include "(dialects/Transformer/Ops/\S+)"', top, re.M)]


def constraints(definition):
    """The items `- (Cn) ...` of a description, each on one line."""
    items, current = [], None
    for line in definition.split("\n"):
        text = line.strip()
        if text.startswith("- (C"):
            current = [text[2:]]
            items.append(current)
        elif current is not None and text and line.startswith("      "):
            current.append(text)
        else:
            current = None
    return [" ".join(item) for item in items]


def generated():
    lines = [BEGIN]
    for path in families():
        text = path.read_text(encoding="utf-8")
        title = re.match(r"//===- \S+ - (.*?) -*\*-", text)[1]
        lines.append(f"\n### {title}\n")
        for part in re.split(r"^(?=def )", text, flags=re.M)[1:]:
            name = re.search(r'<"(\w+)"', part)[1]
            summary = re.search(r'let summary = "(.*)";', part)[1]
            lines.append(f"\n**`{name}`**: {summary}.\n")
            lines += [f"- {item}\n" for item in constraints(part)]
    return "".join(lines) + "\n" + END


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    fresh = before + generated() + rest.split(END)[1]
    if check:
        sys.stdout.writelines(difflib.unified_diff(page.splitlines(True), fresh.splitlines(True),
                                                   "docs/spec/transformer.md", "fresh"))
        return fresh != page
    PAGE.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
