#!/usr/bin/env python3
#===- compare_with_llama_cpp.py - Speed next to llama.cpp ------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Measures produced files and llama.cpp on the same weights, by turns.

  compare_with_llama_cpp.py --llama-bench PATH APP=GGUF [APP=GGUF ...]

For each pair, number of threads and test (prompts of some lengths, a reply),
the rounds go A B A B: a measurement of the file, one of llama.cpp, and the
same again. So a machine that slows down slows both, and the ratio of the
medians is one of the same run. Each round also measures how fast the
machine can read as many bytes as the model has (read_ceiling.c, compiled
here); a reply reads all of them once for each token.

Prints Markdown tables and, before them, how much of the time other processes
and other machines used the CPUs: with more than a few percent, measure again.
"""
import argparse
import dataclasses
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

CEILING_SOURCE = pathlib.Path(__file__).resolve().parent / "read_ceiling.c"
CEILING_FLAGS = ["-O2", "-march=native", "-mprefer-vector-width=512", "-pthread"]


@dataclasses.dataclass(frozen=True)
class Test:
    """What is measured: a prompt or a reply of some tokens."""
    kind: str
    tokens: int

    def repetitions(self):
        return max(1, 160 // self.tokens) if self.kind == "prompt" else 1

    def name(self):
        return f"{self.kind} {self.tokens}"


@dataclasses.dataclass
class Samples:
    """The rates of one test at one number of threads."""
    ours: list = dataclasses.field(default_factory=list)
    theirs: list = dataclasses.field(default_factory=list)
    ceiling: list = dataclasses.field(default_factory=list)


class CpuUse:
    """Tells the CPU time that others used since it was made."""

    def __init__(self):
        self.start = time.monotonic()
        self.busy, self.stolen = self.read()
        self.own = self.readOwn()

    @staticmethod
    def read():
        with open("/proc/stat", encoding="ascii") as file:
            fields = [int(field) for field in file.readline().split()[1:]]
        user, nice, system, _, _, irq, softIrq, stolen = fields[:8]
        tick = os.sysconf("SC_CLK_TCK")
        return (user + nice + system + irq + softIrq) / tick, stolen / tick

    @staticmethod
    def readOwn():
        uses = (resource.getrusage(who)
                for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(use.ru_utime + use.ru_stime for use in uses)

    def describe(self):
        seconds = time.monotonic() - self.start
        busy, stolen = self.read()
        foreign = max(0.0, busy - self.busy - (self.readOwn() - self.own))
        return (f"{seconds:.0f} s, other processes {foreign / seconds:.1%} of one CPU, "
                f"stolen {(stolen - self.stolen) / seconds:.1%}")


def runForOutput(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def runApp(app, test, threads, isa):
    prompt, reply = (test.tokens, 0) if test.kind == "prompt" else (0, test.tokens)
    command = [app, "bench", "-p", str(prompt), "-n", str(reply), "-t", str(threads),
               "-r", str(test.repetitions()), "--json"]
    if isa:
        command.append(f"--isa={isa}")
    return json.loads(runForOutput(command))["tests"][0]["repetitions"]


def runLlamaBench(program, gguf, test, threads):
    """Returns the rates, and the bytes of weights that the file holds."""
    prompt, reply = (test.tokens, 0) if test.kind == "prompt" else (0, test.tokens)
    command = [program, "-m", gguf, "-p", str(prompt), "-n", str(reply), "-t", str(threads),
               "-r", str(test.repetitions()), "-o", "json"]
    result = json.loads(runForOutput(command))[0]
    return result["samples_ts"], result["model_size"]


def runCeiling(program, sizeBytes, threads):
    return float(runForOutput([program, str(sizeBytes), str(threads), "3"]).split()[0])


def compileCeiling(compiler, folder):
    program = str(pathlib.Path(folder) / "read_ceiling")
    runForOutput([compiler, *CEILING_FLAGS, "-o", program, str(CEILING_SOURCE)])
    return program


def measurePair(options, ceilingProgram, app, gguf):
    """Returns {(test, threads): Samples} and the bytes read for a token."""
    tests = [Test("reply", n) for n in options.replies] + [Test("prompt", n)
                                                            for n in options.prompts]
    results, sizeBytes = {}, 0
    for threads in options.threads:
        for test in tests:
            samples = results.setdefault((test, threads), Samples())
            for _ in range(options.rounds):
                samples.ours += runApp(app, test, threads, options.isa)
                rates, sizeBytes = runLlamaBench(options.llama_bench, gguf, test, threads)
                samples.theirs += rates
                if test.kind == "reply":
                    samples.ceiling.append(runCeiling(ceilingProgram, sizeBytes, threads))
                print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return results, sizeBytes


def spread(rates):
    """Half the distance of least and most, as a share of the median."""
    return (max(rates) - min(rates)) / 2 / statistics.median(rates)


def printTables(app, results, sizeBytes):
    print(f"\n{pathlib.Path(app).name}, {sizeBytes / 1e6:.1f} MB of weights; tokens per second\n")
    print("| test | threads | Tenon | ± | llama.cpp | ± | ratio |\n|---|---|---|---|---|---|---|")
    for (test, threads), samples in results.items():
        ours, theirs = statistics.median(samples.ours), statistics.median(samples.theirs)
        print(f"| {test.name()} | {threads} | {ours:.2f} | {spread(samples.ours):.1%} "
              f"| {theirs:.2f} | {spread(samples.theirs):.1%} | {ours / theirs:.2f} |")
    print("\n| test | threads | Tenon GB/s | read ceiling GB/s | ± | share |\n|---|---|---|---|---|---|")
    for (test, threads), samples in results.items():
        if test.kind != "reply":
            continue
        read = statistics.median(samples.ours) * sizeBytes * 1e-9
        ceiling = statistics.median(samples.ceiling)
        print(f"| {test.name()} | {threads} | {read:.2f} | {ceiling:.2f} "
              f"| {spread(samples.ceiling):.1%} | {read / ceiling:.1%} |")
    sys.stdout.flush()


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    numbers = lambda text: [int(number) for number in text.split(",")]
    parser.add_argument("pairs", nargs="+", metavar="APP=GGUF")
    parser.add_argument("--llama-bench", required=True, help="the program of llama.cpp")
    parser.add_argument("--threads", type=numbers, default=[1, 2])
    parser.add_argument("--prompts", type=numbers, default=[512, 32])
    parser.add_argument("--replies", type=numbers, default=[128])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--isa", help="the kind of CPU code of the file; default: its choice")
    parser.add_argument("--cc", default="cc", help="the C compiler for read_ceiling.c")
    return parser.parse_args()


def main():
    options = parse()
    pairs = [pair.split("=", 1) for pair in options.pairs]
    with tempfile.TemporaryDirectory() as folder:
        ceilingProgram = compileCeiling(options.cc, folder)
        for app, gguf in pairs:
            app = str(pathlib.Path(app).resolve())
            use = CpuUse()
            results, sizeBytes = measurePair(options, ceilingProgram, app, gguf)
            print(use.describe())
            printTables(app, results, sizeBytes)


if __name__ == "__main__":
    main()
