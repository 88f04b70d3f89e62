//===- Output.cpp - Text to a file descriptor -----------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Output.h"

#include "Interrupt.h"

#include "runtime/Utf8.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace tenon::rt {

/// Text that goes to a file or pipe is written in pieces of this size.
static constexpr size_t bufferBytes = 8192;

Output::Output(int descriptor, std::string name)
    : descriptor(descriptor), name(std::move(name)), terminal(isatty(descriptor)) {}

Status Output::write(std::string_view text) {
  if (!text.empty())
    last = text.back();
  pending += text;
  return terminal || pending.size() >= bufferBytes || error ? flush() : Status::ok();
}

Status Output::writeNow(std::string_view text) {
  if (Status status = write(text); !status)
    return status;
  return flush();
}

Status Output::flush() {
  std::string_view rest = pending;
  while (!rest.empty() && !error) {
    ssize_t written = ::write(descriptor, rest.data(), rest.size());
    if (written >= 0)
      rest.remove_prefix(static_cast<size_t>(written));
    else if (errno != EINTR)
      error = errno;
  }
  pending.clear();
  if (error)
    return Status::failure(StatusCode::InputOutput, "writing to {} failed: {}", name,
                           strerror(error));
  return Status::ok();
}

void guardStandardDescriptors() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    int ends[2];
    // The lowest free numbers are taken, so the first end is this descriptor.
    // A pipe that nobody can write to reads as ended and refuses writes, and
    // is no file to open.
    if (fcntl(descriptor, F_GETFD) < 0 && pipe(ends) == 0)
      close(ends[1]);
  }
}

void ignoreOutputSignals() {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

Expected<std::string> readAll(const std::string &path) {
  bool standardInput = path == "-";
  int file = standardInput ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::string text;
  ssize_t got = -1;
  if (file >= 0) {
    char buffer[16384];
    do {
      if (standardInput && !waitForInput(file))
        return Status::failure(StatusCode::Interrupted, "interrupted");
      got = read(file, buffer, sizeof buffer);
      if (got > 0)
        text.append(buffer, static_cast<size_t>(got));
    } while (got > 0);
  }
  int error = errno;
  if (file >= 0 && !standardInput)
    close(file);
  if (got == 0)
    return text;
  return Status::failure(StatusCode::InputOutput, "reading {} failed: {}",
                         standardInput ? "standard input" : "'" + path + "'", strerror(error));
}

std::string jsonString(std::string_view text) {
  std::string out = "\"";
  for (char c : repairUtf8(text)) {
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (c == '\n')
      out += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + '"';
}

} // namespace tenon::rt
