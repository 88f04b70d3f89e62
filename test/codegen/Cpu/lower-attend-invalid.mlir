// RUN: tenon-opt %s -lower-attend -split-input-file -verify-diagnostics

// Vectors of 16 must cover the positions of a page and the columns of its values.
func.func @positions(%q: memref<1x16xf32>, %k: !task.paged<memref<1x16x24xf32>>, %v: !task.paged<memref<1x24x16xf32>>, %p: memref<1x1xi32>,
    %s: memref<1xi32>, %y: memref<1x16xf32>, %first: index, %last: index, %head: index) {
  // expected-error@+1 {{'task.attend' op expected positions of a page and columns of its values to be multiples of 16, side by side, got 'memref<1x16x24xf32>' and 'memref<1x24x16xf32>'}}
  task.attend %q, %k, %v at %p, %s into %y rows %first to %last head %head heads 1 head_dim 16
      scale 0.25 window 0 softcap 0.0 : memref<1x16xf32>, !task.paged<memref<1x16x24xf32>>, !task.paged<memref<1x24x16xf32>>, memref<1x1xi32>, memref<1xi32>, memref<1x16xf32>
  return
}

// -----

func.func @columns(%q: memref<1x12xf32>, %k: !task.paged<memref<1x12x64xf32>>, %v: !task.paged<memref<1x64x12xf32>>, %p: memref<1x1xi32>,
    %s: memref<1xi32>, %y: memref<1x12xf32>, %first: index, %last: index, %head: index) {
  // expected-error@+1 {{'task.attend' op expected positions of a page and columns of its values to be multiples of 16, side by side, got 'memref<1x12x64xf32>' and 'memref<1x64x12xf32>'}}
  task.attend %q, %k, %v at %p, %s into %y rows %first to %last head %head heads 1 head_dim 12
      scale 0.25 window 0 softcap 0.0 : memref<1x12xf32>, !task.paged<memref<1x12x64xf32>>, !task.paged<memref<1x64x12xf32>>, memref<1x1xi32>, memref<1xi32>, memref<1x12xf32>
  return
}
