#!/usr/bin/env python3
#===- refuse.py - Spoils a checkpoint and lets it be compiled --------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Compiles a spoiled copy of a checkpoint, and prints what the compiler says.

  refuse.py FOLDER WORK CHANGE ...

Succeeds when the compiler ends with exit code 3, says an error or more in a line
each on standard error, nothing on standard output, and leaves no file. The
changes:

  set FILE PATH VALUE    a field of a JSON file, by dotted path; VALUE is JSON
  drop FILE PATH         no such field
  write FILE TEXT        the file is TEXT
  remove FILE            no such file
  rename FILE NAME       the file has another name
  cut FILE BYTES         the file ends early
  grow FILE BYTES        bytes follow the file
  tensor NAME FIELD VALUE   an entry of the header of model.safetensors
  drop-tensor NAME       no such entry
  copy-tensor NAME AS    one more entry, over the same bytes
  rename-tensor NAME AS  an entry under another name
  header-size BYTES      the size that the safetensors file states of its header
"""
import json
import pathlib
import shutil
import subprocess
import sys

REFUSED = 3
CHECKPOINT = "model.safetensors"


def parentOf(data, path):
    *parents, last = path.split(".")
    for parent in parents:
        data = data[int(parent) if isinstance(data, list) else parent]
    return data, last


class Folder:
    """A copy of a checkpoint, with a method for each change."""

    def __init__(self, source, path):
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(source, path)
        self.path = path

    def editJson(self, file, edit):
        data = json.loads((self.path / file).read_text())
        edit(data)
        (self.path / file).write_text(json.dumps(data))

    def editHeader(self, edit):
        file = self.path / CHECKPOINT
        bytes = file.read_bytes()
        size = int.from_bytes(bytes[:8], "little")
        header = json.loads(bytes[8:8 + size])
        edit(header)
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        file.write_bytes(len(text).to_bytes(8, "little") + text + bytes[8 + size:])

    def set(self, file, path, value):
        def edit(data):
            parent, last = parentOf(data, path)
            parent[last] = json.loads(value)
        self.editJson(file, edit)

    def drop(self, file, path):
        def edit(data):
            parent, last = parentOf(data, path)
            del parent[last]
        self.editJson(file, edit)

    def write(self, file, text):
        (self.path / file).write_text(text)

    def remove(self, file):
        (self.path / file).unlink()

    def rename(self, file, name):
        (self.path / file).rename(self.path / name)

    def cut(self, file, bytes):
        content = (self.path / file).read_bytes()
        (self.path / file).write_bytes(content[:-int(bytes)])

    def grow(self, file, bytes):
        with open(self.path / file, "ab") as stream:
            stream.write(b"\0" * int(bytes))

    def tensor(self, name, field, value):
        self.editHeader(lambda header: header[name].__setitem__(field, json.loads(value)))

    def dropTensor(self, name):
        self.editHeader(lambda header: header.pop(name))

    def copyTensor(self, name, other):
        self.editHeader(lambda header: header.__setitem__(other, header[name]))

    def renameTensor(self, name, other):
        self.editHeader(lambda header: header.__setitem__(other, header.pop(name)))

    def headerSize(self, bytes):
        content = (self.path / CHECKPOINT).read_bytes()
        (self.path / CHECKPOINT).write_bytes(int(bytes).to_bytes(8, "little") + content[8:])


ARITY = {"set": 3, "drop": 2, "write": 2, "remove": 1, "rename": 2, "cut": 2, "grow": 2,
         "tensor": 3, "drop-tensor": 1, "copy-tensor": 2,
         "rename-tensor": 2, "header-size": 1}


def main():
    source, work, *changes = sys.argv[1:]
    work = pathlib.Path(work)
    folder = Folder(source, work / "model")
    while changes:
        name, *changes = changes
        method = name.split("-")[0] + "".join(word.capitalize() for word in name.split("-")[1:])
        getattr(folder, method)(*changes[:ARITY[name]])
        changes = changes[ARITY[name]:]
    out = work / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    done = subprocess.run(["tenon", "compile", folder.path, "-o", out / "app", "--target=x86-64-v3"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    print(done.stderr, end="")
    if done.returncode != REFUSED:
        sys.exit(f"refuse.py: expected exit code {REFUSED}, got {done.returncode}")
    lines = done.stderr.splitlines()
    if done.stdout or not lines or not all(": error: " in line for line in lines):
        sys.exit("refuse.py: expected errors, one in a line, and nothing on standard output")
    if any(out.iterdir()):
        sys.exit(f"refuse.py: {[file.name for file in out.iterdir()]} was left")


if __name__ == "__main__":
    main()
