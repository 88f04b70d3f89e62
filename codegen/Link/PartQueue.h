//===- PartQueue.h - Which part of the weights is made next, and by whom --===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_LINK_PARTQUEUE_H
#define TENON_CODEGEN_LINK_PARTQUEUE_H

#include "runtime/Status.h"

#include "llvm/ADT/ArrayRef.h"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

namespace tenon::link {

/// Gives out parts in order to any number of threads, as long as the memory of
/// those at work is inside a budget. After a failure no later part is begun,
/// and those before it go on: so the failure that is kept at the end is that
/// of the first part in order that fails, whatever the threads did.
class PartQueue {
public:
  /// \param peakBytes the memory that each part takes while it is made. A part
  /// that takes more than the budget is made alone.
  PartQueue(llvm::ArrayRef<uint64_t> peakBytes, uint64_t budgetBytes)
      : peakBytes(peakBytes), budgetBytes(budgetBytes), firstFailed(peakBytes.size()) {}

  /// The next part, when there is memory for it, or nothing at the end.
  std::optional<size_t> take();
  /// Says that `part` was made, or why not.
  void finish(size_t part, rt::Status status);

  /// Whether a part before `part` has failed, so that it is no longer needed.
  bool isGivenUp(size_t part) const { return firstFailed < part; }

  /// After all threads: the part whose failure counts, and the failure.
  std::optional<size_t> failedPart() const;
  const rt::Status &status() const { return failure; }

private:
  llvm::ArrayRef<uint64_t> peakBytes;
  uint64_t budgetBytes;
  std::mutex mutex; ///< of what follows
  std::condition_variable memoryIsFree;
  size_t next = 0;
  size_t atWork = 0;
  uint64_t usedBytes = 0;
  std::atomic<size_t> firstFailed; ///< the number of parts while there is none
  rt::Status failure = rt::Status::ok();
};

} // namespace tenon::link

#endif // TENON_CODEGEN_LINK_PARTQUEUE_H
