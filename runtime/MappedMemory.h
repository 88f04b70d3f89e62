//===- MappedMemory.h - Anonymous memory of the process -------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_MAPPEDMEMORY_H
#define TENON_RUNTIME_MAPPEDMEMORY_H

#include "Status.h"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace tenon::rt {

/// Owns a range of anonymous memory, zeroed, aligned to a page of the system.
/// Memory becomes resident when it is first written.
class MappedMemory {
public:
  MappedMemory() = default;
  MappedMemory(MappedMemory &&other) noexcept
      : base(std::exchange(other.base, nullptr)), bytes(std::exchange(other.bytes, 0)) {}
  MappedMemory &operator=(MappedMemory &&other) noexcept {
    std::swap(base, other.base);
    std::swap(bytes, other.bytes);
    return *this;
  }
  ~MappedMemory();

  /// Maps `sizeBytes` that may be used at once; nothing when it is 0.
  /// \returns MachineUnsupported when the system refuses.
  static Expected<MappedMemory> allocate(uint64_t sizeBytes, const char *purpose);
  /// Takes `sizeBytes` of address space, without a promise of memory; parts
  /// become usable by `commit`.
  static Expected<MappedMemory> reserve(uint64_t sizeBytes, const char *purpose);

  /// Makes the first `upToBytes` usable. \returns whether the system agreed.
  bool commit(uint64_t upToBytes);
  /// Gives the memory of the system pages that lie wholly inside [offset,
  /// offset + sizeBytes) back; they stay usable and read as zero.
  void discard(uint64_t offset, uint64_t sizeBytes);

  std::byte *data() const { return base; }
  uint64_t size() const { return bytes; }

private:
  static Expected<MappedMemory> map(uint64_t sizeBytes, int protection, const char *purpose);
  std::byte *base = nullptr;
  uint64_t bytes = 0;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_MAPPEDMEMORY_H
