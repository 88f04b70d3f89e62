//===- CountedMemory.h - How much memory something takes ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_CODEGEN_WEIGHTS_COUNTEDMEMORY_H
#define TENON_TEST_CODEGEN_WEIGHTS_COUNTEDMEMORY_H

#include <cstdint>

namespace tenon::test {

/// Counts what all threads of this process allocate by new while it lives. One
/// lives at a time.
class CountedMemory {
public:
  CountedMemory();
  CountedMemory(const CountedMemory &) = delete;

  /// The most that was allocated at once, beside what was there before.
  int64_t mostBytes() const;

private:
  int64_t before;
};

} // namespace tenon::test

#endif // TENON_TEST_CODEGEN_WEIGHTS_COUNTEDMEMORY_H
