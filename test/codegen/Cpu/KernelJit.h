//===- KernelJit.h - Runs the text of a kernel in this process ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The text of functions on memrefs is lowered in one of two ways and compiled
// for one of the machines: with the passes under test, or with upstream's
// scalar loops and the functions of libm. Memory of a test ends at a page that
// cannot be touched, so that one lane too many is a fault.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_CODEGEN_CPU_KERNELJIT_H
#define TENON_TEST_CODEGEN_CPU_KERNELJIT_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tenon::test {

enum class Lowering { Lanes, Loops };

/// The machines of which this one can run the code.
std::vector<std::string> runnableCpus();

class KernelJit {
public:
  /// \returns null after an error, which is printed.
  static std::unique_ptr<KernelJit> create(llvm::StringRef text, Lowering lowering,
                                           const std::string &cpu);
  ~KernelJit();

  /// Calls `function` with descriptors of its memrefs.
  template <typename... Descriptors>
  void call(llvm::StringRef function, Descriptors *...descriptors) {
    reinterpret_cast<void (*)(Descriptors *...)>(lookup(function))(descriptors...);
  }

private:
  struct State;
  explicit KernelJit(std::unique_ptr<State> state);
  void *lookup(llvm::StringRef function);
  std::unique_ptr<State> state;
};

/// Memory that ends where a page begins that cannot be read.
class GuardedBytes {
public:
  explicit GuardedBytes(size_t sizeBytes);
  GuardedBytes(const GuardedBytes &) = delete;
  ~GuardedBytes();
  template <typename T> T *as() const { return reinterpret_cast<T *>(begin); }

private:
  char *mapped;
  size_t mappedBytes;
  char *begin;
};

/// A memref of up to two dimensions, as a C interface takes it.
struct Descriptor {
  void *allocated, *aligned;
  int64_t offset = 0;
  int64_t sizesAndStrides[4];

  static Descriptor vector(void *data, int64_t size) { return {data, data, 0, {size, 1, 0, 0}}; }
  static Descriptor matrix(void *data, int64_t rows, int64_t columns, int64_t rowStride,
                           int64_t columnStride = 1) {
    return {data, data, 0, {rows, columns, rowStride, columnStride}};
  }
};

} // namespace tenon::test

#endif // TENON_TEST_CODEGEN_CPU_KERNELJIT_H
