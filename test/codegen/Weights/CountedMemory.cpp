//===- CountedMemory.cpp - How much memory something takes ----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CountedMemory.h"

#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>

using namespace tenon::test;

static std::atomic<int64_t> liveBytes = 0, mostLive = 0;

[[maybe_unused]] static void *counted(void *memory) {
  if (!memory)
    std::abort();
  int64_t size = static_cast<int64_t>(malloc_usable_size(memory));
  int64_t now = liveBytes.fetch_add(size) + size;
  for (int64_t most = mostLive; most < now && !mostLive.compare_exchange_weak(most, now);) {
  }
  return memory;
}
[[maybe_unused]] static void uncounted(void *memory) {
  liveBytes -= static_cast<int64_t>(malloc_usable_size(memory));
  std::free(memory);
}

// ThreadSanitizer has its own, which no program may replace; nothing is counted there.
#if !__has_feature(thread_sanitizer)
void *operator new(size_t size) { return counted(std::malloc(size)); }
void *operator new(size_t size, std::align_val_t alignment) {
  return counted(std::aligned_alloc(size_t(alignment), (size + size_t(alignment) - 1) /
                                                           size_t(alignment) * size_t(alignment)));
}
// The C++ library's own would call those above, a sanitizer's would not.
void *operator new(size_t size, const std::nothrow_t &) noexcept { return operator new(size); }
void *operator new(size_t size, std::align_val_t alignment, const std::nothrow_t &) noexcept {
  return operator new(size, alignment);
}
void operator delete(void *memory) noexcept { uncounted(memory); }
void operator delete(void *memory, size_t) noexcept { uncounted(memory); }
void operator delete(void *memory, std::align_val_t) noexcept { uncounted(memory); }
void operator delete(void *memory, size_t, std::align_val_t) noexcept { uncounted(memory); }
#endif

CountedMemory::CountedMemory() : before(liveBytes) { mostLive = before; }

int64_t CountedMemory::mostBytes() const { return mostLive - before; }
