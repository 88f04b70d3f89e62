#!/usr/bin/env python3
#===- check_mutations.py - Proves that the goldens are sensitive -----------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Changes one field of a configuration at a time, as mutations.json says.

  check_mutations.py TENON FOLDER WORK [--target NAME]

Of each changed copy of FOLDER, made in WORK, mutations.json expects one of

  mismatch  its logits miss the goldens of the unchanged model by at least 20
            times of what is allowed
  refused   `tenon compile`, with the options of the mutation, ends with exit
            code 3, and makes no file
  too long  the file refuses the longer prompt with exit code 7
  equal     the goldens hold, for the reason that stands there

A field that the compiler does not read fails here. So does a key of the
configurations that is neither mutated nor in WITHOUT_NUMBERS, and one of these
that changes the logits. The copies compute in f32, so that rounding hides
nothing, for one kind of machine.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys

from check_goldens import Failure, Goldens, join, logitsOf, run

FAR = 20          # times the error that is allowed
REFUSED = 3       # exit code
CONTEXT_FULL = 7  # exit code

# The keys that do not change logits: another value, and why it does not count.
TYPE = "the type of the weights themselves counts"
TOKENS = "generation stops at it or starts with it"
WITHOUT_NUMBERS = {
    "attention_dropout": (0.5, "training"),
    "bos_token_id": (7, TOKENS),
    "dtype": ("float16", TYPE),
    "eos_token_id": (7, TOKENS),
    "initializer_range": (0.5, "training"),
    "pad_token_id": (7, TOKENS),
    "pretraining_tp": (2, "it splits the sums of transformers"),
    "torch_dtype": ("float16", TYPE),
    "transformers_version": ("0.1", "who wrote the file"),
    "use_cache": (False, "how transformers runs it"),
}


def change(config, path, value):
    """Sets the field at a dotted path."""
    *parents, last = path.split(".")
    for parent in parents:
        config = config[parent]
    config[last] = value


def fieldsOf(mutation):
    return mutation.get("fields") or {mutation["field"]: mutation["value"]}


def keysOf(config, prefix=""):
    """The dotted paths of all that is no object, in the spelling of transformers 5."""
    for key, value in config.items():
        if isinstance(value, dict):
            yield from keysOf(value, prefix + key.replace("scaling", "parameters") + ".")
        else:
            yield prefix + key


def unproven(folder, mutations):
    """The keys of both configurations that no mutation is about."""
    mutated = {(mutation["field"], mutation["file"]) for mutation in mutations}
    mutated |= {(field, "config.v4.json") for field, _ in mutated}  # it reads the same keys
    for file in ("config.json", "config.v4.json"):
        for key in keysOf(json.loads((folder / file).read_text())):
            if key not in WITHOUT_NUMBERS and (key, file) not in mutated:
                yield f"{file}: {key}"


def harmless(folder):
    """A mutation of every key in WITHOUT_NUMBERS that the configuration has."""
    config = json.loads((folder / "config.json").read_text())
    return dict(file="config.json", expect="equal", reason="they are no part of the model",
                fields={key: value for key, (value, _) in WITHOUT_NUMBERS.items() if key in config})


def copyOf(folder, work, mutation):
    """A folder with the changed configuration and the other files of `folder`."""
    copy = work / folder.name
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for file in folder.glob("*model*"):
        (copy / file.name).symlink_to(file.resolve())
    config = json.loads((folder / mutation["file"]).read_text())
    for field, value in fieldsOf(mutation).items():
        change(config, field, value)
    (copy / "config.json").write_text(json.dumps(config))
    return copy


def verdict(options, goldens, mutation):
    """What is wrong with the compiler's treatment of a mutation, or None."""
    copy = copyOf(options.folder, options.work, mutation)
    app = options.work / "app"
    app.unlink(missing_ok=True)
    done = subprocess.run([options.tenon, "compile", copy, "-o", app, "--dtype=f32", "-w",
                           "--tokenizer=none", f"--target={options.target}", "--no-verify",
                           *mutation.get("options", [])],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    expect = mutation["expect"]
    if expect == "refused":
        if done.returncode != REFUSED or not done.stderr:
            return f"expected exit code {REFUSED} and a message, got {done.returncode}: {done.stderr}"
        return "a file was left" if app.exists() else None
    if done.returncode != 0:
        return f"cannot be compiled: {done.stderr}"
    prompt = len(goldens.prompts) - 1  # the longest, beyond every window
    if expect == "too long":
        done = run(app, ["logits", "--tokens", join(goldens.prompts[prompt]), "-o", "/dev/null"])
        return None if done.returncode == CONTEXT_FULL else f"it takes {len(goldens.prompts[prompt])} tokens"
    error = goldens.error(prompt, logitsOf(app, goldens.prompts[prompt], []), "f32")
    if expect == "equal":
        return f"the logits are off by {error:.2f} of what is allowed" if error > 1 else None
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
    mutations = json.loads((options.folder / "mutations.json").read_text())
    for key in unproven(options.folder, mutations):
        print(f"{key}: neither mutated nor known to change no number")
        failed = True
    for mutation in [*mutations, harmless(options.folder)]:
        try:
            wrong = verdict(options, goldens, mutation)
        except Failure as failure:
            wrong = str(failure)
        for field, value in fieldsOf(mutation).items():
            print(f"{mutation['file']}: {field} = {json.dumps(value)}")
        print(f"  {wrong or mutation['expect']}", flush=True)
        failed |= wrong is not None
    return failed


if __name__ == "__main__":
    sys.exit(main())
