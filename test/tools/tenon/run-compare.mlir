// --compare runs functions of one name on the same inputs of odd sizes.

// A pass that changes nothing is the same, and so is a reordered sum within the
// tolerance.
// RUN: tenon-opt %s -cse -canonicalize -o %t.mlir
// RUN: tenon run --compare %s %t.mlir --shapes=odd | FileCheck %s --check-prefix=SAME
// SAME:      @block is the same
// SAME-NEXT: @kept is the same
// RUN: tenon run --compare %s %t.mlir --function=kept | FileCheck %s --check-prefix=KEPT
// KEPT-NOT: block
// KEPT:     @kept is the same

// A merged weight holds what its parts held.
// RUN: tenon run --compare %s %S/Inputs/merged.mlir --function=block | FileCheck %s --check-prefix=MERGED
// MERGED: @block is the same

// A window that is one too small shows with the first batch whose past reaches
// it, and says how much.
// RUN: sed 's/window 4/window 3/' %s > %t-window.mlir
// RUN: %exits-with 4 tenon run --compare %s %t-window.mlir 2>&1 | FileCheck %s --check-prefix=WINDOW
// WINDOW: error: result 0 of @block differs with {{[0-9]+}} rows, seed {{[0-9]+}}: expected {{.*}} at [{{.*}}], got {{.*}}; {{[0-9]+}} of {{[0-9]+}} elements differ by more than {{.*}}, the largest difference is

// RUN: %exits-with 3 tenon run --compare %s %S/Inputs/other-type.mlir 2>&1 | FileCheck %s --check-prefix=TYPE
// TYPE: error: function 'kept' has type '(tensor<?x3xf32>) -> tensor<?x3xf32>', and had '(tensor<?x8xf32>) -> tensor<?x8xf32>' before
// RUN: %exits-with 2 tenon run --compare %s %S/Inputs/other-name.mlir 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: the programs have no public function or step of one name; the first has @block, @kept, the second @renamed
transformer.weight @q : !transformer.weight<8x8xbf16>
    from [#transformer.source<"m"::"q" : 8x8xbf16>]
transformer.weight @k : !transformer.weight<8x8xbf16>
    from [#transformer.source<"m"::"k" : 8x8xbf16>]
func.func @block(%x: tensor<?x8xf32>, %s: !transformer.kv<2x4xbf16>, %rows: !transformer.rows)
    -> (tensor<?x8xf32>, !transformer.kv<2x4xbf16>) {
  %wq = transformer.get_weight @q : !transformer.weight<8x8xbf16>
  %wk = transformer.get_weight @k : !transformer.weight<8x8xbf16>
  %q = transformer.linear %x, %wq
      : tensor<?x8xf32>, !transformer.weight<8x8xbf16> -> tensor<?x8xf32>
  %k = transformer.linear %x, %wk
      : tensor<?x8xf32>, !transformer.weight<8x8xbf16> -> tensor<?x8xf32>
  %t = transformer.kv_append %s, %k, %k, %rows : !transformer.kv<2x4xbf16>, tensor<?x8xf32>
  %y = transformer.attend %q, %t, %rows heads 2 scale 0.5 window 4 softcap 0.0
      : tensor<?x8xf32>, !transformer.kv<2x4xbf16>
  return %y, %t : tensor<?x8xf32>, !transformer.kv<2x4xbf16>
}
func.func @kept(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.activation silu %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
