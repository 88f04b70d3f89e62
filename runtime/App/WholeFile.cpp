//===- WholeFile.cpp - A file that appears when it is complete ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WholeFile.h"

#include "Application.h"
#include "Interrupt.h"

#include "runtime/ExitAtOnce.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tenon::rt {

/// The folder of `path` as a prefix of names in it.
static std::string folderOf(const std::string &path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "./" : path.substr(0, slash + 1);
}

/// The name under which a process sees its own descriptor.
static std::string descriptorPath(int descriptor) {
  return fmt::format("/proc/self/fd/{}", descriptor);
}

/// Tries names of `folder` that nobody has until `make` succeeds with one or
/// fails by another reason than that it is taken. \returns the name; empty, with
/// errno, when it failed.
template <typename Make> static std::string takeUniqueName(const std::string &folder, Make make) {
  constexpr int attempts = 100;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    uint64_t random = 0;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
      random = static_cast<uint64_t>(monotonicNs());
    std::string name = fmt::format("{}tenon-{:016x}.tmp", folder, random);
    if (make(name.c_str()))
      return name;
    if (errno != EEXIST)
      break;
  }
  return {};
}

WholeFile::~WholeFile() {
  if (descriptor >= 0 && path != "-")
    close(descriptor);
  if (!temporary.empty()) {
    unlink(temporary.c_str());
    removeWhenEnded("");
  }
}

Status WholeFile::failed(const char *action, int error) const {
  std::string name = path == "-" ? "standard output" : "'" + path + "'";
  return Status::failure(StatusCode::InputOutput, "{} {} failed: {}", action, name,
                         strerror(error));
}

Status WholeFile::open() {
  struct stat there;
  folder = folderOf(path);
  isDirect = path == "-" || (stat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode));
  if (path == "-") {
    descriptor = STDOUT_FILENO;
  } else if (isDirect) {
    descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    // A pipe with a name waits for its reader.
    if (descriptor < 0 && errno == EINTR && interruptFlag())
      return Status::failure(StatusCode::Interrupted, "interrupted");
    if (descriptor < 0)
      return failed("opening", errno);
  } else if (!openNameless()) {
    return openTemporary();
  }
  return Status::ok();
}

bool WholeFile::openNameless() {
  descriptor = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
  if (descriptor < 0)
    return false;
  // Without /proc the file could get no name later.
  if (access(descriptorPath(descriptor).c_str(), F_OK) == 0)
    return true;
  close(std::exchange(descriptor, -1));
  return false;
}

Status WholeFile::openTemporary() {
  temporary = takeUniqueName(folder, [&](const char *name) {
    descriptor = ::open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    return descriptor >= 0;
  });
  if (temporary.empty())
    return failed("opening", errno);
  removeWhenEnded(temporary);
  return Status::ok();
}

Status WholeFile::write(const void *data, size_t bytes) {
  int error = writeAll(descriptor, {static_cast<const char *>(data), bytes});
  return error ? failed("writing to", error) : Status::ok();
}

Status WholeFile::finish() {
  if (isDirect)
    return Status::ok();
  // Some file systems tell of an error only now; a nameless file must be open
  // to get its name, and is on none of them.
  if (!temporary.empty() && close(std::exchange(descriptor, -1)) != 0)
    return failed("writing to", errno);
  return moveIntoPlace();
}

/// A nameless file can take a name but not the place of another file, so it
/// is first given a name of its own when the output exists.
Status WholeFile::moveIntoPlace() {
  if (temporary.empty()) {
    std::string source = descriptorPath(descriptor);
    auto link = [&](const char *name) {
      return linkat(AT_FDCWD, source.c_str(), AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
    };
    if (link(path.c_str()))
      return Status::ok();
    if (errno == EEXIST)
      temporary = takeUniqueName(folder, link);
    if (temporary.empty())
      return failed("writing to", errno);
    removeWhenEnded(temporary);
  }
  if (rename(temporary.c_str(), path.c_str()) != 0)
    return failed("writing to", errno);
  removeWhenEnded("");
  temporary.clear();
  return Status::ok();
}

} // namespace tenon::rt
