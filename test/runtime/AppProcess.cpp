//===- AppProcess.cpp - Runs the fake file as a user does -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AppProcess.h"

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <fcntl.h>
#include <iterator>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace tenon::test {

/// Bounds a hang; nothing here takes a hundredth of it.
static constexpr int hangMs = 60'000;

namespace {
struct Pipe {
  int readEnd = -1, writeEnd = -1;
};
} // namespace

static Pipe makePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    abort();
  return {ends[0], ends[1]};
}

/// A pair of a terminal (the write end) and what is seen on it.
static Pipe makeTerminal() {
  Pipe pair;
  pair.readEnd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (pair.readEnd < 0 || grantpt(pair.readEnd) || unlockpt(pair.readEnd))
    abort();
  pair.writeEnd = open(ptsname(pair.readEnd), O_RDWR | O_NOCTTY | O_CLOEXEC);
  // What is seen is what was written, and nothing of what was typed.
  termios settings;
  tcgetattr(pair.writeEnd, &settings);
  settings.c_oflag &= ~tcflag_t(OPOST);
  settings.c_lflag &= ~tcflag_t(ECHO);
  tcsetattr(pair.writeEnd, TCSANOW, &settings);
  return pair;
}

/// The ends of a pipe that does not block its writers and holds little.
static Pipe makeNonBlockingPipe() {
  Pipe pipe = makePipe();
  fcntl(pipe.writeEnd, F_SETPIPE_SZ, 4096);
  fcntl(pipe.writeEnd, F_SETFL, O_NONBLOCK);
  return pipe;
}

/// Makes every open of a file without a name fail, as some file systems do.
static void refuseNamelessFiles() {
  // The flags are the third argument of openat; O_TMPFILE is two bits, of which
  // O_DIRECTORY is one.
  constexpr uint32_t flags = offsetof(seccomp_data, args) + 2 * sizeof(uint64_t);
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, flags),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, O_TMPFILE),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, O_TMPFILE, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog program = {std::size(filter), filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    _exit(98);
}

static void limit(__rlimit_resource_t resource, int64_t bytes) {
  rlimit value = {static_cast<rlim_t>(bytes), static_cast<rlim_t>(bytes)};
  if (bytes >= 0)
    setrlimit(resource, &value);
}

[[noreturn]] static void becomeApp(const AppStart &start, int in, int out, int err) {
  dup2(in, 0);
  dup2(out, 1);
  dup2(err, 2);
  if (!start.inputFile.empty())
    dup2(open(start.inputFile.c_str(), O_RDONLY), 0);
  if (!start.outputFile.empty())
    dup2(open(start.outputFile.c_str(), O_WRONLY), 1);
  for (int descriptor : start.closed)
    close(descriptor);
  limit(RLIMIT_FSIZE, start.fileLimit);
  limit(RLIMIT_AS, start.addressLimit);
  if (start.noNamelessFiles)
    refuseNamelessFiles();
  for (const auto &[name, value] : start.environment)
    setenv(name.c_str(), value.c_str(), 1);
  std::vector<char *> arguments{const_cast<char *>("fake")};
  for (const std::string &argument : start.arguments)
    arguments.push_back(const_cast<char *>(argument.c_str()));
  arguments.push_back(nullptr);
  execv(TENON_FAKE_APP, arguments.data());
  _exit(99);
}

AppProcess::AppProcess(const AppStart &start) : isInputTerminal(start.terminalInput) {
  signal(SIGPIPE, SIG_IGN);
  Pipe in = start.terminalInput ? makeTerminal() : makePipe();
  if (start.terminalInput)
    std::swap(in.readEnd, in.writeEnd); // the process has the terminal
  Pipe err = start.terminalError ? makeTerminal() : makePipe();
  Pipe out = start.terminalOutput      ? makeTerminal()
             : start.nonBlockingOutput ? makeNonBlockingPipe()
                                       : makePipe();
  pid = fork();
  if (pid == 0)
    becomeApp(start, in.readEnd, out.writeEnd, err.writeEnd);
  close(in.readEnd);
  close(out.writeEnd);
  close(err.writeEnd);
  input = in.writeEnd;
  output = out.readEnd;
  error = err.readEnd;
  type(start.input);
  if (!start.keepInputOpen)
    endInput();
}

AppProcess::~AppProcess() {
  if (pid >= 0)
    (void)finish();
}

void AppProcess::type(const std::string &text) {
  if (write(input, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    endInput(); // it may have ended before it read all
}

void AppProcess::endInput() {
  if (input < 0)
    return;
  if (isInputTerminal)
    (void)!write(input, "\x04", 1);
  else
    close(std::exchange(input, -1));
}

void AppProcess::interrupt() { kill(pid, SIGINT); }
void AppProcess::terminate() { kill(pid, SIGTERM); }

/// Appends what is there; closes the descriptor at its end.
static void readSome(int &descriptor, std::string &text) {
  char buffer[65536];
  ssize_t got = read(descriptor, buffer, sizeof buffer);
  if (got > 0)
    text.append(buffer, static_cast<size_t>(got));
  else
    close(std::exchange(descriptor, -1)); // a terminal ends by an error
}

bool AppProcess::readMore(int timeoutMs) {
  if (output < 0 && error < 0)
    return false;
  pollfd sources[] = {{output, POLLIN, 0}, {error, POLLIN, 0}};
  if (poll(sources, 2, timeoutMs) <= 0) {
    kill(pid, SIGKILL);
    return false;
  }
  if (sources[0].revents)
    readSome(output, result.out);
  if (sources[1].revents)
    readSome(error, result.err);
  return true;
}

bool AppProcess::waitFor(const std::string &in, const std::string &text) {
  while (in.find(text) == std::string::npos)
    if (!readMore(hangMs))
      return false;
  return true;
}

bool AppProcess::waitForOutput(const std::string &text) { return waitFor(result.out, text); }
bool AppProcess::waitForError(const std::string &text) { return waitFor(result.err, text); }

AppResult AppProcess::finish() {
  endInput();
  while (readMore(hangMs)) {
  }
  int status = 0;
  waitpid(std::exchange(pid, -1), &status, 0);
  if (input >= 0)
    close(std::exchange(input, -1));
  result.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

AppResult runApp(std::vector<std::string> arguments, std::string input,
                 std::vector<std::pair<std::string, std::string>> environment) {
  AppStart start;
  start.arguments = std::move(arguments);
  start.input = std::move(input);
  start.environment = std::move(environment);
  return AppProcess(start).finish();
}

} // namespace tenon::test
