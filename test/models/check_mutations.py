#!/usr/bin/env python3
#===- check_mutations.py - Proves that the goldens are sensitive -----------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Changes one field of a configuration at a time, as mutations.json says.

  check_mutations.py TENON FOLDER WORK [--target NAME]

Each changed copy of FOLDER, made in WORK, must be refused by `tenon compile`
(exit code 3, no file), or its logits must miss the goldens of the unchanged
model by at least 20 times of what is allowed. A field that the compiler
does not read fails here. The copies compute in f32, so that rounding hides
nothing, for one kind of machine.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys

from check_goldens import Failure, Goldens, logitsOf

FAR = 20     # times the error that is allowed
REFUSED = 3  # exit code


def change(config, path, value):
    """Sets the field at a dotted path."""
    *parents, last = path.split(".")
    for parent in parents:
        config = config[parent]
    config[last] = value


def copyOf(folder, work, mutation):
    """A folder with the changed configuration and the other files of `folder`."""
    copy = work / folder.name
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for file in folder.glob("*model*"):
        (copy / file.name).symlink_to(file.resolve())
    config = json.loads((folder / mutation["file"]).read_text())
    change(config, mutation["field"], mutation["value"])
    (copy / "config.json").write_text(json.dumps(config))
    return copy


def verdict(options, goldens, mutation):
    """What is wrong with the compiler's treatment of a mutation, or None."""
    copy = copyOf(options.folder, options.work, mutation)
    app = options.work / "app"
    app.unlink(missing_ok=True)
    done = subprocess.run([options.tenon, "compile", copy, "-o", app, "--dtype=f32", "-w",
                           "--tokenizer=none", f"--target={options.target}"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if mutation["expect"] == "refused":
        if done.returncode != REFUSED or not done.stderr:
            return f"expected exit code {REFUSED} and a message, got {done.returncode}: {done.stderr}"
        return "a file was left" if app.exists() else None
    if done.returncode != 0:
        return f"cannot be compiled: {done.stderr}"
    prompt = len(goldens.prompts) - 1  # the longest, beyond every window
    error = goldens.error(prompt, logitsOf(app, goldens.prompts[prompt], []), "f32")
    return f"the logits agree to {error:.2f} of what is allowed" if error < FAR else None


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tenon")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--target", default="x86-64-v3")
    options = parser.parse_args()
    goldens = Goldens(options.folder)
    failed = False
    for mutation in json.loads((options.folder / "mutations.json").read_text()):
        try:
            wrong = verdict(options, goldens, mutation)
        except Failure as failure:
            wrong = str(failure)
        name = f"{mutation['file']}: {mutation['field']} = {json.dumps(mutation['value'])}"
        print(f"{name}: {wrong or mutation['expect']}", flush=True)
        failed |= wrong is not None
    return failed


if __name__ == "__main__":
    sys.exit(main())
