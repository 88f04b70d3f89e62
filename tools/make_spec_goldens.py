#!/usr/bin/env python3
#===- make_spec_goldens.py - Numbers for the spec programs -----------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Makes test/spec/data: inputs and results of each building block.

  make_spec_goldens.py [--out test/spec/data]

Each formula is written here a second time, with numpy in float64 and loops over
rows and heads, from the description of the block and not from the reference
forms. Inputs are made from a seed and rounded to f32 first, so that the only
difference of a program that runs in f32 is its own rounding. Needs numpy.

A case writes BLOCK/CASE-NAME.npy for each input and BLOCK/CASE-outN.npy for
each result tensor N that is compared.
"""
import argparse
import pathlib
import shutil

from spec_goldens import attention, basics, heads, mixture, recurrent, rotary, wiring
from spec_goldens.batch import write_cases

MODULES = [basics, wiring, rotary, attention, recurrent, mixture, heads]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    root = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--out", type=pathlib.Path, default=root / "test/spec/data")
    arguments = parser.parse_args()
    if arguments.out.exists():
        shutil.rmtree(arguments.out)
    size = sum(write_cases(module.cases(), arguments.out) for module in MODULES)
    print(f"{size} bytes in {arguments.out}")


if __name__ == "__main__":
    main()
