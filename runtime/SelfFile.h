//===- SelfFile.h - The file that this code was loaded from ---------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_SELFFILE_H
#define TENON_RUNTIME_SELFFILE_H

#include "Status.h"

#include <cstddef>
#include <cstdint>
#include <link.h>
#include <optional>
#include <span>

namespace tenon::rt {

/// The file that a segment in memory was mapped from. It is found by
/// /proc/self/exe, else by the name that the kernel was given, for a library
/// by its path; when none of them leads to it, nothing is known of the file.
class SelfFile {
public:
  /// Looks for the file whose segment `segment` is.
  explicit SelfFile(std::span<const std::byte> segment);
  SelfFile(const SelfFile &) = delete;
  SelfFile &operator=(const SelfFile &) = delete;
  ~SelfFile();

  /// Compares the size of the file with what its program headers name.
  /// \returns Damaged when it is too short, with both sizes; ok when nothing
  /// is known.
  Status checkSize() const;

  /// The hash of what the file's other segments load, see PayloadFormat.h;
  /// nothing when the file was not found or cannot be read.
  std::optional<uint64_t> imageHash() const;

private:
  bool openIfSame(const char *path);

  std::span<const std::byte> segment;
  const char *libraryPath = nullptr; ///< of a library; empty for the executable
  std::span<const ElfW(Phdr)> programHeaders;
  const ElfW(Ehdr) *header = nullptr; ///< in memory
  uintptr_t loadAddress = 0;
  int descriptor = -1; ///< of the file, once found
};

/// Makes the process end with exit code Damaged and one line on stderr when a
/// page of `segment` cannot be read, because its file was truncated or its
/// disk failed, instead of dying by SIGBUS. A later call replaces the segment;
/// a SIGBUS elsewhere has its usual effect.
void exitWhenUnreadable(std::span<const std::byte> segment);

} // namespace tenon::rt

#endif // TENON_RUNTIME_SELFFILE_H
