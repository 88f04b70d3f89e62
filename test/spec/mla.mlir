// Block MLA: both forms against the same numbers.
//
// Tolerance 2e-6: sums of a few dozen f32 products, each rounded to 2^-24 of its size, and
// functions that the C library computes to a unit in the last place.

// RUN: tenon run %s --reference --function=expanded --tolerance=2e-6 \
// RUN:   --input=%S/data/mla/expanded-q.npy --input=%S/data/mla/expanded-q_rope.npy \
// RUN:   --input=%S/data/mla/expanded-c.npy --input=%S/data/mla/expanded-k_rope.npy \
// RUN:   --input=%S/data/mla/expanded-latents.npy --input=%S/data/mla/expanded-keys.npy \
// RUN:   --input=%S/data/mla/expanded-rows-sequences.npy --input=%S/data/mla/expanded-rows-positions.npy \
// RUN:   --input=%S/data/mla/expanded-w.npy --expect=0=%S/data/mla/expanded-out0.npy \
// RUN:   --expect=1=%S/data/mla/expanded-out1.npy --expect=2=%S/data/mla/expanded-out2.npy
// RUN: tenon run %s --reference --function=absorbed --tolerance=2e-6 \
// RUN:   --input=%S/data/mla/absorbed-q.npy --input=%S/data/mla/absorbed-q_rope.npy \
// RUN:   --input=%S/data/mla/absorbed-c.npy --input=%S/data/mla/absorbed-k_rope.npy \
// RUN:   --input=%S/data/mla/absorbed-latents.npy --input=%S/data/mla/absorbed-keys.npy \
// RUN:   --input=%S/data/mla/absorbed-rows-sequences.npy --input=%S/data/mla/absorbed-rows-positions.npy \
// RUN:   --input=%S/data/mla/absorbed-wk.npy --input=%S/data/mla/absorbed-wv.npy \
// RUN:   --expect=0=%S/data/mla/absorbed-out0.npy

// Each latent becomes keys and values.
func.func @expanded(%q: tensor<?x12xf32>, %p: tensor<?x6xf32>, %c: tensor<?x7xf32>, %k: tensor<?x2xf32>,
    %s: !transformer.latent<7x2xf32>, %rows: !transformer.rows, %w: !transformer.weight<27x7xf32>)
        -> (tensor<?x15xf32>, !transformer.latent<7x2xf32>) {
  %t = transformer.latent_append %s, %c, %k, %rows
      : !transformer.latent<7x2xf32>, tensor<?x7xf32>, tensor<?x2xf32>
  %y = transformer.latent_attend %q, %p, %t, %rows, %w heads 3 scale 0.408248305
      : tensor<?x12xf32>, tensor<?x6xf32>, !transformer.latent<7x2xf32>, !transformer.weight<27x7xf32>
          -> tensor<?x15xf32>
  return %y, %t : tensor<?x15xf32>, !transformer.latent<7x2xf32>
}

// The weights go to the query.
func.func @absorbed(%q: tensor<?x12xf32>, %p: tensor<?x6xf32>, %c: tensor<?x7xf32>, %k: tensor<?x2xf32>,
    %s: !transformer.latent<7x2xf32>, %rows: !transformer.rows, %wk: !transformer.weight<3x4x7xf32>,
    %wv: !transformer.weight<3x5x7xf32>) -> tensor<?x15xf32> {
  %t = transformer.latent_append %s, %c, %k, %rows
      : !transformer.latent<7x2xf32>, tensor<?x7xf32>, tensor<?x2xf32>
  %y = transformer.latent_attend_absorbed %q, %p, %t, %rows, %wk, %wv heads 3 scale 0.408248305
      : tensor<?x12xf32>, tensor<?x6xf32>, !transformer.latent<7x2xf32>, !transformer.weight<3x4x7xf32>,
          !transformer.weight<3x5x7xf32> -> tensor<?x15xf32>
  return %y : tensor<?x15xf32>
}
