"""Usage: run_goldens.py MODEL TEMPORARY

Imports the checkpoint MODEL and runs each of its prompts by the reference path;
the logits have to be those of logits-f32-I.npy.
"""

import json
import os
import subprocess
import sys

model, temporary = sys.argv[1:]
program = temporary + ".mlir"
subprocess.run(["tenon", "compile", model, "--emit=imported", "--dtype=f32", "-o", program],
               check=True)
with open(os.path.join(model, "goldens.json")) as goldens:
    prompts = json.load(goldens)["prompts"]
for number, prompt in enumerate(prompts):
    logits = os.path.join(model, f"logits-f32-{number}.npy")
    subprocess.run(["tenon", "run", program, "--reference", "--weights=" + model,
                    "--tokens=" + ",".join(map(str, prompt)), "--expect=" + logits,
                    "--tolerance=2e-5"], check=True)
