// Block RSC: every scaling is a list of frequencies and a factor.
//
// Tolerance 2e-5: an angle of up to 201 rounds to 2^-17, and that is the error of its sine.

// RUN: tenon run %s --reference --function=linear --tolerance=2e-5 \
// RUN:   --input=%S/data/rsc/linear-x.npy --input=%S/data/rsc/linear-rows-sequences.npy \
// RUN:   --input=%S/data/rsc/linear-rows-positions.npy --expect=0=%S/data/rsc/linear-out0.npy
// RUN: tenon run %s --reference --function=llama3 --tolerance=2e-5 \
// RUN:   --input=%S/data/rsc/llama3-x.npy --input=%S/data/rsc/llama3-rows-sequences.npy \
// RUN:   --input=%S/data/rsc/llama3-rows-positions.npy --expect=0=%S/data/rsc/llama3-out0.npy
// RUN: tenon run %s --reference --function=yarn --tolerance=2e-5 \
// RUN:   --input=%S/data/rsc/yarn-x.npy --input=%S/data/rsc/yarn-rows-sequences.npy \
// RUN:   --input=%S/data/rsc/yarn-rows-positions.npy --expect=0=%S/data/rsc/yarn-out0.npy
// RUN: tenon run %s --reference --function=longrope --tolerance=2e-5 \
// RUN:   --input=%S/data/rsc/longrope-x.npy --input=%S/data/rsc/longrope-rows-sequences.npy \
// RUN:   --input=%S/data/rsc/longrope-rows-positions.npy --expect=0=%S/data/rsc/longrope-out0.npy
// RUN: tenon run %s --reference --function=alpha --tolerance=2e-5 \
// RUN:   --input=%S/data/rsc/alpha-x.npy --input=%S/data/rsc/alpha-rows-sequences.npy \
// RUN:   --input=%S/data/rsc/alpha-rows-positions.npy --expect=0=%S/data/rsc/alpha-out0.npy
// RUN: tenon run %s --reference --function=logn --tolerance=2e-5 \
// RUN:   --input=%S/data/rsc/logn-x.npy --input=%S/data/rsc/logn-rows-sequences.npy \
// RUN:   --input=%S/data/rsc/logn-rows-positions.npy --expect=0=%S/data/rsc/logn-out0.npy

// Factor 4.
func.func @linear(%x: tensor<?x16xf32>, %rows: !transformer.rows) -> tensor<?x16xf32> {
  %cos, %sin = transformer.rotary_table %rows frequencies [0.25, 0.0250000004, 0.00249999994, 0.000250000012]
      factor 1.0 : tensor<?x4xf32>
  %y = transformer.rope %x, %cos, %sin halves head_dim 8 : tensor<?x16xf32>, tensor<?x4xf32>
  return %y : tensor<?x16xf32>
}

// Factor 8 over 64 positions.
func.func @llama3(%x: tensor<?x16xf32>, %rows: !transformer.rows) -> tensor<?x16xf32> {
  %cos, %sin = transformer.rotary_table %rows frequencies [1.0, 0.00470075384, 0.000176776695, 6.64786967e-06]
      factor 1.0 : tensor<?x4xf32>
  %y = transformer.rope %x, %cos, %sin halves head_dim 8 : tensor<?x16xf32>, tensor<?x4xf32>
  return %y : tensor<?x16xf32>
}

// Factor 4 over 64 positions, with its attention factor.
func.func @yarn(%x: tensor<?x16xf32>, %rows: !transformer.rows) -> tensor<?x16xf32> {
  %cos, %sin = transformer.rotary_table %rows frequencies [1.0, 0.0625, 0.00249999994, 0.000250000012]
      factor 1.13862944 : tensor<?x4xf32>
  %y = transformer.rope %x, %cos, %sin halves head_dim 8 : tensor<?x16xf32>, tensor<?x4xf32>
  return %y : tensor<?x16xf32>
}

// A divisor for each frequency, with its attention factor.
func.func @longrope(%x: tensor<?x16xf32>, %rows: !transformer.rows) -> tensor<?x16xf32> {
  %cos, %sin = transformer.rotary_table %rows frequencies [1.0, 0.0666666701, 0.00307692308, 0.000125000006]
      factor 1.15470052 : tensor<?x4xf32>
  %y = transformer.rope %x, %cos, %sin halves head_dim 8 : tensor<?x16xf32>, tensor<?x4xf32>
  return %y : tensor<?x16xf32>
}

// The base grows.
func.func @alpha(%x: tensor<?x16xf32>, %rows: !transformer.rows) -> tensor<?x16xf32> {
  %cos, %sin = transformer.rotary_table %rows frequencies [1.0, 0.0271441769, 0.000736806309, 1.99999995e-05]
      factor 1.0 : tensor<?x4xf32>
  %y = transformer.rope %x, %cos, %sin halves head_dim 8 : tensor<?x16xf32>, tensor<?x4xf32>
  return %y : tensor<?x16xf32>
}

// Queries beyond 71 positions grow with the logarithm.
func.func @logn(%x: tensor<?x16xf32>, %rows: !transformer.rows) -> tensor<?x16xf32> {
  %y = transformer.logn_scale %x, %rows length 71 : tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}
