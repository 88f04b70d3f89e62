//===- Payload.h - The model's data inside this file ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_PAYLOAD_H
#define TENON_RUNTIME_PAYLOAD_H

#include "PayloadFormat.h"
#include "Status.h"

#include <cstddef>
#include <functional>
#include <span>

namespace tenon::rt {

/// A view of a payload in memory; it owns nothing.
class Payload {
public:
  /// Opens the payload that this executable or library carries and checks all
  /// of it but the weights. From then on, reading a part of the payload that
  /// the file no longer has ends the process with exit code Damaged and one
  /// line on stderr. \returns Damaged when a hash differs or the file was
  /// truncated.
  static Expected<Payload> openOwn();
  /// The same for a payload at `bytes`, which begin at a multiple of 8, without
  /// the guard and without a look at the code.
  static Expected<Payload> open(std::span<const std::byte> bytes);

  /// The bytes of a section; empty when the payload has none of this kind.
  std::span<const std::byte> section(SectionKind kind) const;
  bool has(SectionKind kind) const;

  /// Checks every block, the weights included. `progress`, if given, is told
  /// the bytes done and the bytes in all, and returns whether to go on.
  /// \returns Damaged, naming the offset of the first block that differs;
  /// Interrupted when `progress` ended it.
  Status verify(const std::function<bool(uint64_t, uint64_t)> &progress) const;

private:
  explicit Payload(std::span<const std::byte> bytes) : bytes(bytes) {}
  std::span<const std::byte> bytes;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_PAYLOAD_H
