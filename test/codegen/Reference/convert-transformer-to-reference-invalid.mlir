// RUN: tenon-opt %s -convert-transformer-to-reference -split-input-file -verify-diagnostics

// Every op that cannot be converted is told at once.
func.func @ops_without_a_meaning(%i: index) {
  // expected-error@+1 {{'task.barrier' op has no reference form; let it implement ReferenceInterface}}
  task.barrier
  // expected-error@+1 {{'index.add' op has no reference form; let it implement ReferenceInterface}}
  %0 = index.add %i, %i
  return
}
