#!/usr/bin/env python3
#===- first_token.py - From exec to the first token ------------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Measures how long a new process takes to its first token, and its memory.

  first_token.py APP [--llama-completion PATH --gguf FILE] [--threads 1,2]

Starts the produced file with a prompt of five tokens, asks for a reply of one
and stops the clock when the first byte comes out of its pipe; the page cache is
warm, as each program runs twice before it counts. With the two options
llama.cpp's llama-completion does the same by turns: once with its defaults, once
with the options that make it start fastest (small context, no warm-up run, no
search for what fits).

The memory is what the kernel saw as the most resident memory of a process,
pages of files included (VmHWM); the goal beside it is the size of the file
plus 64 MiB plus the state of the positions in use.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import time

MIB = 1 << 20
SLACK_BYTES = 64 * MIB
REPLY_TOKENS = 1  # a file that writes into a pipe may keep what it has until the end


def runOnce(command):
    """Returns milliseconds to the first byte and to the end, and peak bytes."""
    readEnd, writeEnd = os.pipe()
    start = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=writeEnd,
                               stderr=subprocess.DEVNULL)
    os.close(writeEnd)
    first = os.read(readEnd, 1)
    firstMs = (time.monotonic() - start) * 1e3
    while os.read(readEnd, 1 << 16):
        pass
    os.close(readEnd)
    _, status, usage = os.wait4(process.pid, 0)
    endMs = (time.monotonic() - start) * 1e3
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0 or not first:
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}, "
                 f"{'some' if first else 'no'} output")
    return firstMs, endMs, usage.ru_maxrss * 1024


def infoOf(app):
    text = subprocess.run([app, "info"], capture_output=True, text=True, check=True).stdout
    return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)


def stateBytes(app, positions):
    """The state of so many positions, by what `info` says of one."""
    number, unit = infoOf(app)["state per position"].split()
    return float(number) * {"B": 1, "KiB": 1 << 10, "MiB": MIB}[unit] * positions


def promptTokens(app, prompt):
    text = subprocess.run([app, "tokenize", "-p", prompt], capture_output=True, text=True,
                          check=True).stdout
    return len(text.replace(",", " ").split())


def commands(options, threads):
    """The command of each program, by its name in the table."""
    app = str(pathlib.Path(options.app).resolve())
    reply = ["-n", str(REPLY_TOKENS), "-t", str(threads)]
    found = {"Tenon": [app, "--raw", "--greedy", *reply, "-p", options.prompt]}
    if options.llama_completion:
        plain = [options.llama_completion, "-m", options.gguf, "-no-cnv", "--no-display-prompt",
                 "--temp", "0", *reply, "-p", options.prompt]
        found["llama.cpp"] = plain
        found["llama.cpp, fastest start"] = plain + ["-c", "512", "--no-warmup", "-fit", "off"]
    return found


def measure(options, threads):
    """Returns {name: list of results}, taken by turns."""
    programs = commands(options, threads)
    for command in programs.values():
        runOnce(command)
        runOnce(command)
    results = {name: [] for name in programs}
    for _ in range(options.runs):
        for name, command in programs.items():
            results[name].append(runOnce(command))
    return results


def printRows(threads, results):
    ours = statistics.median(run[0] for run in results["Tenon"])
    for name, runs in results.items():
        firsts = [run[0] for run in runs]
        first = statistics.median(firsts)
        print(f"| {name} | {threads} | {first:.0f} | {min(firsts):.0f}–{max(firsts):.0f} "
              f"| {statistics.median(run[1] for run in runs):.0f} "
              f"| {max(run[2] for run in runs) / MIB:.0f} | {first / ours:.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("app", help="the produced file")
    parser.add_argument("--llama-completion", help="the program of llama.cpp")
    parser.add_argument("--gguf", help="the same weights for it")
    parser.add_argument("--threads", type=lambda text: [int(n) for n in text.split(",")],
                        default=[1, 2])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--prompt", default="abcdefghij")
    options = parser.parse_args()
    if bool(options.llama_completion) != bool(options.gguf):
        parser.error("--llama-completion and --gguf belong together")
    app = str(pathlib.Path(options.app).resolve())
    count = promptTokens(app, options.prompt)
    allowed = os.path.getsize(app) + SLACK_BYTES + stateBytes(app, count + REPLY_TOKENS)
    print(f"{pathlib.Path(app).name}: prompt of {count} tokens, {options.runs} runs by turns; "
          f"resident memory allowed: {allowed / MIB:.0f} MiB\n")
    print("| program | threads | first token ms | range | end ms | resident MiB | times Tenon |\n"
          "|---|---|---|---|---|---|---|")
    peak = 0
    for threads in options.threads:
        results = measure(options, threads)
        printRows(threads, results)
        peak = max([peak, *(run[2] for run in results["Tenon"])])
    return 0 if peak <= allowed else 1


if __name__ == "__main__":
    sys.exit(main())
