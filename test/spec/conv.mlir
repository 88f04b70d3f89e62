// Block CONV: the stem of an audio model, and the patches of a picture.
//
// Tolerance 2e-6: sums of a few dozen f32 products, each rounded to 2^-24 of its size, and
// functions that the C library computes to a unit in the last place.

// RUN: tenon run %s --reference --function=audio --tolerance=2e-6 \
// RUN:   --input=%S/data/conv/audio-x.npy --input=%S/data/conv/audio-rows-sequences.npy \
// RUN:   --input=%S/data/conv/audio-rows-positions.npy --input=%S/data/conv/audio-half-sequences.npy \
// RUN:   --input=%S/data/conv/audio-half-positions.npy --input=%S/data/conv/audio-w1.npy \
// RUN:   --input=%S/data/conv/audio-b1.npy --input=%S/data/conv/audio-w2.npy --input=%S/data/conv/audio-b2.npy \
// RUN:   --expect=0=%S/data/conv/audio-out0.npy
// RUN: tenon run %s --reference --function=patches --tolerance=2e-6 \
// RUN:   --input=%S/data/conv/patches-x.npy --input=%S/data/conv/patches-w.npy \
// RUN:   --expect=0=%S/data/conv/patches-out0.npy

// Strides 1 and 2 over sequences of 5, 2 and 1 frames.
func.func @audio(%x: tensor<?x5xf32>, %rows: !transformer.rows, %half: !transformer.rows,
    %w1: !transformer.weight<6x5x3xf32>, %b1: !transformer.weight<6xf32>,
    %w2: !transformer.weight<7x6x3xf32>, %b2: !transformer.weight<7xf32>) -> tensor<?x7xf32> {
  %c = transformer.convolution %x, %rows, %rows, %w1 bias %b1 : !transformer.weight<6xf32> stride 1 padding 1
      : tensor<?x5xf32>, !transformer.weight<6x5x3xf32> -> tensor<?x6xf32>
  %a = transformer.activation gelu %c : tensor<?x6xf32>
  %d = transformer.convolution %a, %rows, %half, %w2 bias %b2 : !transformer.weight<7xf32> stride 2 padding 1
      : tensor<?x6xf32>, !transformer.weight<7x6x3xf32> -> tensor<?x7xf32>
  %y = transformer.activation gelu %d : tensor<?x7xf32>
  return %y : tensor<?x7xf32>
}

// A kernel as large as its stride is a product with unfolded patches.
func.func @patches(%x: tensor<?x18xf32>, %w: !transformer.weight<7x18xf32>) -> tensor<?x7xf32> {
  %y = transformer.linear %x, %w : tensor<?x18xf32>, !transformer.weight<7x18xf32> -> tensor<?x7xf32>
  return %y : tensor<?x7xf32>
}
