#===- recipes.py - Recipes of weights against numpy ------------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Makes random recipes over random tensors and compares, bit by bit, what tenon
makes of them with what numpy makes."""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

DTYPES = ["f32", "f16", "bf16"]


def pick(random, *choices):
    return choices[random.integers(len(choices))]


def randomValues(random, shape, dtype):
    """Any finite numbers of the type: (what is stored, its values)."""
    if dtype == "f32":
        bits = random.integers(0, 1 << 32, shape, dtype=np.uint32)
        bits[(bits >> 23 & 0xff) == 0xff] &= 0x3fffffff
        return bits.tobytes(), bits.view(np.float32)
    bits = random.integers(0, 1 << 16, shape, dtype=np.uint16)
    exponent = 0x7c00 if dtype == "f16" else 0x7f80
    bits[(bits & exponent) == exponent] &= 0x3fff
    values = bits.view(np.float16) if dtype == "f16" else (bits.astype(np.uint32) << 16).view(np.float32)
    return bits.tobytes(), values


def writeCheckpoint(folder, tensors):
    header, data = {}, b""
    for name, (dtype, shape, stored) in tensors.items():
        header[name] = {"dtype": dtype.upper(), "shape": list(shape),
                        "data_offsets": [len(data), len(data) + len(stored)]}
        data += stored
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data)


def typeText(shape, dtype):
    return "".join(f"{size}x" for size in shape) + dtype


def pack(x, lanes, columns, multiple, group):
    """By the formula of PackAttr."""
    rows, width = x.shape
    groups, blocks = -(-rows // group), -(-group // lanes)
    padded = np.zeros((groups, blocks * lanes, -(-width // multiple) * multiple), x.dtype)
    for row in range(rows):
        padded[row // group, row % group, :width] = x[row]
    cut = padded.reshape(groups * blocks, lanes, -1, columns)
    return cut.transpose(0, 2, 1, 3)


class Case:
    """One weight: its sources, the recipe so far, and numpy's value of it."""

    def __init__(self, random, name, shapes, dtype):
        self.random, self.name, self.dtype = random, name, dtype
        self.tensors, self.steps, self.sources, parts = {}, [], [], []
        for i, shape in enumerate(shapes):
            stored, values = randomValues(random, shape, dtype)
            self.tensors[f"{name}.{i}"] = (dtype, shape, stored)
            self.sources.append(f'#transformer.source<"model.safetensors"::"{name}.{i}" : '
                                f"{typeText(shape, dtype)}>")
            parts.append(values)
        self.value = parts[0] if len(parts) == 1 else np.concatenate(parts)
        if len(parts) > 1:
            self.steps.append("#transformer.concat_rows")
        self.packed = False

    def slice(self, first, count, every):
        rows = self.value.shape[0] // every
        self.value = self.value.reshape(rows, every, *self.value.shape[1:])
        self.value = self.value[:, first:first + count]
        self.value = self.value.reshape(rows * count, *self.value.shape[2:])
        self.steps.append(f"#transformer.slice_rows<first {first}, count {count}, every {every}>")
        return self

    def reshape(self, *shape):
        self.value = self.value.reshape(shape)
        self.steps.append(f"#transformer.reshape<[{', '.join(map(str, shape))}]>")
        return self

    def transpose(self):
        self.value = self.value.T
        self.steps.append("#transformer.transpose")
        return self

    def toF32(self):
        self.value, self.dtype = self.value.astype(np.float32), "f32"
        self.steps.append("#transformer.to_f32")
        return self

    def pack(self, lanes, columns, multiple, group):
        self.shape = self.value.shape
        self.value, self.packed = pack(self.value, lanes, columns, multiple, group), True
        self.steps.append(f"#transformer.pack<lanes {lanes}, columns {columns}, "
                          f"multiple {multiple}, group {group}>")
        return self

    def named(self, *shape):
        """Declares the weight with another shape, of the same elements."""
        self.value = self.value.reshape(shape)
        return self

    def text(self):
        declared = typeText(self.value.shape, self.dtype)
        sources, steps = ", ".join(self.sources), ", ".join(self.steps)
        if self.packed:
            return f"task.weight @{self.name} index 0 : memref<{declared}>\n    from [{sources}] recipe [{steps}]\n"
        recipe = f" recipe [{steps}]" if steps else ""
        return f"transformer.weight @{self.name} : !transformer.weight<{declared}>\n    from [{sources}]{recipe}\n"


