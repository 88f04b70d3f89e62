//===- LogitsCommand.cpp - Writes logits to a NumPy file ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The file is in NumPy's format, version 1.0: the magic bytes, the version,
// the length of a header of text that pads the data to 64 bytes, and the rows
// as they are in memory (numpy.lib.format).
//
//===----------------------------------------------------------------------===//

#include "Application.h"
#include "Commands.h"
#include "LogitRows.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tenon::rt {

static std::string numpyHeader(int64_t rows, int64_t columns) {
  constexpr size_t prefixBytes = 10, alignment = 64;
  std::string text =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", rows, columns);
  size_t total = (prefixBytes + text.size() + 1 + alignment - 1) / alignment * alignment;
  text.resize(total - prefixBytes - 1, ' ');
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(text.size() & 0xff);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

namespace {

/// A file that appears under its name when it is complete. What is there and
/// is no regular file, a pipe or device, is written to directly.
class WholeFile {
public:
  explicit WholeFile(std::string path) : path(std::move(path)) {}
  ~WholeFile() {
    if (descriptor >= 0 && path != "-")
      close(descriptor);
    if (!part.empty())
      unlink(part.c_str());
  }

  Status open() {
    struct stat there;
    if (path == "-") {
      descriptor = STDOUT_FILENO;
    } else if (stat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
      descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    } else {
      std::string name = path + ".part";
      descriptor = ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
      if (descriptor >= 0)
        part = name;
    }
    return descriptor >= 0 ? Status::ok() : failed("opening");
  }

  Status write(const void *data, size_t bytes) {
    for (auto *at = static_cast<const char *>(data); bytes > 0;) {
      ssize_t written = ::write(descriptor, at, bytes);
      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return failed("writing to");
      at += written;
      bytes -= static_cast<size_t>(written);
    }
    return Status::ok();
  }

  Status finish() {
    if (part.empty())
      return Status::ok();
    int closed = close(descriptor);
    descriptor = -1;
    if (closed != 0 || rename(part.c_str(), path.c_str()) != 0)
      return failed("writing to");
    part.clear();
    return Status::ok();
  }

private:
  Status failed(const char *action) const {
    std::string name = path == "-" ? "standard output" : "'" + path + "'";
    return Status::failure(StatusCode::InputOutput, "{} {} failed: {}", action, name,
                           strerror(errno));
  }

  std::string path;
  std::string part; ///< exists and must go unless the file is finished
  int descriptor = -1;
};

} // namespace

Status runLogits(Application &app) {
  if (app.options().tokens.empty())
    return Status::failure(StatusCode::Usage, "logits needs token ids, as in --tokens=1,2,3");
  if (!app.options().output)
    return Status::failure(StatusCode::Usage, "logits needs a file to write, as in -o logits.npy");
  auto tokens = app.givenTokens();
  if (!tokens)
    return tokens.status();
  auto session = app.startSession();
  if (!session)
    return session.status();
  WholeFile file(*app.options().output);
  if (Status status = file.open(); !status)
    return status;
  int64_t vocabulary = app.model().vocabulary;
  std::string header = numpyHeader(std::ssize(*tokens), vocabulary);
  if (Status status = file.write(header.data(), header.size()); !status)
    return status;
  Status status = forEachLogitRow(**session, *tokens, [&](int64_t, std::span<const float> row) {
    return file.write(row.data(), row.size_bytes());
  });
  return status ? file.finish() : status;
}

} // namespace tenon::rt
