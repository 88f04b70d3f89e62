//===- ChildProcess.cpp - Runs a program and reads what it says -----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Not llvm::sys::ExecuteAndWait: it needs files for what the program says,
// which a kill would leave behind, and tells a program that cannot be executed
// by a number only. A second pipe, closed by a successful exec, carries the
// error of one that fails.
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/ChildProcess.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tenon {

using rt::Status;
using rt::StatusCode;

namespace {
/// Two ends, closed with this object unless that happened before.
struct Pipe {
  int read = -1, write = -1;

  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) == 0)
      read = ends[0], write = ends[1];
  }
  Pipe(const Pipe &) = delete;
  ~Pipe() {
    closeWrite();
    if (read >= 0)
      close(read);
  }
  void closeWrite() {
    if (write >= 0)
      close(write);
    write = -1;
  }
  std::string readAll() {
    std::string text;
    char piece[4096];
    while (true) {
      ssize_t got = ::read(read, piece, sizeof piece);
      if (got > 0)
        text.append(piece, got);
      else if (got == 0 || errno != EINTR)
        return text;
    }
  }
};
} // namespace

/// In the child: becomes the program, or writes errno to `failed`.
[[noreturn]] static void becomeProgram(const char *path, char *const *arguments, pid_t parent,
                                       const Pipe &said, const Pipe &failed) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  // A parent that ended before the line above sends no signal any more.
  if (getppid() == parent && nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
      dup2(said.write, STDOUT_FILENO) >= 0 && dup2(said.write, STDERR_FILENO) >= 0)
    execv(path, arguments);
  int error = errno;
  (void)!write(failed.write, &error, sizeof error);
  _exit(127);
}

static Status cannotExecute(int error) {
  return Status::failure(StatusCode::InputOutput, "{}", std::strerror(error));
}

rt::Expected<ChildResult> runChild(const std::string &path,
                                   const std::vector<std::string> &arguments) {
  std::vector<char *> pointers;
  for (const std::string &argument : arguments)
    pointers.push_back(const_cast<char *>(argument.c_str()));
  pointers.push_back(nullptr);
  Pipe said, failed;
  if (said.read < 0 || failed.read < 0)
    return cannotExecute(errno);
  pid_t parent = getpid();
  pid_t child = fork();
  if (child < 0)
    return cannotExecute(errno);
  if (child == 0)
    becomeProgram(path.c_str(), pointers.data(), parent, said, failed);
  said.closeWrite();
  failed.closeWrite();
  ChildResult result;
  result.output = said.readAll();
  std::string failure = failed.readAll();
  int state = 0;
  while (waitpid(child, &state, 0) < 0)
    if (errno != EINTR)
      return cannotExecute(errno);
  int error = 0;
  if (failure.size() == sizeof error) {
    std::memcpy(&error, failure.data(), sizeof error);
    return cannotExecute(error);
  }
  result.signal = WIFSIGNALED(state) ? WTERMSIG(state) : 0;
  result.exitCode = WIFEXITED(state) ? WEXITSTATUS(state) : 0;
  return result;
}

} // namespace tenon
