//===- SelfFile.cpp - The file that this code was loaded from -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SelfFile.h"

#include "ExitAtOnce.h"
#include "PayloadHash.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace tenon::rt;

/// Calls `visit(const dl_phdr_info &)` for the loaded objects, until it
/// answers true.
template <typename Visitor> static void visitLoadedObjects(Visitor visit) {
  dl_iterate_phdr([](dl_phdr_info *info, size_t,
                     void *data) -> int { return (*static_cast<Visitor *>(data))(*info); },
                  &visit);
}

SelfFile::SelfFile(std::span<const std::byte> segment) : segment(segment) {
  auto address = reinterpret_cast<uintptr_t>(segment.data());
  visitLoadedObjects([&](const dl_phdr_info &info) {
    std::span<const ElfW(Phdr)> headers(info.dlpi_phdr, info.dlpi_phnum);
    for (const ElfW(Phdr) &candidate : headers) {
      if (candidate.p_type != PT_LOAD || address != info.dlpi_addr + candidate.p_vaddr)
        continue;
      programHeaders = headers;
      loadAddress = info.dlpi_addr;
      libraryPath = info.dlpi_name;
    }
    return !programHeaders.empty();
  });
  for (const ElfW(Phdr) &candidate : programHeaders)
    if (candidate.p_type == PT_LOAD && candidate.p_offset == 0)
      header = reinterpret_cast<const ElfW(Ehdr) *>(loadAddress + candidate.p_vaddr);
  if (!header)
    return;
  if (libraryPath && *libraryPath) {
    openIfSame(libraryPath);
    return;
  }
  auto *name = reinterpret_cast<const char *>(getauxval(AT_EXECFN));
  if (!openIfSame("/proc/self/exe") && name)
    openIfSame(name);
}

SelfFile::~SelfFile() {
  if (descriptor >= 0)
    close(descriptor);
}

/// Keeps the file at `path` open, if its ELF header is the one in memory.
bool SelfFile::openIfSame(const char *path) {
  descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  ElfW(Ehdr) onDisk;
  if (descriptor >= 0 && pread(descriptor, &onDisk, sizeof(onDisk), 0) == ssize_t(sizeof(onDisk)) &&
      std::memcmp(&onDisk, header, sizeof(onDisk)) == 0)
    return true;
  if (descriptor >= 0)
    close(std::exchange(descriptor, -1));
  return false;
}

Status SelfFile::checkSize() const {
  struct stat info;
  if (descriptor < 0 || fstat(descriptor, &info) != 0)
    return Status::ok();
  uint64_t needed = 0, present = info.st_size;
  for (const ElfW(Phdr) &loaded : programHeaders)
    if (loaded.p_type == PT_LOAD)
      needed = std::max<uint64_t>(needed, loaded.p_offset + loaded.p_filesz);
  if (present >= needed)
    return Status::ok();
  return Status::failure(StatusCode::Damaged,
                         "this file has {} bytes and needs {}; it was truncated; copy it again",
                         present, needed);
}

std::optional<uint64_t> SelfFile::imageHash() const {
  if (descriptor < 0)
    return std::nullopt;
  Hasher hasher;
  std::array<std::byte, 1 << 16> buffer;
  uint64_t headersEnd = header->e_phoff + programHeaders.size_bytes();
  for (const ElfW(Phdr) &loaded : programHeaders) {
    if (loaded.p_type != PT_LOAD ||
        loadAddress + loaded.p_vaddr == reinterpret_cast<uintptr_t>(segment.data()))
      continue;
    uint64_t end = loaded.p_offset + loaded.p_filesz;
    for (uint64_t at = std::max<uint64_t>(loaded.p_offset, headersEnd); at < end;) {
      ssize_t got =
          pread(descriptor, buffer.data(), std::min<uint64_t>(buffer.size(), end - at), at);
      if (got <= 0)
        return std::nullopt;
      hasher.add(std::span(buffer).first(got));
      at += got;
    }
  }
  return hasher.result();
}

namespace {

// Read by the signal handler, so plain words, written before it is installed.
std::atomic<uintptr_t> guardedBegin, guardedEnd;

void onBusError(int signal, siginfo_t *info, void *) {
  auto address = reinterpret_cast<uintptr_t>(info->si_addr);
  if (address < guardedBegin || address >= guardedEnd) {
    // Not ours: the instruction runs again and the signal has its usual effect.
    std::signal(signal, SIG_DFL);
    return;
  }
  constexpr char text[] = "error: a part of this file's model data cannot be read; the file was "
                          "truncated or its disk failed; copy it again\n";
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);
  exitAtOnce(StatusCode::Damaged);
}

} // namespace

void tenon::rt::exitWhenUnreadable(std::span<const std::byte> segment) {
  guardedBegin = reinterpret_cast<uintptr_t>(segment.data());
  guardedEnd = reinterpret_cast<uintptr_t>(segment.data() + segment.size());
  struct sigaction action = {};
  action.sa_sigaction = onBusError;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, nullptr);
}
