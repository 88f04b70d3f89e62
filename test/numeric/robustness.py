#!/usr/bin/env python3
#===- robustness.py - One model under many circumstances -------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Checks that circumstances change nothing of what the demo model computes.

  robustness.py APP

Logits, scores and replies are the same bytes with more workers than cores, with
several instances at once, and, where this process may make control groups, under
quotas. Turns of a chat are those of runs that read the whole
conversation anew. A full context ends with its exit code.
"""
import os
import pathlib
import subprocess
import sys

WORKERS = (1, 2, 3, 8)
QUOTAS = (500, 1000, 1500, 2000)  # thousandths of a CPU
CONTEXT_FULL = 7           # exit code
TIMEOUT = 120              # seconds; a run takes some hundredths of one
TOKENS = ",".join(str(17 + i * 37 % 90) for i in range(120))
TURNS = ("12+30=", "Add 396 and 2.", "你好", "370 减 232 等于多少？")
QUOTA_GROUP = pathlib.Path(__file__).parent.parent / "runtime" / "quota-group.sh"
PERIOD = 20000             # microseconds


def start(app, *arguments, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen([app, *map(str, arguments)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, **options)


def finish(process, text=None, code=0):
    out, messages = process.communicate(text, timeout=TIMEOUT)
    if process.returncode != code:
        sys.exit(f"{process.args}: exit code {process.returncode}, expected {code}: "
                 f"{messages.decode()}")
    return out


def same(what, actual, expected):
    if actual != expected:
        sys.exit(f"{what}: {actual[:200]} instead of {expected[:200]}")


class Commands:
    """What is run under every circumstance, and what it printed the first time."""

    def __init__(self, app):
        self.app = app
        self.commands = [("logits", "--tokens", TOKENS, "-o", "-"),
                         ("score", "-p", "12+30=42. 7*8=56."),
                         ("--tokens", TOKENS, "-n", 40, "--greedy")]
        self.expected = [finish(start(app, *command, "-t", 1)) for command in self.commands]

    def check(self, circumstance, *arguments, **options):
        for command, expected in zip(self.commands, self.expected):
            same(f"{circumstance}: {command[0]}",
                 finish(start(self.app, *command, *arguments, **options)), expected)

    def checkTogether(self, instances, workers):
        running = [[start(self.app, *command, "-t", workers) for command in self.commands]
                   for _ in range(instances)]
        for processes in running:
            for process, command, expected in zip(processes, self.commands, self.expected):
                same(f"{instances} instances: {command[0]}", finish(process), expected)


def checkQuotas(commands):
    """Under each quota: as many workers as it pays for, and two or more all the same."""
    for quota in QUOTAS:
        made = subprocess.run(["sh", QUOTA_GROUP, str(quota), str(PERIOD)], capture_output=True,
                              text=True)
        if made.returncode:
            print(f"quotas: not checked: {made.stderr.strip()}")
            return
        group = pathlib.Path(made.stdout.strip())
        join = lambda: (group / "cgroup.procs").write_text(str(os.getpid()))
        try:
            commands.check(f"quota {quota}/1000", preexec_fn=join)
            for workers in (2, 8):
                commands.check(f"quota {quota}/1000, {workers} workers", "-t", workers,
                               preexec_fn=join)
        finally:
            group.rmdir()
    print("quotas: same results")


def turn(role, text):
    return f"<|im_start|>{role}\n{text}<|im_end|>\n"


def checkChat(app):
    """Each turn of a chat is the reply to the conversation up to there."""
    conversation, expected = "", ""
    for question in TURNS:
        conversation += turn("user", question)
        prompt = conversation + "<|im_start|>assistant\n"
        reply = finish(start(app, "--raw", "-p", prompt, "--greedy", "-t", 1)).decode().strip()
        conversation += turn("assistant", reply)
        expected += reply + "\n"
    for workers in WORKERS:
        chat = start(app, "chat", "--greedy", "-t", workers, stdin=subprocess.PIPE)
        lines = "".join(question + "\n" for question in TURNS).encode()
        same(f"chat, {workers} workers", finish(chat, lines).decode(), expected)
    print("chat: same replies")


def main():
    app = os.path.abspath(sys.argv[1])
    commands = Commands(app)
    for workers in WORKERS:
        commands.check(f"{workers} workers", "-t", workers)
    print("workers: same results")
    for instances, workers in ((2, 2), (3, 8)):
        commands.checkTogether(instances, workers)
    print("instances: same results")
    checkQuotas(commands)
    checkChat(app)
    # The prompt has room, the reply does not; and then the prompt has none.
    finish(start(app, "--tokens", TOKENS, "-n", -1, "-c", 122, "--greedy"), code=CONTEXT_FULL)
    finish(start(app, "--tokens", TOKENS, "-c", 100, "--greedy"), code=CONTEXT_FULL)
    print("context: full")
    same("verify", finish(start(app, "verify")).decode().split("\n")[0].split(" ")[-1], "intact")
    print("verify: intact")


if __name__ == "__main__":
    main()
