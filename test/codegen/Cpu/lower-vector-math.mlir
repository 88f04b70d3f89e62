// RUN: tenon-opt %s -split-input-file -lower-vector-math | FileCheck %s
// RUN: tenon-opt %s -split-input-file -lower-vector-math=native-bf16 | FileCheck %s --check-prefix=NATIVE

// The power of two is applied in two halves, so that subnormals round once.
// CHECK-LABEL: @exp_of_lanes
// CHECK-NOT:     math.exp
// CHECK:         %[[EXPONENT:.+]] = arith.bitcast %{{.+}} : vector<16xf32> to vector<16xi32>
// CHECK:         %[[HALF:.+]] = arith.shrui %[[EXPONENT]]
// CHECK:         arith.subi %[[EXPONENT]], %[[HALF]]
// CHECK:         return
func.func @exp_of_lanes(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.exp %x : vector<16xf32>
  return %y : vector<16xf32>
}

// -----

// A root is divided by in full precision.
// CHECK-LABEL: @rsqrt_of_scalar
// CHECK:         %[[ROOT:.+]] = math.sqrt
// CHECK:         arith.divf %{{.+}}, %[[ROOT]] : f32
func.func @rsqrt_of_scalar(%x: f32) -> f32 {
  %y = math.rsqrt %x : f32
  return %y : f32
}

// -----

// Narrow floats are computed in f32.
// CHECK-LABEL: @tanh_of_f16
// CHECK:         arith.extf %{{.+}} : f16 to f32
// CHECK-NOT:     math.tanh
// CHECK:         arith.truncf %{{.+}} : f32 to f16
func.func @tanh_of_f16(%x: f16) -> f16 {
  %y = math.tanh %x : f16
  return %y : f16
}

// -----

// An extremum with a constant takes the other side where that is NaN.
// CHECK-LABEL: @relu
// CHECK-SAME:    %[[X:.+]]: vector<16xf32>
// CHECK:         %[[ZERO:.+]] = arith.constant dense<0.000000e+00>
// CHECK:         %[[TAKES:.+]] = arith.cmpf oge, %[[ZERO]], %[[X]]
// CHECK:         arith.select %[[TAKES]], %[[ZERO]], %[[X]]
func.func @relu(%x: vector<16xf32>) -> vector<16xf32> {
  %zero = arith.constant dense<0.0> : vector<16xf32>
  %y = arith.maximumf %x, %zero : vector<16xf32>
  return %y : vector<16xf32>
}

// -----

// Of two unknown sides either may be NaN.
// CHECK-LABEL: @unknown_sides
// CHECK:         arith.maximumf
func.func @unknown_sides(%x: f32, %y: f32) -> f32 {
  %z = arith.maximumf %x, %y : f32
  return %z : f32
}

// -----

// Conversions of bf16 are shifts, unless the machine has its own.
// CHECK-LABEL: @bf16
// CHECK-NOT:     arith.extf
// CHECK:         arith.shli
// CHECK-NOT:     arith.truncf
// CHECK:         arith.trunci %{{.+}} : vector<16xi32> to vector<16xi16>
// NATIVE-LABEL: @bf16
// NATIVE:         arith.extf
// NATIVE:         arith.truncf
func.func @bf16(%x: vector<16xbf16>) -> vector<16xbf16> {
  %wide = arith.extf %x : vector<16xbf16> to vector<16xf32>
  %sum = arith.addf %wide, %wide : vector<16xf32>
  %narrow = arith.truncf %sum : vector<16xf32> to vector<16xbf16>
  return %narrow : vector<16xbf16>
}
