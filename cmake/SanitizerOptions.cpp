//===- SanitizerOptions.cpp - What the sanitizers of a build take for granted -===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Part of every program of a build with TENON_SANITIZE, which asks these
// functions before it reads ASAN_OPTIONS, UBSAN_OPTIONS and TSAN_OPTIONS.
//
//===----------------------------------------------------------------------===//

/// A finding ends the process by SIGABRT, whatever handler the program has: an
/// exit code might be the one that a test expects.
#define END_BY_SIGNAL "abort_on_error=1:handle_abort=1:"

extern "C" {

/// allow_user_poisoning: llvm::BumpPtrAllocator poisons what is not yet taken
/// from it. Code of ours instantiates it with, and the packaged libMLIR without
/// that; both take from one allocator.
__attribute__((used, visibility("default"))) const char *__asan_default_options() {
  return END_BY_SIGNAL "allow_user_poisoning=0";
}

__attribute__((used, visibility("default"))) const char *__ubsan_default_options() {
  return END_BY_SIGNAL "print_stacktrace=1";
}

/// ignore_noninstrumented_modules: atomics of the packaged libLLVM and libMLIR
/// are not seen, so whatever they order would be reported.
__attribute__((used, visibility("default"))) const char *__tsan_default_options() {
  return END_BY_SIGNAL "halt_on_error=1:ignore_noninstrumented_modules=1";
}
}
