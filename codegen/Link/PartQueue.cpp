//===- PartQueue.cpp - Which part of the weights is made next, and by whom ===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Link/PartQueue.h"

using namespace tenon;
using namespace tenon::link;

std::optional<size_t> PartQueue::take() {
  std::unique_lock lock(mutex);
  memoryIsFree.wait(lock, [this] {
    return next >= firstFailed || atWork == 0 || usedBytes + peakBytes[next] <= budgetBytes;
  });
  if (next >= firstFailed)
    return std::nullopt;
  ++atWork;
  usedBytes += peakBytes[next];
  return next++;
}

void PartQueue::finish(size_t part, rt::Status status) {
  {
    std::lock_guard lock(mutex);
    --atWork;
    usedBytes -= peakBytes[part];
    if (!status && part < firstFailed) {
      firstFailed = part;
      failure = std::move(status);
    }
  }
  memoryIsFree.notify_all();
}

std::optional<size_t> PartQueue::failedPart() const {
  return failure ? std::nullopt : std::optional<size_t>(firstFailed);
}
