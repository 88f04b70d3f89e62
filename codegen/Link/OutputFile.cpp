//===- OutputFile.cpp - A file that appears whole or not at all -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Link/OutputFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

using namespace tenon;
using namespace tenon::link;
using rt::Status;
using rt::StatusCode;

/// The kernel is asked to begin writing to the disk each time so much is
/// dirty: the final fsync then has little to wait for.
static constexpr uint64_t flushBytes = 32u << 20;

FileSizeLimitIsError::FileSizeLimitIsError() {
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGXFSZ, &ignore, &savedAction);
}

FileSizeLimitIsError::~FileSizeLimitIsError() { sigaction(SIGXFSZ, &savedAction, nullptr); }

const char *link::writeErrorAdvice(int error) {
  if (error == ENOSPC || error == EDQUOT)
    return "make room or choose another folder";
  if (error == EFBIG)
    return "raise the limit on the size of files or choose another file system";
  return "choose another output";
}

OutputFile::OutputFile(llvm::StringRef path, uint64_t sizeBytes)
    : path(path), folder(llvm::sys::path::parent_path(path)), sizeBytes(sizeBytes) {
  if (folder.empty())
    folder = ".";
}

OutputFile::OutputFile(OutputFile &&other) noexcept
    : path(std::move(other.path)), folder(std::move(other.folder)), sizeBytes(other.sizeBytes),
      gathered(std::move(other.gathered)), gatheredOffset(other.gatheredOffset),
      writtenEnd(other.writtenEnd.load()), unflushedBytes(other.unflushedBytes.load()),
      descriptor(std::exchange(other.descriptor, -1)), isFinished(other.isFinished),
      temporaryPath(std::exchange(other.temporaryPath, {})) {}

OutputFile::~OutputFile() {
  if (descriptor >= 0)
    close(descriptor);
  if (!temporaryPath.empty()) {
    unlink(temporaryPath.c_str());
    llvm::sys::DontRemoveFileOnSignal(temporaryPath);
  }
}

Status OutputFile::failure(llvm::StringRef action, int error) const {
  return Status::failure(StatusCode::InputOutput, "cannot {} '{}' of {} bytes: {}; {}",
                         std::string_view(action), path, sizeBytes, std::strerror(error),
                         writeErrorAdvice(error));
}

