//===- Process.cpp - How a tool begins and ends ---------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/Process.h"

#include "importers/Diagnostics/QuotedText.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cxxabi.h>
#include <exception>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <typeinfo>
#include <unistd.h>

using namespace tenon;
using rt::StatusCode;

static const char *toolName = "tenon";

/// Opens the standard descriptors that the caller has closed, so that no file
/// gets one of their numbers. Not LLVM's FixupStandardFileDescriptors: what is
/// printed would be lost without a word. Standard input and output are opened
/// for the other direction, where using them is an error; messages may be lost.
static void openStandardDescriptors() {
  constexpr int directions[] = {O_WRONLY, O_RDONLY, O_RDWR};
  for (int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(descriptor, F_GETFD) < 0)
      (void)!open("/dev/null", directions[descriptor]); // takes the lowest free number
}

/// What is said where nothing can be made any more.
static std::string noMemoryText;

static void say(llvm::StringRef text) { (void)!write(STDERR_FILENO, text.data(), text.size()); }

/// Whether somebody has said so.
static std::atomic<bool> isNoMemoryTold = false;

/// What malloc asks of the system for a thread that begins to allocate: with less
/// than that, allocations fail soon, of one thread or the other.
static constexpr size_t arenaBytes = 64u << 20;

bool tenon::isMemoryUsedUp() {
  if (isNoMemoryTold)
    return true;
  void *memory = mmap(nullptr, arenaBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return true;
  munmap(memory, arenaBytes);
  return false;
}

/// Nothing can be made here. A thread that cannot be started lacks memory for its
/// stack, or its number.
void tenon::endWithoutMemory() {
  if (!isNoMemoryTold.exchange(true))
    say(noMemoryText);
  llvm::sys::RunInterruptHandlers(); // removes unfinished files
  _exit(static_cast<int>(StatusCode::MachineUnsupported));
}

/// Called by LLVM before it ends the process for `reason`.
static void handleFatalError(void *, const char *reason, bool) {
  if (llvm::StringRef(reason).starts_with("pthread_create failed"))
    endWithoutMemory();
  say("LLVM ERROR: ");
  say(reason);
  say("\n");
}

/// The standard library throws what code without exceptions cannot catch.
static void handleTerminate() {
  const std::type_info *type = abi::__cxa_current_exception_type();
  llvm::StringRef name = type ? type->name() : "";
  if (name == "St9bad_alloc" || name == "St12system_error") // of std::thread
    endWithoutMemory();
  std::abort();
}

int tenon::tellFailure(const rt::Status &status) {
  if (!status && !status.message().empty())
    llvm::errs() << toolName << ": error: " << printable(status.message()) << "\n";
  return status.exitCode();
}

int tenon::deliverOutput(int code) {
  llvm::raw_fd_ostream &stream = llvm::outs();
  stream.flush();
  if (!stream.has_error())
    return code;
  llvm::errs() << toolName << ": error: cannot write standard output: " << stream.error().message()
               << "; make room or write to another file\n";
  stream.clear_error();
  return code != 0 ? code : static_cast<int>(StatusCode::InputOutput);
}

/// raw_ostream would end the process by an error of LLVM where it cannot write.
/// The command line's --help and --version end it without coming back to main.
static void deliverAtExit() {
  int code = deliverOutput(0);
  auto &errors = static_cast<llvm::raw_fd_ostream &>(llvm::errs());
  errors.clear_error(); // where messages go nobody can be told
  if (code != 0)
    _exit(code);
}

void tenon::beginProcess(const char *tool) {
  toolName = tool;
  noMemoryText = std::string(tool) + ": error: the system gives no more memory or threads; give "
                                     "this process more (ulimit -v and -u, the limits of its "
                                     "container), or compile for one --target at a time\n";
  openStandardDescriptors();
  llvm::outs(), llvm::errs(); // made before the next line, and so destroyed after it
  std::atexit(deliverAtExit);
  ::signal(SIGXFSZ, SIG_IGN);
  llvm::install_bad_alloc_error_handler([](void *, const char *, bool) { endWithoutMemory(); });
  llvm::install_fatal_error_handler(handleFatalError);
  std::set_terminate(handleTerminate);
}
