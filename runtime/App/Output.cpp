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
#include <poll.h>
#include <unistd.h>

namespace tenon::rt {

/// Text that goes to a file or pipe is written in pieces of this size.
static constexpr size_t bufferBytes = 8192;

int writeAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    pollfd ready = {descriptor, POLLOUT, 0};
    if (written >= 0)
      bytes.remove_prefix(static_cast<size_t>(written));
    else if (errno == EAGAIN)
      poll(&ready, 1, /*timeout=*/-1);
    else if (errno != EINTR)
      return errno;
  }
  return 0;
}

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
  if (!error)
    error = writeAll(descriptor, pending);
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

/// Reads what `file` still has; `name` is how errors call it.
static Expected<std::string> readRest(int file, const std::string &name, uint64_t most) {
  std::string text;
  char buffer[16384];
  while (true) {
    if (!waitForInput(file))
      return Status::failure(StatusCode::Interrupted, "interrupted");
    ssize_t got = read(file, buffer, sizeof buffer);
    if (got == 0)
      return text;
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
      continue;
    if (got < 0)
      return Status::failure(StatusCode::InputOutput, "reading {} failed: {}", name,
                             strerror(errno));
    text.append(buffer, static_cast<size_t>(got));
    if (text.size() > most)
      return Status::failure(
          StatusCode::Refused,
          "{} holds more than the {} MiB that a text may have; give a part of it", name,
          most >> 20);
  }
}

Expected<std::string> readAll(const std::string &path, uint64_t most) {
  if (path == "-")
    return readRest(STDIN_FILENO, "standard input", most);
  std::string name = "'" + path + "'";
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  // A pipe with a name waits for its writer.
  if (file < 0 && errno == EINTR && interruptFlag())
    return Status::failure(StatusCode::Interrupted, "interrupted");
  if (file < 0)
    return Status::failure(StatusCode::InputOutput, "reading {} failed: {}", name, strerror(errno));
  auto text = readRest(file, name, most);
  close(file);
  return text;
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
