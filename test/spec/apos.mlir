// Block APOS: absolute positions from a table, or from sines.
//
// Tolerance 1e-6: an angle of at most 6 rounds to 2^-23, its sine to a unit in the last place.

// RUN: tenon run %s --reference --function=learned --tolerance=1e-6 \
// RUN:   --input=%S/data/apos/learned-rows-sequences.npy --input=%S/data/apos/learned-rows-positions.npy \
// RUN:   --input=%S/data/apos/learned-table.npy --expect=0=%S/data/apos/learned-out0.npy
// RUN: tenon run %s --reference --function=sinusoidal --tolerance=1e-6 \
// RUN:   --input=%S/data/apos/sinusoidal-rows-sequences.npy --input=%S/data/apos/sinusoidal-rows-positions.npy \
// RUN:   --expect=0=%S/data/apos/sinusoidal-out0.npy

// The table begins with two rows that no position uses.
func.func @learned(%rows: !transformer.rows, %table: !transformer.weight<12x7xf32>) -> tensor<?x7xf32> {
  %p = transformer.position_embedding %rows, %table offset 2
      : !transformer.weight<12x7xf32> -> tensor<?x7xf32>
  return %p : tensor<?x7xf32>
}

// All sines, then all cosines.
func.func @sinusoidal(%rows: !transformer.rows) -> tensor<?x8xf32> {
  %cos, %sin = transformer.rotary_table %rows frequencies [1.0, 0.0464158878, 0.0021544348, 9.99999975e-05]
      factor 1.0 : tensor<?x4xf32>
  %p = transformer.concat %sin, %cos : tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x8xf32>
  return %p : tensor<?x8xf32>
}
