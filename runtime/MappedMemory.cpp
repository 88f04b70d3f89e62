//===- MappedMemory.cpp - Anonymous memory of the process -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MappedMemory.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace tenon::rt {

static uint64_t systemPage() {
  static const uint64_t size = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return size;
}

MappedMemory::~MappedMemory() {
  if (base)
    munmap(base, bytes);
}

Expected<MappedMemory> MappedMemory::map(uint64_t sizeBytes, int protection, const char *purpose) {
  MappedMemory memory;
  if (sizeBytes == 0)
    return memory;
  void *mapped =
      mmap(nullptr, sizeBytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED)
    return Status::failure(StatusCode::MachineUnsupported,
                           "the system gives no {} bytes of memory for {}: {}; use a smaller "
                           "--context or fewer --threads, or give this process more memory "
                           "(ulimit -v)",
                           sizeBytes, purpose, strerror(errno));
  memory.base = static_cast<std::byte *>(mapped);
  memory.bytes = sizeBytes;
  return memory;
}

Expected<MappedMemory> MappedMemory::allocate(uint64_t sizeBytes, const char *purpose) {
  return map(sizeBytes, PROT_READ | PROT_WRITE, purpose);
}

Expected<MappedMemory> MappedMemory::reserve(uint64_t sizeBytes, const char *purpose) {
  return map(sizeBytes, PROT_NONE, purpose);
}

bool MappedMemory::commit(uint64_t upToBytes) {
  if (upToBytes == 0)
    return true;
  return mprotect(base, std::min(upToBytes, bytes), PROT_READ | PROT_WRITE) == 0;
}

void MappedMemory::discard(uint64_t offset, uint64_t sizeBytes) {
  uint64_t page = systemPage();
  uint64_t begin = (offset + page - 1) / page * page;
  uint64_t end = (offset + sizeBytes) / page * page;
  if (begin < end)
    madvise(base + begin, end - begin, MADV_DONTNEED);
}

} // namespace tenon::rt
