#!/usr/bin/env python3
#===- control_characters.py - Names that would forge lines -----------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Compiles a checkpoint in a folder whose name begins another line, and one that
is not there, of a name that colours the terminal.

  control_characters.py CHECKPOINT WORK

Prints the provenance of the first and the error of the second, as text of which
control characters other than the newline are shown.
"""
import os
import shutil
import subprocess
import sys


def main():
    checkpoint, work = sys.argv[1:]
    shutil.rmtree(work, ignore_errors=True)
    folder = os.path.join(work, "a\nfamily: evil\x1b[31m")
    shutil.copytree(checkpoint, folder)
    app = os.path.join(work, "app")
    subprocess.run(["tenon", "compile", folder, "--tokenizer=none", "--no-verify",
                    "--target=x86-64-v3", "-o", app], check=True)
    shown = subprocess.run(["tenon", "inspect", app], check=True, capture_output=True).stdout
    refused = subprocess.run(["tenon", "compile", os.path.join(work, "none\x1b[31mred\u009b1m\nline"),
                              "-o", app], capture_output=True)
    for text in (shown, refused.stderr):
        for line in text.decode().splitlines():
            print(ascii(line)[1:-1].replace("\\\\", "\\"))
    return 0 if refused.returncode == 3 else 1


sys.exit(main())
