#!/usr/bin/env python3
#===- return_hidden_states.py - A step that returns hidden states ---------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""return_hidden_states.py PROGRAM: a program of the stage imported, whose step
returns what its last product takes, in the place of that product's logits."""

import re
import sys


def main():
    text = open(sys.argv[1], encoding="utf-8").read()
    logits, kind = re.search(r"return (%\d+), .*? : (tensor<\?x\d+xf32>)", text).groups()
    product = re.search(rf"\n *{logits} = transformer\.linear (%\d+), (%\d+) : (\S+), .*", text)
    hidden, weight, hidden_kind = product.groups()
    text = text.replace(product.group(0), "")
    text = re.sub(rf"\n *{weight} = transformer\.get_weight .*", "", text, count=1)
    text = text.replace(f"return {logits},", f"return {hidden},", 1)
    print(text.replace(kind, hidden_kind))


main()
