#!/usr/bin/env python3
#===- check_system_calls.py - What a produced file asks of the kernel ------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""Checks that a produced file uses no network and opens no file of others.

  check_system_calls.py APP

Runs the commands of the file under strace and fails when one makes a system
call of the network, starts a program, or opens anything but itself, /proc,
/sys and the files that the command line names. Then answers a prompt in an
empty network namespace and compares the answer with one from outside of it.
Needs strace, and unshare of util-linux with the right to make namespaces.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

TRACED = "%network,%file,execve,execveat,io_uring_setup"
NETWORK = {"socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto",
           "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "getsockname", "getpeername",
           "setsockopt", "getsockopt", "shutdown"}
FORBIDDEN = NETWORK | {"execveat", "io_uring_setup", "fork", "vfork"}
CALL = re.compile(r"^(?:\d+ +)?(?P<name>\w+)\((?P<arguments>.*)")
SYSTEM_FOLDERS = ("/proc/", "/sys/")
PATH = re.compile(r'"((?:[^"\\]|\\.)*)"')


def faultsOf(trace, app, named):
    """Returns the calls of a trace that must not be, and the files that it names.

    A call with an empty path speaks of a file that is open already."""
    faults, opened, starts = [], set(), 0
    for line in trace.splitlines():
        call = CALL.match(line)
        if not call:
            continue
        name, path = call["name"], PATH.search(call["arguments"])
        if name == "execve":
            starts += 1
            if starts > 1:
                faults.append(line)
        elif name in FORBIDDEN:
            faults.append(line)
        elif path and path[1] and not path[1].startswith(SYSTEM_FOLDERS):
            opened.add(path[1])
            if path[1] not in {app, *named}:
                faults.append(line)
    if starts != 1:
        faults.append(f"strace saw {starts} starts of a program")
    return faults, opened


def runTraced(app, arguments, named, folder):
    trace = pathlib.Path(folder) / "trace"
    done = subprocess.run(["strace", "-f", "-qq", "-s", "4096", "-o", str(trace), "-e",
                           f"trace={TRACED}", app, *arguments],
                          stdin=subprocess.DEVNULL, capture_output=True, cwd=folder)
    faults, opened = faultsOf(trace.read_text("utf-8", "replace"), app, named)
    if done.returncode != 0:
        faults.append(f"exit code {done.returncode}: {done.stderr.decode()[-300:]}")
    print(f"{'FAIL' if faults else 'ok'}: {' '.join(arguments)}: beside /proc and /sys "
          f"{', '.join(sorted(opened)) or 'no file'}")
    for fault in faults:
        print(f"  {fault}")
    return not faults


def runWithoutNetwork(app):
    command = [app, "--raw", "--greedy", "-n", "8", "-p", "12"]
    outside = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    inside = subprocess.run(["unshare", "--user", "--map-root-user", "--net", *command],
                            stdin=subprocess.DEVNULL, capture_output=True)
    good = outside.returncode == inside.returncode == 0 and outside.stdout == inside.stdout
    print(f"{'ok' if good else 'FAIL'}: the same answer in an empty network namespace")
    if not good:
        print(f"  {inside.stderr.decode()[-300:]}")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("app", help="the produced file")
    app = str(pathlib.Path(parser.parse_args().app).resolve())
    with tempfile.TemporaryDirectory() as folder:
        text, logits = f"{folder}/text.txt", f"{folder}/logits.npy"
        pathlib.Path(text).write_text("1 + 2 = 3\n")
        cases = [
            (["--raw", "--greedy", "-n", "8", "-p", "12"], []),
            (["--raw", "--greedy", "-n", "8", "-f", text], [text]),
            (["score", "-f", text], [text]),
            (["bench", "-p", "8", "-n", "8", "-r", "1"], []),
            # The file is made in its folder without a name, which it gets at the end.
            (["logits", "--tokens", "1,2,3", "-o", logits], [logits, folder + "/"]),
            (["tokenize", "-p", "12"], []),
            (["info"], []),
            (["verify"], []),
        ]
        results = [runTraced(app, arguments, named, folder) for arguments, named in cases]
    return 0 if all([*results, runWithoutNetwork(app)]) else 1


if __name__ == "__main__":
    sys.exit(main())