rt::Expected<OutputFile> OutputFile::create(llvm::StringRef path, uint64_t sizeBytes) {
  OutputFile file(path, sizeBytes);
  struct stat info;
  if (stat(file.path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    return Status::failure(StatusCode::InputOutput,
                           "cannot write '{}': it is not a file; choose another output", file.path);
  if (!file.openNameless())
    if (Status status = file.openTemporary(); !status)
      return status;
  if (Status status = file.reserve(); !status)
    return status;
  return file;
}

/// The name under which a process sees its own descriptor.
static std::string descriptorPath(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

bool OutputFile::openNameless() {
  descriptor = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0777);
  if (descriptor < 0)
    return false;
  // Without /proc the file could get no name later.
  if (access(descriptorPath(descriptor).c_str(), F_OK) == 0)
    return true;
  close(std::exchange(descriptor, -1));
  return false;
}

Status OutputFile::openTemporary() {
  llvm::SmallString<128> name;
  std::error_code error = llvm::sys::fs::createUniqueFile(
      path + ".%%%%%%.tmp", descriptor, name, llvm::sys::fs::OF_None,
      llvm::sys::fs::all_read | llvm::sys::fs::all_write | llvm::sys::fs::all_exe);
  if (error)
    return failure("create", error.value());
  temporaryPath = std::string(name);
  llvm::sys::RemoveFileOnSignal(temporaryPath);
  return Status::ok();
}

Status OutputFile::reserve() {
  // Not posix_fallocate: where the file system cannot reserve, that one would
  // write the whole file twice.
  if (fallocate(descriptor, 0, 0, sizeBytes) == 0)
    return Status::ok();
  if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINTR)
    return failure("write", errno);
  if (ftruncate(descriptor, sizeBytes) != 0)
    return failure("write", errno);
  return Status::ok();
}

Status OutputFile::write(uint64_t offset, llvm::ArrayRef<std::byte> bytes) {
  assert(!isFinished && "writing after the end of the writing");
  if (offset != gatheredOffset + gathered.size()) {
    if (Status status = writeGathered(); !status)
      return status;
    gatheredOffset = offset;
  }
  while (!bytes.empty()) {
    uint64_t pieceEnd = llvm::alignDown(gatheredOffset, pieceBytes) + pieceBytes;
    size_t taken = std::min<uint64_t>(bytes.size(), pieceEnd - gatheredOffset - gathered.size());
    gathered.insert(gathered.end(), bytes.begin(), bytes.begin() + taken);
    bytes = bytes.drop_front(taken);
    if (gatheredOffset + gathered.size() < pieceEnd)
      continue;
    if (Status status = writeGathered(); !status)
      return status;
  }
  return Status::ok();
}

static bool isAllZero(llvm::ArrayRef<std::byte> bytes) {
  return !bytes.empty() && bytes[0] == std::byte(0) &&
         std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

Status OutputFile::writeGathered() {
  uint64_t at = std::exchange(gatheredOffset, gatheredOffset + gathered.size());
  // Zeros behind all that was written cost no writing and may stay a hole.
  Status status = at >= writtenEnd && isAllZero(gathered) ? Status::ok() : writeAt(at, gathered);
  if (status)
    gathered.clear();
  return status;
}

Status OutputFile::writePiece(uint64_t offset, llvm::ArrayRef<std::byte> bytes) {
  return isAllZero(bytes) ? Status::ok() : writeAt(offset, bytes);
}

Status OutputFile::writeAt(uint64_t at, llvm::ArrayRef<std::byte> bytes) {
  uint64_t end = at + bytes.size();
  for (uint64_t known = writtenEnd; known < end && !writtenEnd.compare_exchange_weak(known, end);) {
  }
  while (!bytes.empty()) {
    ssize_t written = pwrite(descriptor, bytes.data(), bytes.size(), at);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return failure("write", errno);
    at += written;
    unflushedBytes += written;
    bytes = bytes.drop_front(written);
  }
  if (unflushedBytes >= flushBytes) {
    unflushedBytes = 0;
    sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
  }
  return Status::ok();
}

rt::Expected<std::string> OutputFile::finish() {
  if (Status status = writeGathered(); !status)
    return status;
  std::string place = temporaryPath.empty() ? descriptorPath(descriptor) : temporaryPath;
  int reading = open(place.c_str(), O_RDONLY | O_CLOEXEC);
  if (reading < 0)
    return failure("read", errno);
  if (close(std::exchange(descriptor, reading)) != 0)
    return failure("write", errno);
  isFinished = true;
  return temporaryPath.empty() ? descriptorPath(descriptor) : temporaryPath;
}

Status OutputFile::keep() {
  if (Status status = writeGathered(); !status)
    return status;
  if (fsync(descriptor) != 0)
    return failure("write", errno);
  if (Status status = moveIntoPlace(); !status)
    return status;
  // The name is durable once its folder is; a file system that cannot do
  // this has still given the file its name.
  int folderDescriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folderDescriptor >= 0) {
    fsync(folderDescriptor);
    close(folderDescriptor);
  }
  if (close(std::exchange(descriptor, -1)) != 0)
    return failure("write", errno);
  return Status::ok();
}

/// A nameless file can take a name but not the place of another file, so it
/// is first given a temporary name when the output exists.
Status OutputFile::moveIntoPlace() {
  if (temporaryPath.empty()) {
    std::string source = descriptorPath(descriptor);
    if (linkat(AT_FDCWD, source.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0)
      return Status::ok();
    if (errno != EEXIST)
      return failure("create", errno);
    llvm::SmallString<128> name;
    llvm::sys::fs::createUniquePath(path + ".%%%%%%.tmp", name, /*MakeAbsolute=*/false);
    llvm::sys::RemoveFileOnSignal(name);
    if (linkat(AT_FDCWD, source.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0)
      return failure("create", errno);
    temporaryPath = std::string(name);
  }
  if (rename(temporaryPath.c_str(), path.c_str()) != 0)
    return failure("create", errno);
  llvm::sys::DontRemoveFileOnSignal(temporaryPath);
  temporaryPath.clear();
  return Status::ok();
}
