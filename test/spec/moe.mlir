// Block MOE: routers and layers. The chosen experts have to be the same ones, in
// the same order.
//
// Tolerance 2e-6: sums of a few dozen f32 products, each rounded to 2^-24 of its size, and
// functions that the C library computes to a unit in the last place.

// RUN: tenon run %s --reference --function=softmax --tolerance=2e-6 \
// RUN:   --input=%S/data/moe/softmax-logits.npy --expect=0=%S/data/moe/softmax-out0.npy \
// RUN:   --expect=1=%S/data/moe/softmax-out1.npy
// RUN: tenon run %s --reference --function=plain_softmax --tolerance=2e-6 \
// RUN:   --input=%S/data/moe/plain_softmax-logits.npy --expect=0=%S/data/moe/plain_softmax-out0.npy \
// RUN:   --expect=1=%S/data/moe/plain_softmax-out1.npy
// RUN: tenon run %s --reference --function=best_group --tolerance=2e-6 \
// RUN:   --input=%S/data/moe/best_group-logits.npy --expect=0=%S/data/moe/best_group-out0.npy \
// RUN:   --expect=1=%S/data/moe/best_group-out1.npy
// RUN: tenon run %s --reference --function=best_two --tolerance=2e-6 \
// RUN:   --input=%S/data/moe/best_two-logits.npy --input=%S/data/moe/best_two-correction.npy \
// RUN:   --expect=0=%S/data/moe/best_two-out0.npy --expect=1=%S/data/moe/best_two-out1.npy
// RUN: tenon run %s --reference --function=corrected --tolerance=2e-6 \
// RUN:   --input=%S/data/moe/corrected-logits.npy --input=%S/data/moe/corrected-correction.npy \
// RUN:   --expect=0=%S/data/moe/corrected-out0.npy --expect=1=%S/data/moe/corrected-out1.npy
// RUN: tenon run %s --reference --function=equals --tolerance=2e-6 \
// RUN:   --input=%S/data/moe/equals-logits.npy --expect=0=%S/data/moe/equals-out0.npy \
// RUN:   --expect=1=%S/data/moe/equals-out1.npy
// RUN: tenon run %s --reference --function=layer --tolerance=2e-6 \
// RUN:   --input=%S/data/moe/layer-x.npy --input=%S/data/moe/layer-router.npy --input=%S/data/moe/layer-gate.npy \
// RUN:   --input=%S/data/moe/layer-up.npy --input=%S/data/moe/layer-down.npy --expect=0=%S/data/moe/layer-out0.npy
// RUN: tenon run %s --reference --function=shared --tolerance=2e-6 \
// RUN:   --input=%S/data/moe/shared-x.npy --input=%S/data/moe/shared-router.npy --input=%S/data/moe/shared-gate.npy \
// RUN:   --input=%S/data/moe/shared-up.npy --input=%S/data/moe/shared-down.npy \
// RUN:   --input=%S/data/moe/shared-s_gate.npy --input=%S/data/moe/shared-s_up.npy \
// RUN:   --input=%S/data/moe/shared-s_down.npy --input=%S/data/moe/shared-s_open.npy \
// RUN:   --expect=0=%S/data/moe/shared-out0.npy
// RUN: tenon run %s --reference --function=biased --tolerance=2e-6 \
// RUN:   --input=%S/data/moe/biased-x.npy --input=%S/data/moe/biased-router.npy --input=%S/data/moe/biased-bias.npy \
// RUN:   --input=%S/data/moe/biased-gate.npy --input=%S/data/moe/biased-up.npy --input=%S/data/moe/biased-down.npy \
// RUN:   --input=%S/data/moe/biased-b_gate.npy --input=%S/data/moe/biased-b_up.npy \
// RUN:   --input=%S/data/moe/biased-b_down.npy --expect=0=%S/data/moe/biased-out0.npy

// Qwen3, Mixtral.
func.func @softmax(%x: tensor<?x12xf32>) -> (tensor<?x3xi32>, tensor<?x3xf32>) {
  %i, %w = transformer.route softmax %x renormalize scale 1.0
      : tensor<?x12xf32> -> tensor<?x3xi32>, tensor<?x3xf32>
  return %i, %w : tensor<?x3xi32>, tensor<?x3xf32>
}

// Qwen2, which does not renormalize.
func.func @plain_softmax(%x: tensor<?x12xf32>) -> (tensor<?x3xi32>, tensor<?x3xf32>) {
  %i, %w = transformer.route softmax %x scale 1.0
      : tensor<?x12xf32> -> tensor<?x3xi32>, tensor<?x3xf32>
  return %i, %w : tensor<?x3xi32>, tensor<?x3xf32>
}

// DeepSeek-V2: groups by their best expert.
func.func @best_group(%x: tensor<?x12xf32>) -> (tensor<?x4xi32>, tensor<?x4xf32>) {
  %i, %w = transformer.route softmax %x groups 4 keep 2 by best scale 16.0
      : tensor<?x12xf32> -> tensor<?x4xi32>, tensor<?x4xf32>
  return %i, %w : tensor<?x4xi32>, tensor<?x4xf32>
}

// DeepSeek-V3: groups by their two best experts, a correction for the choice only.
func.func @best_two(%x: tensor<?x12xf32>, %c: !transformer.weight<12xf32>)
    -> (tensor<?x4xi32>, tensor<?x4xf32>) {
  %i, %w = transformer.route sigmoid %x correction %c
      : !transformer.weight<12xf32> groups 4 keep 2 by best_two renormalize scale 2.5
      : tensor<?x12xf32> -> tensor<?x4xi32>, tensor<?x4xf32>
  return %i, %w : tensor<?x4xi32>, tensor<?x4xf32>
}

