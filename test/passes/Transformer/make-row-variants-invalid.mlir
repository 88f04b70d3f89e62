// RUN: tenon-opt %s -make-row-variants='rows=1,0' -split-input-file -verify-diagnostics

// expected-error@+1 {{no function 'step' to make row variants of}}
module @no_entry {
  func.func @encode() { return }
}

// -----

module @external_entry attributes {} {
  // The entry has no body to clone.
  func.func private @step()
}
// expected-error@-4 {{no function 'step' to make row variants of}}

// -----

// expected-error@+1 {{a row variant needs at least one row, got 0}}
func.func @step() { return }
