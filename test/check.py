#!/usr/bin/env python3
"""Runs lit, says what was skipped and why, and ends with one line of counts.

The line is `<passed> passed, <failed> failed, <skipped> skipped`; continuous
integration reads it. The exit code is lit's.
"""

import argparse
import collections
import json
import os
import re
import subprocess
import sys

PASSED = {"PASS", "FLAKYPASS", "XFAIL"}
SKIPPED = {"SKIPPED", "UNSUPPORTED", "EXCLUDED"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lit", required=True, help="the lit program")
    parser.add_argument("--counts", required=True, help="where lit writes its results")
    options, arguments = parser.parse_known_args()
    if os.path.exists(options.counts):
        os.remove(options.counts)
    command = [sys.executable, options.lit, "-sv", "--output", options.counts] + arguments
    code = subprocess.run(command).returncode
    if not os.path.exists(options.counts):
        print("check.py: lit wrote no results; see its message above", file=sys.stderr)
        return code or 1
    with open(options.counts) as results:
        tests = json.load(results)["tests"]
    counts = collections.Counter()
    reasons = collections.Counter()
    for test in tests:
        if test["code"] in SKIPPED:
            counts["skipped"] += 1
            found = re.search(r"unavailable features: (.*)", test["output"])
            reasons[found.group(1) if found else "no reason was given"] += 1
        else:
            counts["passed" if test["code"] in PASSED else "failed"] += 1
    for reason, count in sorted(reasons.items()):
        print(f"skipped {count}: this machine lacks {reason}")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped",
          flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
