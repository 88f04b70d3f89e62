#!/usr/bin/env python3
#===- check_size.py - Compares sizes of files ------------------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Fails when FILE is larger than LIMIT.

  check_size.py FILE LIMIT

LIMIT is a number of bytes, or TIMES*OTHER: the size of another file by a factor.
"""
import os
import sys


def main():
    path, limit = sys.argv[1:]
    times, _, other = limit.partition("*")
    most = float(times) * (os.path.getsize(other) if other else 1)
    size = os.path.getsize(path)
    if not 0 < size <= most:
        sys.exit(f"check_size.py: {path} has {size} bytes, expected at most {most:.0f}")


if __name__ == "__main__":
    main()
