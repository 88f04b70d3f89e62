//===- BlockAssembly.h - Blocks out of bytes that come in any order -------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_LINK_BLOCKASSEMBLY_H
#define TENON_CODEGEN_LINK_BLOCKASSEMBLY_H

#include "runtime/Status.h"

#include "llvm/ADT/ArrayRef.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace tenon::link {

/// Puts a range of bytes, which any number of threads bring in any order,
/// together to blocks, and hands each block on when its last byte has come.
/// Bytes that are a whole block are handed on where they lie.
///
/// Memory: threads that each bring the bytes of a part of the range, first to
/// last, and take the parts in order, leave at most one gap each and the rest
/// behind all of them. A block is kept where a gap begins or ends inside of it:
/// at most 2 for each thread and one for the rest.
class BlockAssembly {
public:
  /// Takes the bytes of a whole block. Called by the thread that brought the
  /// last of them, so by several at once.
  using Whole = std::function<rt::Status(uint64_t offset, llvm::ArrayRef<std::byte> bytes)>;

  /// Of the range [begin, end). Blocks end at multiples of `blockBytes`, the
  /// last at `end`.
  BlockAssembly(uint64_t begin, uint64_t end, uint64_t blockBytes, Whole whole)
      : begin(begin), end(end), blockBytes(blockBytes), whole(std::move(whole)) {}

  /// Takes the bytes from `offset` on; each byte of the range may come once.
  /// \returns what the first block that could not be handed on gave.
  rt::Status place(uint64_t offset, llvm::ArrayRef<std::byte> bytes);

  /// The most blocks that are kept for so many threads.
  static uint64_t mostBlocks(uint64_t threads) { return 2 * threads + 1; }

private:
  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    uint64_t missing;
  };
  Block &open(uint64_t first, uint64_t sizeBytes);
  rt::Status add(uint64_t first, uint64_t sizeBytes, uint64_t at, llvm::ArrayRef<std::byte> bytes);

  uint64_t begin, end, blockBytes;
  Whole whole;
  std::mutex mutex;                 ///< of what follows, but not of the bytes in blocks
  std::map<uint64_t, Block> blocks; ///< that lack bytes, by their first
  std::vector<std::unique_ptr<std::byte[]>> idle; ///< memory of blocks that were whole
};

} // namespace tenon::link

#endif // TENON_CODEGEN_LINK_BLOCKASSEMBLY_H
