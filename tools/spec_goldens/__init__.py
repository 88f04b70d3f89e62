#===- __init__.py - Formulas of the building blocks ------------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""The building blocks in numpy; see make_spec_goldens.py."""
