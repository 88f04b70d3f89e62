//===- SelfFile.cpp - The file that this code was loaded from -------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SelfFile.h"

#include <atomic>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <link.h>
#include <optional>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace tenon::rt;

namespace {

/// What the loader knows of the object that holds an address.
struct LoadedObject {
  uintptr_t address;                  ///< in: an address inside the object
  const char *path = nullptr;         ///< of a library; empty for the executable
  const ElfW(Ehdr) *header = nullptr; ///< the mapped ELF header
  uint64_t fileBytesNeeded = 0;       ///< end of the last segment in the file
};

/// Fills the LoadedObject at `data` when `info` is the object it asks for.
int findObject(dl_phdr_info *info, size_t, void *data) {
  auto &object = *static_cast<LoadedObject *>(data);
  bool isInside = false;
  const ElfW(Ehdr) *header = nullptr;
  uint64_t end = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr) &segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD)
      continue;
    uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    isInside |= object.address >= begin && object.address - begin < segment.p_memsz;
    if (segment.p_offset == 0)
      header = reinterpret_cast<const ElfW(Ehdr) *>(begin);
    end = std::max<uint64_t>(end, segment.p_offset + segment.p_filesz);
  }
  if (!isInside)
    return 0;
  object.path = info->dlpi_name;
  object.header = header;
  object.fileBytesNeeded = end;
  return 1;
}

/// The size of the file at `path`, if that is the file `object` came from: its
/// ELF header is the one in memory.
std::optional<uint64_t> sizeIfSame(const char *path, const LoadedObject &object) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return std::nullopt;
  std::optional<uint64_t> sizeBytes;
  struct stat info;
  ElfW(Ehdr) header;
  if (fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode) &&
      pread(descriptor, &header, sizeof(header), 0) == ssize_t(sizeof(header)) &&
      std::memcmp(&header, object.header, sizeof(header)) == 0)
    sizeBytes = info.st_size;
  close(descriptor);
  return sizeBytes;
}

std::optional<uint64_t> fileSize(const LoadedObject &object) {
  if (object.path && *object.path)
    return sizeIfSame(object.path, object);
  if (auto sizeBytes = sizeIfSame("/proc/self/exe", object))
    return sizeBytes;
  auto *name = reinterpret_cast<const char *>(getauxval(AT_EXECFN));
  return name ? sizeIfSame(name, object) : std::nullopt;
}

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
  _exit(static_cast<int>(StatusCode::Damaged));
}

} // namespace

Status tenon::rt::checkOwnFileHolds(std::span<const std::byte> segment) {
  LoadedObject object{.address = reinterpret_cast<uintptr_t>(segment.data())};
  dl_iterate_phdr(findObject, &object);
  if (!object.header)
    return Status::ok();
  std::optional<uint64_t> sizeBytes = fileSize(object);
  if (!sizeBytes || *sizeBytes >= object.fileBytesNeeded)
    return Status::ok();
  return Status::failure(StatusCode::Damaged,
                         "this file has {} bytes and needs {}; it was truncated; copy it again",
                         *sizeBytes, object.fileBytesNeeded);
}

void tenon::rt::exitWhenUnreadable(std::span<const std::byte> segment) {
  guardedBegin = reinterpret_cast<uintptr_t>(segment.data());
  guardedEnd = reinterpret_cast<uintptr_t>(segment.data() + segment.size());
  struct sigaction action = {};
  action.sa_sigaction = onBusError;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, nullptr);
}
