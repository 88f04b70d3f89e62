#!/usr/bin/env python3
#===- set_payload_version.py - A produced file of another format -----------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""set_payload_version.py FILE VERSION OUTPUT: a copy that states this version."""
import struct
import sys

source, version, output = sys.argv[1:]
with open(source, "rb") as file:
    content = bytearray(file.read())
VERSION_OFFSET = 24  # in PayloadHeader: behind the magic and two hashes
# The payload begins at a multiple of 2 MiB; the code has the magic number too.
start = next(at for at in range(0, len(content), 1 << 21)
             if content[at:at + 8] == b"TENON1\0\0")
struct.pack_into("<I", content, start + VERSION_OFFSET, int(version))
with open(output, "wb") as file:
    file.write(content)
