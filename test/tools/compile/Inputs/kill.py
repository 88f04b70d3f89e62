"""Usage: kill.py MODEL FOLDER

Kills compiles of MODEL (by SIGKILL) while they write their file, and while the
file verifies itself, as /proc shows it. FOLDER is used as the folder of the
output and, inside it, the one for temporary files: both must then be empty,
and no process may be left.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

TIMES = 3         # kills in each phase
LONGEST_S = 120   # that a compile may take to get there


def open_files(pid):
    """What the process has open, by the names that /proc gives."""
    names = []
    for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            names.append(os.readlink(entry))
        except OSError:
            pass
    return names


def children(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def is_alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in "ZX"  # ended, and not yet waited for


def is_writing(pid, output):
    """Whether the file, which has no name yet, has begun."""
    return any(name.startswith(str(output) + "/") and "(deleted)" in name
               for name in open_files(pid))


def is_verifying(pid, output):
    return is_writing(pid, output) and any(children(pid))


def kill_when(reached, model, output, temporary):
    """Kills a compile when it has reached a phase."""
    process = subprocess.Popen(["tenon", "compile", model, "--target=x86-64-v3", "-o",
                                output / "app"], env=dict(os.environ, TMPDIR=str(temporary)))
    begin = time.monotonic()
    while not reached(process.pid, output):
        if process.poll() is not None or time.monotonic() - begin > LONGEST_S:
            process.kill()
            sys.exit(f"the compile never was in the phase {reached.__name__}")
    left = children(process.pid)
    process.kill()
    if process.wait() != -signal.SIGKILL:
        sys.exit(f"the compile ended before it was killed, in {reached.__name__}")
    for folder in (output, temporary):
        if found := [name for name in os.listdir(folder)]:
            sys.exit(f"a kill in {reached.__name__} leaves {found} in {folder}")
    # A child is killed by the system, a moment later.
    for _ in range(500):
        if not any(map(is_alive, left)):
            break
        time.sleep(0.01)
    else:
        sys.exit(f"a kill in {reached.__name__} leaves a process")


model, folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
shutil.rmtree(folder, ignore_errors=True)
output, temporary = folder / "output", folder / "temporary"
output.mkdir(parents=True)
temporary.mkdir()
for phase in (is_writing, is_verifying):
    for _ in range(TIMES):
        kill_when(phase, model, output, temporary)
    print(f"{phase.__name__}: {TIMES} kills leave nothing")
