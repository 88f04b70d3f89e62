//===- MemoryDescriptor.h - Memory as compiled code gets it ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_REFERENCE_MEMORYDESCRIPTOR_H
#define TENON_CODEGEN_REFERENCE_MEMORYDESCRIPTOR_H

#include "codegen/Reference/HostTensor.h"
#include "codegen/Reference/ReferenceJit.h"

#include "mlir/IR/BuiltinTypes.h"

#include <cstring>
#include <memory>

namespace tenon {

/// A memref descriptor: two pointers, the offset, sizes, strides; all of them
/// 64 bits wide.
class MemoryDescriptor {
public:
  MemoryDescriptor(const void *data, int64_t offset, llvm::ArrayRef<int64_t> sizes,
                   llvm::ArrayRef<int64_t> strides) {
    words.append(2, reinterpret_cast<uint64_t>(data));
    words.push_back(static_cast<uint64_t>(offset));
    words.append(sizes.begin(), sizes.end());
    words.append(strides.begin(), strides.end());
  }
  explicit MemoryDescriptor(HostTensor &tensor)
      : MemoryDescriptor(tensor.bytes().data(), 0, tensor.shape(), rowMajor(tensor.shape())) {}

  static llvm::SmallVector<int64_t, 4> rowMajor(llvm::ArrayRef<int64_t> sizes) {
    llvm::SmallVector<int64_t, 4> strides(sizes.size());
    int64_t stride = 1;
    for (size_t axis = sizes.size(); axis-- > 0; stride *= sizes[axis])
      strides[axis] = stride;
    return strides;
  }

  static size_t wordsOf(int64_t rank) { return 3 + 2 * static_cast<size_t>(rank); }
  void *data() { return words.data(); }
  llvm::ArrayRef<uint64_t> allWords() const { return words; }

private:
  llvm::SmallVector<uint64_t, 11> words;
};

/// Memory of one call, aligned to a cache line. It is filled with NaN: all bits
/// set, in every float type.
class CallArena : public ReferenceJit::Allocator {
public:
  void *allocate(size_t sizeBytes) override {
    constexpr size_t line = 64;
    blocks.emplace_back(new char[sizeBytes + line]);
    char *start = blocks.back().get();
    start += line - reinterpret_cast<uintptr_t>(start) % line;
    std::memset(start, 0xff, sizeBytes);
    return start;
  }

private:
  std::vector<std::unique_ptr<char[]>> blocks;
};

} // namespace tenon

#endif // TENON_CODEGEN_REFERENCE_MEMORYDESCRIPTOR_H
