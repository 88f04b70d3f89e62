//===- OwnPayload.cpp - The payload of this very file -------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Payload.h"
#include "SelfFile.h"

#include <sys/mman.h>

using namespace tenon::rt;

extern "C" {
/// The segment of the payload and its size, made by codegen/Link. Weak, so
/// that a program without a payload (a test) links.
[[gnu::weak]] extern const std::byte tenon_payload[];
[[gnu::weak]] extern const uint64_t tenon_payload_size;
}

Expected<Payload> Payload::openOwn() {
  if (!tenon_payload || !&tenon_payload_size)
    return Status::failure(StatusCode::Internal, "this program was linked without model data");
  std::span bytes(tenon_payload, tenon_payload_size);
  SelfFile file(bytes);
  if (Status status = file.checkSize(); !status)
    return status;
  exitWhenUnreadable(bytes);
  // What is not in the page cache is then read in huge pages. A step reads all
  // weights, and through pages of 4 KiB it would read a quarter slower. The
  // kernel may not do it, which is no error.
  madvise(const_cast<std::byte *>(bytes.data()), bytes.size(), MADV_HUGEPAGE);
  Expected<Payload> payload = open(bytes);
  if (!payload)
    return payload;
  if (auto hash = file.imageHash();
      hash && *hash != reinterpret_cast<const PayloadHeader *>(bytes.data())->imageHash)
    return Status::failure(StatusCode::Damaged,
                           "the code of this file differs from what was written; the file was "
                           "changed or copied incompletely; copy it again");
  return payload;
}
