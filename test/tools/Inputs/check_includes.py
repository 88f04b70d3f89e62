#===- check_includes.py - Which folder includes which ----------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===----------------------------------------------------------------------===#
#
#   check_includes.py TREE PAGE
#
# Compares the includes of the sources in TREE with the table of PAGE, which is
# docs/design.md: every line of it is a folder, and what that folder includes.
# Tells what the table lacks, what it says in vain, and what points upwards in it.
#
#===----------------------------------------------------------------------===#

import os
import re
import sys

PARTS = ("codegen", "dialects", "importers", "passes", "runtime", "tools")


def folder_of(path):
    """The folder of the table that a file belongs to."""
    parts = path.split("/")[:-1]
    return "/".join(parts[: 1 if parts[0] in ("passes", "tools") else 2])


def includes_of_tree(tree):
    """{folder: {folder it includes: an example}}"""
    found = {}
    for part in PARTS:
        for root, _, names in os.walk(os.path.join(tree, part)):
            for name in sorted(names):
                if not name.endswith((".cpp", ".h", ".td")):
                    continue
                path = os.path.join(root, name)
                here = os.path.relpath(path, tree)
                with open(path, encoding="utf-8") as source:
                    text = source.read()
                for target in re.findall(r'^#? *include "([^"]+)"', text, re.M):
                    if os.path.exists(os.path.join(root, target)):
                        target = os.path.relpath(os.path.join(root, target), tree)
                    if not target.startswith(tuple(part + "/" for part in PARTS)):
                        continue
                    own, other = folder_of(here), folder_of(target)
                    found.setdefault(own, {})
                    if own != other:
                        found[own].setdefault(other, f"{here} includes {target}")
                found.setdefault(folder_of(here), {})
    return found


def table_of(page):
    """[(folder, what it includes)], in order; None stands for all."""
    with open(page, encoding="utf-8") as text:
        block = re.search(r"^folder +includes\n(.*?)^```", text.read(), re.M | re.S)
    rows = []
    for line in block.group(1).splitlines():
        folder, *rest = line.split(maxsplit=1)
        rest = rest[0] if rest else ""
        rows.append((folder, None if rest == "all below" else set(re.findall(r"[\w/]+", rest))))
    return rows


def main():
    tree, page = sys.argv[1:]
    rows = table_of(page)
    order = [folder for folder, _ in rows]
    faults = []
    found = includes_of_tree(tree)
    for folder in sorted(found.keys() - set(order)):
        faults.append(f"{folder} is not in the table")
    for place, (folder, allowed) in enumerate(rows):
        real = found.get(folder)
        if real is None:
            faults.append(f"{folder} is in the table and not in the tree")
            continue
        for other, example in sorted(real.items()):
            if other not in order[place + 1 :]:
                faults.append(f"{folder} includes {other}, which is not below it: {example}")
            elif allowed is not None and other not in allowed:
                faults.append(f"{folder} includes {other}, which the table lacks: {example}")
        for other in sorted((allowed or set()) - real.keys()):
            faults.append(f"{folder} does not include {other}, which the table says")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


sys.exit(main())
