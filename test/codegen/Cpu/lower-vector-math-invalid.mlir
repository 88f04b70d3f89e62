// RUN: tenon-opt %s -split-input-file -lower-vector-math -verify-diagnostics

// There is no library that the produced file could call.
func.func @powf(%x: f32) -> f32 {
  // expected-error @+1 {{'math.powf' op of 'f32' would need a library; lower-vector-math has no expansion for it, compute it in f32}}
  %y = math.powf %x, %x : f32
  return %y : f32
}

// -----

func.func @wide(%x: vector<16xf64>) -> vector<16xf64> {
  // expected-error @+1 {{'math.exp' op of 'vector<16xf64>' would need a library}}
  %y = math.exp %x : vector<16xf64>
  return %y : vector<16xf64>
}

// -----

func.func @remainder(%x: f32, %y: f32) -> f32 {
  // expected-error @+1 {{'arith.remf' op of 'f32' would need a library}}
  %z = arith.remf %x, %y : f32
  return %z : f32
}