def divisors(number):
    return [d for d in range(1, number + 1) if number % d == 0]


def randomCase(random, name):
    rows = [int(random.integers(1, 90)) for _ in range(random.integers(1, 4))]
    width = int(random.integers(1, 75))
    case = Case(random, name, [(size, width) for size in rows], pick(random, *DTYPES))
    for _ in range(random.integers(0, 5)):
        step = pick(random, "slice", "transpose", "f32", "reshape")
        if step == "slice":
            every = pick(random, *divisors(case.value.shape[0]))
            first = int(random.integers(0, every))
            case.slice(first, int(random.integers(1, every - first + 1)), every)
        elif step == "transpose":
            case.transpose()
        elif step == "f32":
            case.toF32()
        else:
            size = case.value.size
            new = pick(random, *divisors(size))
            case.reshape(size // new, new)
    if random.random() < 0.6:
        columns = pick(random, 1, 2, 4)
        case.pack(pick(random, 16, 8, 3), columns, columns * pick(random, 1, 16),
                  pick(random, 32, 16, 24, 5))
    elif case.steps and "slice" not in str(case.steps):
        case.reshape(*case.value.shape)  # a weight says what it is, literally
    return case


def chosenCases(random):
    """What random ones seldom are: several blocks, stacked, folded, vectors."""
    return [
        Case(random, "as_it_is", [(40, 24)], "bf16"),
        Case(random, "vector", [(5000,)], "f16"),
        Case(random, "vectors", [(500,), (37,)], "bf16").toF32(),
        Case(random, "scalar", [()], "f32"),
        Case(random, "stacked", [(4, 8)] * 5, "bf16").named(5, 4, 8),
        Case(random, "folded", [(30, 7, 5)], "f32").named(30, 35),
        Case(random, "kernel", [(30, 7, 5)], "bf16").reshape(30, 35).pack(16, 2, 32, 32),
        Case(random, "many_blocks", [(1999, 701), (300, 701)], "bf16").toF32(),
        Case(random, "many_packed", [(1999, 701), (300, 701)], "bf16").pack(16, 2, 32, 32),
        Case(random, "wide_packed", [(70, 40001)], "f32").pack(16, 1, 1, 64),
        Case(random, "heads", [(12 * 3 * 20, 701)], "f16").slice(20, 20, 60).pack(16, 1, 1, 20),
        Case(random, "fused", [(3000, 333)], "bf16").slice(1000, 500, 3000).toF32(),
        Case(random, "turned", [(701, 1999)], "f16").transpose().pack(16, 1, 1, 32),
        Case(random, "two_windows", [(3001, 3003)], "f32").transpose(),
        Case(random, "turned_twice", [(4100, 4200)], "bf16").transpose().reshape(4100, 4200)
        .transpose().pack(16, 2, 32, 32),
    ]


def check(folder, case):
    writeCheckpoint(folder, case.tensors)
    program, output = folder / "program.mlir", folder / "weight.npy"
    program.write_text(case.text())
    subprocess.run(["tenon", "run", program, "--reference", f"--weight={case.name}",
                    f"--weights={folder}", f"--output={output}"], check=True)
    made = np.load(output)
    return made.shape == case.value.shape and made.tobytes() == case.value.tobytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipes", type=int, default=30, help="random ones")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    cases = chosenCases(random) + [randomCase(random, f"random{i}") for i in range(options.recipes)]
    bad = []
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            if not check(pathlib.Path(folder), case):
                bad.append(case)
                print(f"differs from numpy:\n{case.text()}", file=sys.stderr)
    print(f"{len(cases)} recipes, {len(bad)} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
