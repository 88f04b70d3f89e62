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


def reason_of(output):
    """Why lit, or a line REQUIRES or UNSUPPORTED of the test, has skipped it."""
    for said, meant in (("unavailable features", "this machine lacks"),
                        ("does not support the following features and/or targets",
                         "not for a build with")):
        if found := re.search(said + ": (.*)", output):
            return f"{meant} {found.group(1)}"
    return "no reason was given"


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
            reasons[reason_of(test["output"])] += 1
        else:
            counts["passed" if test["code"] in PASSED else "failed"] += 1
    for reason, count in sorted(reasons.items()):
        print(f"skipped {count}: {reason}")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped",
          flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
