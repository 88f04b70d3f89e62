#!/usr/bin/env python3
#===- compile_cost.py - Time and memory of a compile -----------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Measures the time and the memory of one `tenon compile`.

  compile_cost.py [--most-seconds S] [--most-mib M] -- tenon compile MODEL -o OUT

Runs the command and looks at the memory of its process every few
milliseconds. Anonymous memory (RssAnon) is what the compile itself occupies:
pages of mapped files are not counted, as the kernel drops them at will. A peak
shorter than the distance of two looks is missed; the most resident memory,
files included (VmHWM), which the kernel keeps exactly, bounds it from above.
Ends with 1 when a limit is passed.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import time

LOOK_SECONDS = 0.002


def anonymousKib(pid):
    """RssAnon of a process, 0 when it is gone."""
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text("ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    line = next((line for line in text.splitlines() if line.startswith("RssAnon:")), None)
    return int(line.split()[1]) if line else 0


def run(command):
    """Returns exit code, seconds, resource use and peak anonymous KiB."""
    peak, start = 0, time.monotonic()
    process = subprocess.Popen(command)
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        peak = max(peak, anonymousKib(process.pid))
        time.sleep(LOOK_SECONDS)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, time.monotonic() - start, usage, peak


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most-seconds", type=float, default=float("inf"))
    parser.add_argument("--most-mib", type=float, default=float("inf"))
    parser.add_argument("command", nargs="+", help="the compile, after --")
    options = parser.parse_args()
    code, seconds, usage, peak = run(options.command)
    if code != 0:
        return code
    print(f"seconds: {seconds:.1f} (user {usage.ru_utime:.1f}, system {usage.ru_stime:.1f})\n"
          f"anonymous memory: {peak / 1024:.0f} MiB\n"
          f"resident memory, mapped files included: {usage.ru_maxrss / 1024:.0f} MiB")
    return 0 if seconds <= options.most_seconds and peak / 1024 <= options.most_mib else 1


if __name__ == "__main__":
    sys.exit(main())
