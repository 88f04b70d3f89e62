// RUN: tenon-opt %s -convert-transformer-to-task=target=abacus -verify-diagnostics

// expected-error@+1 {{no target is named 'abacus'}}
module @unknown_target {}
