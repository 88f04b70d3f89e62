#!/usr/bin/env python3
#===- check_predictions.py - What tenon check says against what comes ------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Compares the predictions of `tenon check` with a compile and its file.

  check_predictions.py [--memory] MODEL FILE [OPTION ...]

Checks and compiles MODEL to FILE with the same options. The sizes of file,
program, weights, scratch and state must be the same to the byte. With --memory, what the
compile and a run with a full context occupy must be near what was said.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import time

# Of the prediction. A compile is watched every few milliseconds, which misses
# short peaks, and the allocator returns memory when it likes.
COMPILE_LEAST, COMPILE_MOST = 0.70, 1.25
# A run maps the whole file and reads of it what it needs; beside what is
# foretold it has the stack and the heap of a process, in bytes:
RUN_LEAST, RUN_BESIDES = 0.5, 2 << 20
# A run whose memory is to be known is looked at so often at least.
LEAST_LOOKS = 25


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def peakBytes(command):
    """How often a process that runs `command` was looked at, the most anonymous
    memory that was seen of it, and the most of all."""
    looks = anonymous = resident = 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        try:
            lines = pathlib.Path(f"/proc/{process.pid}/status").read_text("ascii").splitlines()
        except (FileNotFoundError, ProcessLookupError):
            break
        sizes = {line.split(":")[0]: int(line.split()[1]) << 10 for line in lines if " kB" in line}
        looks += 1
        anonymous = max(anonymous, sizes.get("RssAnon", 0))
        resident = max(resident, sizes.get("VmHWM", 0))
        time.sleep(0.002)
    if process.wait() != 0:
        sys.exit(f"{command} failed")
    return looks, anonymous, resident


def runPeakBytes(path, context):
    """The most memory of a run of the file at `path` with a full context of
    `context` positions. It repeats itself, which takes no more memory, until
    it was looked at often enough to have been seen at work."""
    for exponent in range(16):
        looks, _, resident = peakBytes([path, "bench", "--threads=1", "-r", str(2**exponent),
                                        "-p", str(context - 64), "-n", "32"])
        if looks >= LEAST_LOOKS:
            return resident
    sys.exit(f"{path} was never seen at work")


def stepsOf(model, options):
    """Rows, scratch bytes and those of each worker, as the runtime reads them:
    the tables of variants for each target."""
    targets = [option for option in options if option.startswith("--target=")]
    for target in targets or [f"--target={name}" for name in ("amx", "x86-64-v4", "x86-64-v3")]:
        others = [option for option in options if option not in targets]
        code = output("tenon", "compile", model, "--emit=llvm-ir", target, "-o", "-", *others)
        table = re.search(r"^@tenon_variants_\S+ = .*$", code, re.M).group(0)
        for step in re.findall(r"\{ i64 (\d+), i64 (\d+), i64 (\d+), ptr", table):
            yield [int(number) for number in step]


def expect(what, condition, predicted, found):
    print(f"{what}: {predicted} predicted, {found} found")
    if not condition:
        sys.exit(f"the prediction of '{what}' is wrong")


def main():
    arguments = sys.argv[1:]
    withMemory = arguments[:1] == ["--memory"]
    model, path, *options = arguments[withMemory:]
    said = json.loads(output("tenon", "check", model, "--json", "--threads=1", *options))
    _, compiled, _ = peakBytes(["tenon", "compile", model, "-o", path, *options])
    held = json.loads(output("tenon", "inspect", "--json", path))
    for what, predicted, found in [
        ("file", said["file_bytes"], os.path.getsize(path)),
        ("program", said["program_bytes"], held["payload_offset"]),
        ("weights", said["weight_bytes"], held["sections"]["weights"]),
    ]:
        expect(what, predicted == found, predicted, found)
    for what, column in [("scratch_bytes", 1), ("scratch_bytes_per_worker", 2)]:
        found = max(step[column] for step in stepsOf(model, options))
        expect(what, said[what] == found, said[what], found)
    info = dict(line.split(": ", 1) for line in output(path, "info").splitlines())
    state = said["state_bytes_per_token"]
    state = f"{state} bytes" if state < 1024 else f"{state / 1024:.1f} KiB"
    expect("state per position", state == info["state per position"], state,
           info["state per position"])
    if not withMemory:
        return
    predicted = said["compile_memory_bytes"]
    expect("memory to compile",
           COMPILE_LEAST * predicted < compiled < COMPILE_MOST * predicted, predicted, compiled)
    resident = runPeakBytes(path, said["context"])
    predicted = said["run_memory_bytes"]
    expect("memory to run", RUN_LEAST * predicted < resident < predicted + RUN_BESIDES, predicted,
           resident)


if __name__ == "__main__":
    main()
