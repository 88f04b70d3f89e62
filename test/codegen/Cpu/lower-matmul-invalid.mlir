// RUN: tenon-opt %s -lower-matmul -split-input-file -verify-diagnostics

// What no kernel computes is refused, and the kernels that there are are named.
func.func @no_kernel(%x: memref<8x64xf16>, %w: memref<2x64x16x1xf16>, %y: memref<8x32xf32>, %n: index) {
  // expected-error@+1 {{'task.matmul' op has no kernel of f16 by f16 in lines of 16 x 1; there are f32 by f32 in lines of 16 x 1, f32 by f16 in lines of 16 x 1, f32 by bf16 in lines of 16 x 2, bf16 by bf16 in lines of 16 x 2; choose the packing of one}}
  task.matmul %x, %w into %y rows %n inputs 64 : memref<8x64xf16>, memref<2x64x16x1xf16>, memref<8x32xf32>
  return
}

// -----

// A narrow element has no kernel because its type has the size of another's.
func.func @other_element(%x: memref<8x64xf32>, %w: memref<2x32x16x2xf8E4M3FN>, %y: memref<8x32xf32>, %n: index) {
  // expected-error@+1 {{'task.matmul' op has no kernel of f32 by f8E4M3FN in lines of 16 x 2}}
  task.matmul %x, %w into %y rows %n inputs 64 : memref<8x64xf32>, memref<2x32x16x2xf8E4M3FN>, memref<8x32xf32>
  return
}

// -----

func.func @other_columns(%x: memref<8x64xf32>, %w: memref<2x16x16x4xbf16>, %y: memref<8x32xf32>, %n: index) {
  // expected-error@+1 {{'task.matmul' op has no kernel of f32 by bf16 in lines of 16 x 4}}
  task.matmul %x, %w into %y rows %n inputs 64 : memref<8x64xf32>, memref<2x16x16x4xbf16>, memref<8x32xf32>
  return
}

// -----

func.func @other_lanes(%x: memref<8x64xf32>, %w: memref<4x32x8x2xbf16>, %y: memref<8x32xf32>, %n: index) {
  // expected-error@+1 {{'task.matmul' op has no kernel of f32 by bf16 in lines of 8 x 2}}
  task.matmul %x, %w into %y rows %n inputs 64 : memref<8x64xf32>, memref<4x32x8x2xbf16>, memref<8x32xf32>
  return
}

// -----

// Tiles are read whole: 32 rows and 32 columns.
func.func @rows_of_tiles(%x: memref<40x64xbf16>, %w: memref<2x32x16x2xbf16>, %y: memref<64x32xf32>, %n: index) {
  // expected-error@+1 {{'task.matmul' op expected rows and columns of the input to be multiples of 32, with as many rows of the output and columns of the weight, got 'memref<40x64xbf16>' times 'memref<2x32x16x2xbf16>' into 'memref<64x32xf32>'}}
  task.matmul %x, %w into %y rows %n inputs 64 : memref<40x64xbf16>, memref<2x32x16x2xbf16>, memref<64x32xf32>
  return
}

// -----

func.func @columns_of_tiles(%x: memref<32x48xbf16>, %w: memref<2x32x16x2xbf16>, %y: memref<32x32xf32>, %n: index) {
  // expected-error@+1 {{expected rows and columns of the input to be multiples of 32}}
  task.matmul %x, %w into %y rows %n inputs 48 : memref<32x48xbf16>, memref<2x32x16x2xbf16>, memref<32x32xf32>
  return
}

// -----

func.func @lines_of_tiles(%x: memref<32x64xbf16>, %w: memref<2x24x16x2xbf16>, %y: memref<32x32xf32>, %n: index) {
  // expected-error@+1 {{expected rows and columns of the input to be multiples of 32}}
  task.matmul %x, %w into %y rows %n inputs 48 : memref<32x64xbf16>, memref<2x24x16x2xbf16>, memref<32x32xf32>
  return
}

// -----

// Rows behind the last one are written, too.
func.func @rows_of_output(%x: memref<8x64xf32>, %w: memref<2x32x16x2xbf16>, %y: memref<4x32xf32>, %n: index) {
  // expected-error@+1 {{expected rows and columns of the input to be multiples of 1, with as many rows of the output}}
  task.matmul %x, %w into %y rows %n inputs 64 : memref<8x64xf32>, memref<2x32x16x2xbf16>, memref<4x32xf32>
  return
}

// -----

func.func @dynamic_rows(%x: memref<?x64xf32>, %w: memref<2x32x16x2xbf16>, %y: memref<8x32xf32>, %n: index) {
  // expected-error@+1 {{'task.matmul' op expected static sizes, and elements of a line and of a row side by side, got 'memref<?x64xf32>' times}}
  task.matmul %x, %w into %y rows %n inputs 64 : memref<?x64xf32>, memref<2x32x16x2xbf16>, memref<8x32xf32>
  return
}

// -----

func.func @lines_apart(%x: memref<8x64xf32>, %w: memref<2x32x16x2xbf16, strided<[2048, 64, 4, 1]>>, %y: memref<8x32xf32>, %n: index) {
  // expected-error@+1 {{expected static sizes, and elements of a line and of a row side by side}}
  task.matmul %x, %w into %y rows %n inputs 64 : memref<8x64xf32>, memref<2x32x16x2xbf16, strided<[2048, 64, 4, 1]>>, memref<8x32xf32>
  return
}
