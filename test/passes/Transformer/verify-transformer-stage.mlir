// RUN: tenon-opt %s -verify-transformer-stage -split-input-file -verify-diagnostics

// The transformer stage has values only: no memory, no order, no machine.

func.func @memory() {
  // expected-error@+1 {{'memref.alloca' op is not allowed in the transformer stage, which has values only}}
  %m = memref.alloca() : memref<4xf32>
  return
}

// -----

func.func @order(%n: index) {
  // expected-error@+2 {{'scf.for' op is not allowed in the transformer stage, which has values only}}
  // expected-error@+1 {{'scf.yield' op is not allowed in the transformer stage, which has values only}}
  scf.for %i = %n to %n step %n {
  }
  return
}

// -----

func.func @machine() {
  // expected-error@+1 {{'llvm.mlir.zero' op is not allowed in the transformer stage, which has values only}}
  %p = llvm.mlir.zero : !llvm.ptr
  return
}

// -----

// expected-error@+1 {{'task.state' op is not allowed in the transformer stage, which has values only}}
task.state @later_stage paged : memref<4xf32>

// -----

func.func @values(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.scale %x by 0.5 : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// One state cannot be replaced by two calls.
func.func private @layer(%x: tensor<?x8xf32>, %rows: !transformer.rows, %kv: !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>) {
  %t = transformer.kv_append %kv, %x, %x, %rows : !transformer.kv<1x8xf32>, tensor<?x8xf32>
  %y = transformer.attend %x, %t, %rows heads 1 scale 0.25 window 0 softcap 0.0 : tensor<?x8xf32>, !transformer.kv<1x8xf32>
  return %y, %t : tensor<?x8xf32>, !transformer.kv<1x8xf32>
}
func.func @two_calls(%x: tensor<?x8xf32>, %rows: !transformer.rows, %kv: !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>) {
  // expected-error@+1 {{replaces the state of operand 2, which is used elsewhere, too; thread each state through one op after the other}}
  %a:2 = call @layer(%x, %rows, %kv) : (tensor<?x8xf32>, !transformer.rows, !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>)
  %b:2 = call @layer(%a#0, %rows, %kv) : (tensor<?x8xf32>, !transformer.rows, !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>)
  return %b#0, %a#1 : tensor<?x8xf32>, !transformer.kv<1x8xf32>
}

// -----

func.func private @layer(%x: tensor<?x8xf32>, %rows: !transformer.rows, %kv: !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>) {
  %t = transformer.kv_append %kv, %x, %x, %rows : !transformer.kv<1x8xf32>, tensor<?x8xf32>
  %y = transformer.attend %x, %t, %rows heads 1 scale 0.25 window 0 softcap 0.0 : tensor<?x8xf32>, !transformer.kv<1x8xf32>
  return %y, %t : tensor<?x8xf32>, !transformer.kv<1x8xf32>
}
func.func @crossed(%x: tensor<?x8xf32>, %rows: !transformer.rows, %kv: !transformer.kv<1x8xf32>, %kw: !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>, !transformer.kv<1x8xf32>) {
  %a:2 = call @layer(%x, %rows, %kv) : (tensor<?x8xf32>, !transformer.rows, !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>)
  %b:2 = call @layer(%a#0, %rows, %kw) : (tensor<?x8xf32>, !transformer.rows, !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>)
  // expected-error@+1 {{returns as result 2 the state of argument 2, out of order; a step returns its states in the order of its arguments}}
  return %b#0, %b#1, %a#1 : tensor<?x8xf32>, !transformer.kv<1x8xf32>, !transformer.kv<1x8xf32>
}

// -----

func.func private @layer(%x: tensor<?x8xf32>, %rows: !transformer.rows, %kv: !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>) {
  %t = transformer.kv_append %kv, %x, %x, %rows : !transformer.kv<1x8xf32>, tensor<?x8xf32>
  %y = transformer.attend %x, %t, %rows heads 1 scale 0.25 window 0 softcap 0.0 : tensor<?x8xf32>, !transformer.kv<1x8xf32>
  return %y, %t : tensor<?x8xf32>, !transformer.kv<1x8xf32>
}
func.func @twice(%x: tensor<?x8xf32>, %rows: !transformer.rows, %kv: !transformer.kv<1x8xf32>, %kw: !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>, !transformer.kv<1x8xf32>) {
  %a:2 = call @layer(%x, %rows, %kv) : (tensor<?x8xf32>, !transformer.rows, !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>)
  // expected-error@+1 {{returns as result 2 a state that is not one of the function's arguments, or one twice}}
  return %a#0, %a#1, %a#1 : tensor<?x8xf32>, !transformer.kv<1x8xf32>, !transformer.kv<1x8xf32>
}

// -----

// A state goes through the calls of a thread, and an attention only reads it.
func.func private @layer(%x: tensor<?x8xf32>, %rows: !transformer.rows, %kv: !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>) {
  %t = transformer.kv_append %kv, %x, %x, %rows : !transformer.kv<1x8xf32>, tensor<?x8xf32>
  %y = transformer.attend %x, %t, %rows heads 1 scale 0.25 window 0 softcap 0.0 : tensor<?x8xf32>, !transformer.kv<1x8xf32>
  return %y, %t : tensor<?x8xf32>, !transformer.kv<1x8xf32>
}
func.func @threaded(%x: tensor<?x8xf32>, %rows: !transformer.rows, %kv: !transformer.kv<1x8xf32>, %kw: !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>, !transformer.kv<1x8xf32>) {
  %a:2 = call @layer(%x, %rows, %kv) : (tensor<?x8xf32>, !transformer.rows, !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>)
  %b:2 = call @layer(%a#0, %rows, %a#1) : (tensor<?x8xf32>, !transformer.rows, !transformer.kv<1x8xf32>) -> (tensor<?x8xf32>, !transformer.kv<1x8xf32>)
  %c = transformer.attend %b#0, %kw, %rows heads 1 scale 0.25 window 0 softcap 0.0 : tensor<?x8xf32>, !transformer.kv<1x8xf32>
  %d = transformer.attend %c, %kw, %rows heads 1 scale 0.25 window 0 softcap 0.0 : tensor<?x8xf32>, !transformer.kv<1x8xf32>
  return %d, %b#1, %kw : tensor<?x8xf32>, !transformer.kv<1x8xf32>, !transformer.kv<1x8xf32>
}
