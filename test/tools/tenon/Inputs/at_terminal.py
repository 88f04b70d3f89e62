#!/usr/bin/env python3
#===- at_terminal.py - Runs a command at a terminal ------------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""at_terminal.py COMMAND ...: runs it, and prints what the terminal got as a
Python string."""
import os
import pty
import sys


def main():
    child, descriptor = pty.fork()
    if child == 0:
        os.execvp(sys.argv[1], sys.argv[1:])
    got = b""
    try:
        while piece := os.read(descriptor, 4096):
            got += piece
    except OSError:  # how Linux tells that the other side is closed
        pass
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(repr(got.decode()))
    return code


sys.exit(main())
