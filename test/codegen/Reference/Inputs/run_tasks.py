"""Usage: run_tasks.py MODEL TEMPORARY

Compiles the checkpoint MODEL to the task stage and runs its longest prompt with
several numbers of workers, orders of tiles and sizes of steps; the logits have
to be those of logits-f32-I.npy.
"""

import json
import os
import subprocess
import sys

# Workers, seed of the order, most rows of a step.
SCHEDULES = [(1, 1, 1000), (2, 2, 1), (3, 3, 5), (5, 4, 1000), (7, 5, 17)]

model, temporary = sys.argv[1:]
program = temporary + ".mlir"
subprocess.run(["tenon", "compile", model, "--emit=task", "--dtype=f32", "--target=x86-64-v3",
                "-o", program], check=True)
with open(os.path.join(model, "goldens.json")) as goldens:
    prompts = json.load(goldens)["prompts"]
number = max(range(len(prompts)), key=lambda index: len(prompts[index]))
for workers, seed, chunk in SCHEDULES:
    subprocess.run(["tenon", "run", program, "--reference", "--weights=" + model,
                    f"--workers={workers}", f"--seed={seed}", f"--chunk={chunk}",
                    "--tokens=" + ",".join(map(str, prompts[number])),
                    "--expect=" + os.path.join(model, f"logits-f32-{number}.npy"),
                    "--tolerance=2e-5"], check=True)
