#!/usr/bin/env python3
#===- flip_bit.py - A file with one bit changed ---------------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""flip_bit.py FILE COPY OFFSET: copies the produced FILE with one bit changed,
OFFSET bytes behind the begin of its payload."""

import sys

MAGIC = 0x314E4F4E4554 .to_bytes(8, "little")


def main():
    source, copy, offset = sys.argv[1:]
    data = bytearray(open(source, "rb").read())
    # The payload begins at a multiple of 2 MiB; the code has the magic number too.
    start = next(at for at in range(0, len(data), 1 << 21) if data[at : at + 8] == MAGIC)
    data[start + int(offset)] ^= 1
    open(copy, "wb").write(data)


main()
