// Block MLP, and every activation function.
//
// Tolerance 2e-6: sums of a few dozen f32 products, each rounded to 2^-24 of its size, and
// functions that the C library computes to a unit in the last place.

// RUN: tenon run %s --reference --function=gelu --tolerance=2e-6 \
// RUN:   --input=%S/data/mlp/gelu-x.npy --input=%S/data/mlp/gelu-w1.npy --input=%S/data/mlp/gelu-b1.npy \
// RUN:   --input=%S/data/mlp/gelu-w2.npy --input=%S/data/mlp/gelu-b2.npy --expect=0=%S/data/mlp/gelu-out0.npy
// RUN: tenon run %s --reference --function=activations --tolerance=2e-6 \
// RUN:   --input=%S/data/mlp/activations-x.npy --expect=0=%S/data/mlp/activations-out0.npy \
// RUN:   --expect=1=%S/data/mlp/activations-out1.npy --expect=2=%S/data/mlp/activations-out2.npy \
// RUN:   --expect=3=%S/data/mlp/activations-out3.npy --expect=4=%S/data/mlp/activations-out4.npy \
// RUN:   --expect=5=%S/data/mlp/activations-out5.npy --expect=6=%S/data/mlp/activations-out6.npy \
// RUN:   --expect=7=%S/data/mlp/activations-out7.npy

// Two layers with biases.
func.func @gelu(%x: tensor<?x7xf32>, %w1: !transformer.weight<9x7xf32>, %b1: !transformer.weight<9xf32>,
    %w2: !transformer.weight<7x9xf32>, %b2: !transformer.weight<7xf32>) -> tensor<?x7xf32> {
  %h = transformer.linear %x, %w1 bias %b1
      : tensor<?x7xf32>, !transformer.weight<9x7xf32>, !transformer.weight<9xf32> -> tensor<?x9xf32>
  %a = transformer.activation gelu %h : tensor<?x9xf32>
  %y = transformer.linear %a, %w2 bias %b2
      : tensor<?x9xf32>, !transformer.weight<7x9xf32>, !transformer.weight<7xf32> -> tensor<?x7xf32>
  return %y : tensor<?x7xf32>
}

// In the order of the enumeration.
func.func @activations(%x: tensor<?x7xf32>)
    -> (tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>,
        tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>) {
  %0 = transformer.activation silu %x : tensor<?x7xf32>
  %1 = transformer.activation gelu %x : tensor<?x7xf32>
  %2 = transformer.activation gelu_tanh %x : tensor<?x7xf32>
  %3 = transformer.activation quick_gelu %x : tensor<?x7xf32>
  %4 = transformer.activation relu %x : tensor<?x7xf32>
  %5 = transformer.activation relu2 %x : tensor<?x7xf32>
  %6 = transformer.activation sigmoid %x : tensor<?x7xf32>
  %7 = transformer.activation tanh %x : tensor<?x7xf32>
  return %0, %1, %2, %3, %4, %5, %6, %7
      : tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>,
        tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>
}
