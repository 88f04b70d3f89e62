//===- PayloadHash.h - The hash that finds damage to a file ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_PAYLOADHASH_H
#define TENON_RUNTIME_PAYLOADHASH_H

#include <cstddef>
#include <cstdint>
#include <span>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace tenon::rt {

/// The XXH3 hash of `bytes`: it finds damage, it does not stop a forger.
inline uint64_t hashBytes(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

/// The same hash, of bytes that come piece by piece.
class Hasher {
public:
  Hasher() { XXH3_64bits_reset(&state); }
  void add(std::span<const std::byte> bytes) {
    XXH3_64bits_update(&state, bytes.data(), bytes.size());
  }
  uint64_t result() const { return XXH3_64bits_digest(&state); }

private:
  XXH3_state_t state;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_PAYLOADHASH_H
