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
#include <span>

namespace tenon::rt {

/// Compares the size of the file that `segment` was mapped from with what its
/// program headers name. The file is found by /proc/self/exe, else by the name
/// that the kernel was given, for a library by its path; when none of them
/// leads to it, nothing is known and the answer is ok.
/// \returns Damaged when the file is too short, with both sizes.
Status checkOwnFileHolds(std::span<const std::byte> segment);

/// Makes the process end with exit code Damaged and one line on stderr when a
/// page of `segment` cannot be read, because its file was truncated or its
/// disk failed, instead of dying by SIGBUS. A later call replaces the segment;
/// a SIGBUS elsewhere has its usual effect.
void exitWhenUnreadable(std::span<const std::byte> segment);

} // namespace tenon::rt

#endif // TENON_RUNTIME_SELFFILE_H
