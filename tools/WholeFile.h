//===- WholeFile.h - Files that appear whole or not at all ----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_WHOLEFILE_H
#define TENON_TOOLS_WHOLEFILE_H

#include "runtime/Status.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace tenon {

/// Writes `pieces`, one after another, to the file `path`. They appear all at
/// once, in the place of a file that had the name before and with its
/// permissions; on failure that one stays as it was. What is no regular file, as
/// a pipe, is written as it is. An empty path and "-" are standard output.
rt::Status writeWholeFile(llvm::StringRef path, llvm::ArrayRef<llvm::StringRef> pieces);

} // namespace tenon

#endif // TENON_TOOLS_WHOLEFILE_H
