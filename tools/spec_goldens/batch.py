#===- batch.py - Cases, numbers and ragged batches -------------------------===#
#
# Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===//
"""What all blocks share: cases, seeded numbers, and batches of odd lengths."""
import dataclasses
import zlib

import numpy as np


@dataclasses.dataclass
class Case:
    """Inputs in the order of the function's tensors, and results by number."""
    block: str
    name: str
    inputs: list  # of (name, array)
    outputs: dict  # number of the result tensor -> array


def write_cases(cases, folder):
    """Writes the arrays as f32 and i32; returns the bytes written."""
    size = 0
    for case in cases:
        place = folder / case.block
        place.mkdir(parents=True, exist_ok=True)
        arrays = case.inputs + [(f"out{n}", array) for n, array in case.outputs.items()]
        for name, array in arrays:
            array = np.asarray(array)
            kind = np.int32 if array.dtype.kind in "iu" else np.float32
            path = place / f"{case.name}-{name}.npy"
            np.save(path, np.ascontiguousarray(array, dtype=kind))
            size += path.stat().st_size
    return size


class Numbers:
    """Numbers that depend on a name only, rounded to f32."""

    def __init__(self, name):
        self.generator = np.random.default_rng(zlib.crc32(name.encode()))

    def normal(self, *shape, scale=1.0, mean=0.0):
        values = mean + scale * self.generator.standard_normal(shape)
        return values.astype(np.float32).astype(np.float64)

    def matrix(self, *shape):
        """A weight: products with it keep the size of numbers."""
        return self.normal(*shape, scale=shape[-1] ** -0.5)

    def around_one(self, *shape):
        return self.normal(*shape, scale=0.25, mean=1.0)

    def integers(self, high, *shape):
        return self.generator.integers(0, high, shape).astype(np.int32)


class Rows:
    """Sequence and positions of each row; further axes for rotary tables."""

    def __init__(self, sequences, positions):
        self.sequences = np.array(sequences, dtype=np.int32)
        positions = np.array(positions, dtype=np.int32)
        self.axes = positions.reshape(len(sequences), -1)
        self.positions = self.axes[:, 0]

    def __len__(self):
        return len(self.sequences)

    def inputs(self, name="rows"):
        return [(name + "-sequences", self.sequences), (name + "-positions", self.axes)]


def step_rows():
    """Of four sequences: one goes on with three rows, one begins with four, one
    goes on with one row, and one (number 1) has none."""
    return Rows([0, 0, 0, 2, 2, 2, 2, 3], [3, 4, 5, 0, 1, 2, 3, 6])


def encoder_rows():
    """Three whole sequences of 5, 2 and 1 rows, not in order of number."""
    return Rows([1, 1, 1, 1, 1, 0, 0, 2], [0, 1, 2, 3, 4, 0, 1, 0])


SEQUENCES = 4
CAPACITY = 9


def past_state(numbers, rows, *shape):
    """[sequences, positions, ...] with numbers for what came before the step and
    NaN where nothing was written; sequence 1, which has no rows, is full."""
    state = np.full((SEQUENCES, CAPACITY) + shape, np.nan)
    state[1] = numbers.normal(CAPACITY, *shape)
    for sequence, position in zip(rows.sequences, rows.positions):
        if np.isnan(state[sequence]).all() and position > 0:
            state[sequence, :position] = numbers.normal(position, *shape)
    return state


def appended(state, rows, values):
    """`state` with `values` [rows, ...] at the positions of the rows."""
    state = state.copy()
    for row in range(len(rows)):
        state[rows.sequences[row], rows.positions[row]] = values[row].reshape(state.shape[2:])
    return state