// GLM-4.5: no groups.
func.func @corrected(%x: tensor<?x12xf32>, %c: !transformer.weight<12xf32>)
    -> (tensor<?x3xi32>, tensor<?x3xf32>) {
  %i, %w = transformer.route sigmoid %x correction %c : !transformer.weight<12xf32> renormalize scale 1.5
      : tensor<?x12xf32> -> tensor<?x3xi32>, tensor<?x3xf32>
  return %i, %w : tensor<?x3xi32>, tensor<?x3xf32>
}

// The lower number first among equals.
func.func @equals(%x: tensor<?x6xf32>) -> (tensor<?x4xi32>, tensor<?x4xf32>) {
  %i, %w = transformer.route sigmoid %x renormalize scale 1.0
      : tensor<?x6xf32> -> tensor<?x4xi32>, tensor<?x4xf32>
  return %i, %w : tensor<?x4xi32>, tensor<?x4xf32>
}

// Two of five experts.
func.func @layer(%x: tensor<?x7xf32>, %router: !transformer.weight<5x7xf32>,
    %gate: !transformer.weight<5x6x7xf32>,
    %up: !transformer.weight<5x6x7xf32>, %down: !transformer.weight<5x7x6xf32>) -> tensor<?x7xf32> {
  %l = transformer.linear %x, %router : tensor<?x7xf32>, !transformer.weight<5x7xf32> -> tensor<?x5xf32>
  %i, %w = transformer.route softmax %l renormalize scale 1.0
      : tensor<?x5xf32> -> tensor<?x2xi32>, tensor<?x2xf32>
  %y = transformer.experts silu %x, %i, %w, %gate, %up, %down limit 0.0 alpha 1.0
      : tensor<?x7xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !transformer.weight<5x6x7xf32>,
          !transformer.weight<5x7x6xf32>
  return %y : tensor<?x7xf32>
}

// And a shared expert with a gate of its own.
func.func @shared(%x: tensor<?x7xf32>, %router: !transformer.weight<5x7xf32>,
    %gate: !transformer.weight<5x6x7xf32>,
    %up: !transformer.weight<5x6x7xf32>, %down: !transformer.weight<5x7x6xf32>,
    %s_gate: !transformer.weight<9x7xf32>, %s_up: !transformer.weight<9x7xf32>,
    %s_down: !transformer.weight<7x9xf32>, %s_open: !transformer.weight<1x7xf32>) -> tensor<?x7xf32> {
  %l = transformer.linear %x, %router : tensor<?x7xf32>, !transformer.weight<5x7xf32> -> tensor<?x5xf32>
  %i, %w = transformer.route softmax %l renormalize scale 1.0
      : tensor<?x5xf32> -> tensor<?x2xi32>, tensor<?x2xf32>
  %m = transformer.experts silu %x, %i, %w, %gate, %up, %down limit 0.0 alpha 1.0
      : tensor<?x7xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !transformer.weight<5x6x7xf32>,
          !transformer.weight<5x7x6xf32>
  %g = transformer.linear %x, %s_gate : tensor<?x7xf32>, !transformer.weight<9x7xf32> -> tensor<?x9xf32>
  %u = transformer.linear %x, %s_up : tensor<?x7xf32>, !transformer.weight<9x7xf32> -> tensor<?x9xf32>
  %a = transformer.gated_activation silu %g, %u limit 0.0 alpha 1.0 : tensor<?x9xf32>
  %d = transformer.linear %a, %s_down : tensor<?x9xf32>, !transformer.weight<7x9xf32> -> tensor<?x7xf32>
  %o = transformer.linear %x, %s_open : tensor<?x7xf32>, !transformer.weight<1x7xf32> -> tensor<?x1xf32>
  %open = transformer.activation sigmoid %o : tensor<?x1xf32>
  %s = transformer.scale_rows %d, %open : tensor<?x7xf32>, tensor<?x1xf32>
  %y = transformer.residual_add %m, %s scale 1.0 : tensor<?x7xf32>
  return %y : tensor<?x7xf32>
}

// GPT-OSS: biases everywhere, clamped, the softmax over the chosen logits.
func.func @biased(%x: tensor<?x7xf32>, %router: !transformer.weight<5x7xf32>,
    %bias: !transformer.weight<5xf32>, %gate: !transformer.weight<5x6x7xf32>,
    %up: !transformer.weight<5x6x7xf32>, %down: !transformer.weight<5x7x6xf32>,
    %b_gate: !transformer.weight<5x6xf32>, %b_up: !transformer.weight<5x6xf32>,
        %b_down: !transformer.weight<5x7xf32>) -> tensor<?x7xf32> {
  %l = transformer.linear %x, %router bias %bias
      : tensor<?x7xf32>, !transformer.weight<5x7xf32>, !transformer.weight<5xf32> -> tensor<?x5xf32>
  %i, %w = transformer.route softmax %l renormalize scale 1.0
      : tensor<?x5xf32> -> tensor<?x3xi32>, tensor<?x3xf32>
  %y = transformer.experts silu %x, %i, %w, %gate, %up, %down
      biases %b_gate, %b_up, %b_down
          : !transformer.weight<5x6xf32>, !transformer.weight<5x6xf32>, !transformer.weight<5x7xf32>
      limit 7.0 alpha 1.702
      : tensor<?x7xf32>, tensor<?x3xi32>, tensor<?x3xf32>, !transformer.weight<5x6x7xf32>,
          !transformer.weight<5x7x6xf32>
  return %y : tensor<?x7xf32>
}
