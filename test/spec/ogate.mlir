// Block OGATE: a sigmoid gate on the attention.
//
// Tolerance 1e-6: an exponential, a quotient and a product in f32.

// RUN: tenon run %s --reference --function=rows --tolerance=1e-6 \
// RUN:   --input=%S/data/ogate/rows-o.npy --input=%S/data/ogate/rows-g.npy --expect=0=%S/data/ogate/rows-out0.npy

// Each element has a gate.
func.func @rows(%o: tensor<?x8xf32>, %g: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.gated_activation sigmoid %g, %o limit 0.0 alpha 1.0 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
