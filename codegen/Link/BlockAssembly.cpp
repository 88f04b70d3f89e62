//===- BlockAssembly.cpp - Blocks out of bytes that come in any order -----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Link/BlockAssembly.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cassert>
#include <cstring>

using namespace tenon;
using namespace tenon::link;
using rt::Status;

Status BlockAssembly::place(uint64_t offset, llvm::ArrayRef<std::byte> bytes) {
  assert(begin <= offset && offset <= end && bytes.size() <= end - offset && "outside the range");
  while (!bytes.empty()) {
    uint64_t multiple = llvm::alignDown(offset, blockBytes);
    uint64_t first = std::max(begin, multiple), last = std::min(end, multiple + blockBytes);
    llvm::ArrayRef taken = bytes.take_front(last - offset);
    Status status = taken.size() == last - first ? whole(first, taken)
                                                 : add(first, last - first, offset - first, taken);
    if (!status)
      return status;
    offset += taken.size();
    bytes = bytes.drop_front(taken.size());
  }
  return Status::ok();
}

/// The block that begins at `first`; under the lock.
BlockAssembly::Block &BlockAssembly::open(uint64_t first, uint64_t sizeBytes) {
  auto [place, isNew] = blocks.try_emplace(first);
  Block &block = place->second;
  if (!isNew)
    return block;
  block.missing = sizeBytes;
  if (idle.empty()) {
    block.bytes = std::make_unique_for_overwrite<std::byte[]>(blockBytes);
  } else {
    block.bytes = std::move(idle.back());
    idle.pop_back();
  }
  return block;
}

Status BlockAssembly::add(uint64_t first, uint64_t sizeBytes, uint64_t at,
                          llvm::ArrayRef<std::byte> bytes) {
  std::byte *memory;
  {
    std::lock_guard lock(mutex);
    memory = open(first, sizeBytes).bytes.get();
  }
  std::memcpy(memory + at, bytes.data(), bytes.size());
  std::unique_ptr<std::byte[]> made;
  {
    std::lock_guard lock(mutex);
    auto place = blocks.find(first);
    assert(bytes.size() <= place->second.missing && "a byte that came twice");
    place->second.missing -= bytes.size();
    if (place->second.missing > 0)
      return Status::ok();
    made = std::move(place->second.bytes);
    blocks.erase(place);
  }
  Status status = whole(first, {made.get(), sizeBytes});
  std::lock_guard lock(mutex);
  idle.push_back(std::move(made));
  return status;
}
