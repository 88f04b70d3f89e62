//===- OutputFile.h - A file that appears whole or not at all -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_LINK_OUTPUTFILE_H
#define TENON_CODEGEN_LINK_OUTPUTFILE_H

#include "runtime/Status.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <atomic>
#include <csignal>
#include <cstddef>
#include <string>
#include <vector>

namespace tenon::link {

/// While one lives, writing past the limit on the size of files is an error
/// and not the end of the process by SIGXFSZ.
class FileSizeLimitIsError {
public:
  FileSizeLimitIsError();
  FileSizeLimitIsError(const FileSizeLimitIsError &) = delete;
  FileSizeLimitIsError &operator=(const FileSizeLimitIsError &) = delete;
  ~FileSizeLimitIsError();

private:
  struct sigaction savedAction;
};

/// What a user can do when writing failed with `error`, as in errno.
const char *writeErrorAdvice(int error);

/// A file that is written in any order and appears under its name when it is
/// complete. Until then it has no name, where the file system can do that, or
/// else a temporary one beside the output that is removed on failure and on
/// signals. Writes that follow one another are gathered to pieces of 2 MiB, the
/// size of a huge page: the kernel then caches them in huge pages, and whoever
/// maps the file reads it through huge pages. Not copyable; used by one thread,
/// but for writePiece.
class OutputFile {
public:
  /// Makes the file and reserves `sizeBytes` on the disk, so that a full disk
  /// is known before the work and not after it.
  /// \returns InputOutput when the folder is missing or not writable, when
  /// `path` is something else than a file, or when the disk has no room.
  static rt::Expected<OutputFile> create(llvm::StringRef path, uint64_t sizeBytes);

  OutputFile(OutputFile &&other) noexcept;
  OutputFile &operator=(OutputFile &&) = delete;
  /// Discards the file unless it was kept.
  ~OutputFile();

  /// Writes `bytes` at `offset`. They may reach the file, and an error of
  /// theirs the caller, only with a later call.
  rt::Status write(uint64_t offset, llvm::ArrayRef<std::byte> bytes);

  /// Pieces that write() gathers, and that writePiece should be given.
  static constexpr uint64_t pieceBytes = 2u << 20;

  /// Writes `bytes` at `offset`, where nothing was written before, at once. Any
  /// number of threads may do so, until one calls another function.
  rt::Status writePiece(uint64_t offset, llvm::ArrayRef<std::byte> bytes);

  /// Ends the writing, so that the file can be executed: the kernel refuses to
  /// execute what is still open for writing.
  /// \returns the path under which this process and its children can do it until
  /// the file takes its place.
  rt::Expected<std::string> finish();

  /// Makes the file durable, executable and visible under its name, in the
  /// place of a file that had the name before.
  rt::Status keep();

private:
  OutputFile(llvm::StringRef path, uint64_t sizeBytes);
  /// Opens a file without a name, or says that there is no such thing here.
  bool openNameless();
  rt::Status openTemporary();
  rt::Status reserve();
  rt::Status writeGathered();
  rt::Status writeAt(uint64_t offset, llvm::ArrayRef<std::byte> bytes);
  rt::Status moveIntoPlace();
  rt::Status failure(llvm::StringRef action, int error) const;

  std::string path;
  std::string folder;
  uint64_t sizeBytes;
  std::vector<std::byte> gathered;          ///< the end of what was given to write()
  uint64_t gatheredOffset = 0;              ///< where it goes
  std::atomic<uint64_t> writtenEnd = 0;     ///< the file is all zeros from here on
  std::atomic<uint64_t> unflushedBytes = 0; ///< written since the kernel was last told to begin
  int descriptor = -1;
  bool isFinished = false;   ///< the descriptor is for reading
  std::string temporaryPath; ///< empty while the file has no name
};

} // namespace tenon::link

#endif // TENON_CODEGEN_LINK_OUTPUTFILE_H
