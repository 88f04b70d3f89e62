//===- WholeFile.h - A file that appears when it is complete --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_APP_WHOLEFILE_H
#define TENON_RUNTIME_APP_WHOLEFILE_H

#include "runtime/Status.h"

#include <cstddef>
#include <string>

namespace tenon::rt {

/// A file that appears under its name when it is complete, and takes the place
/// of one that is there. Until then it has no name at all, or, on a file system
/// that has no such files, a name that nobody else has. What is there and is no
/// regular file, a pipe or device, is written to directly.
class WholeFile {
public:
  /// `path` `-` is standard output.
  explicit WholeFile(std::string path) : path(std::move(path)) {}
  WholeFile(const WholeFile &) = delete;
  WholeFile &operator=(const WholeFile &) = delete;
  /// Leaves nothing behind of a file that was not finished.
  ~WholeFile();

  /// \returns InputOutput when it cannot be made, Interrupted when Ctrl-C ended
  /// the wait for the reader of a pipe.
  Status open();
  Status write(const void *data, size_t bytes);
  Status finish();

private:
  bool openNameless();
  Status openTemporary();
  Status moveIntoPlace();
  Status failed(const char *action, int error) const;

  std::string path;
  std::string folder;    ///< of `path`
  std::string temporary; ///< the name that it has and that must go; may be empty
  int descriptor = -1;
  bool isDirect = false; ///< what is written is seen at once
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_APP_WHOLEFILE_H
