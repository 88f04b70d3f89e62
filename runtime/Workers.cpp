//===- Workers.cpp - The team of threads that runs a step -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything waits in one way: a 64-bit count grows, a thread waits until it
// has reached a target. For a barrier of n threads the k-th arrival waits for
// the next multiple of n:
//
//   arrivals   1 2 3 | 4 5 6 | ...      n = 3
//   waits for  3 3 3   6 6 6
//
// The count never goes back, so there is no sense to flip, and a thread that
// was not running while others went on still sees that its target is reached.
//
// A wait spins with PAUSE for at most 50 us and then sleeps by futex on the
// low half of the count. Between two phases of a step the others come within
// a few microseconds and the spin is all (70 ns for two threads on a busy
// team). When another worker lost its CPU, to a quota, to a second instance
// or because there are more workers than CPUs, the sleep gives the CPU to
// whoever can go on. A sleeper announces itself before it looks at the count
// for the last time, and the last to arrive looks for sleepers after it has
// counted; both are sequentially consistent, so one sees the other.
//
//===----------------------------------------------------------------------===//

#include "Workers.h"

#include <climits>
#include <csignal>
#include <cstring>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace tenon::rt {

/// A sleep and a wake cost 5 to 50 us; to spin longer than that wastes more
/// than it can save.
static constexpr int64_t longestSpinNs = 50'000;
/// PAUSE takes 40 to 140 cycles, so the clock is read every 1 to 2 us.
static constexpr int pausesPerClockRead = 32;
/// Generated code keeps tiles in registers and scratch, not on the stack.
static constexpr size_t workerStackBytes = 1u << 20;

static int64_t nowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t(1'000'000'000) + now.tv_nsec;
}

/// The half of a 64-bit count that changes, for the kernel to compare.
static uint32_t *lowHalf(std::atomic<uint64_t> &count) {
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
  return reinterpret_cast<uint32_t *>(&count);
}

void Milestone::wake() {
  if (sleepers.load() != 0)
    syscall(SYS_futex, lowHalf(count), FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

bool Milestone::spinFor(uint64_t target) const {
  if (spinNs == 0)
    return count.load() >= target;
  int64_t deadline = 0;
  do {
    for (int i = 0; i < pausesPerClockRead; ++i) {
      if (count.load(std::memory_order_acquire) >= target)
        return true;
      __builtin_ia32_pause();
    }
    if (deadline == 0)
      deadline = nowNs() + spinNs;
  } while (nowNs() < deadline);
  return false;
}

void Milestone::waitFor(uint64_t target) {
  if (spinFor(target))
    return;
  sleepers.fetch_add(1);
  uint64_t seen;
  while ((seen = count.load()) < target)
    syscall(SYS_futex, lowHalf(count), FUTEX_WAIT_PRIVATE, static_cast<uint32_t>(seen), nullptr,
            nullptr, 0);
  sleepers.fetch_sub(1);
}

void Barrier::wait() {
  uint64_t arrival = arrivals.add();
  uint64_t target = (arrival + threads - 1) / threads * threads;
  if (arrival == target)
    arrivals.wake();
  else
    arrivals.waitFor(target);
}

WorkersConfig WorkersConfig::forMachine(const MachineLimits &limits, int wantedCount) {
  WorkersConfig config;
  config.count = wantedCount > 0 ? wantedCount : limits.workerCount();
  // Pinned workers cannot be moved away from a CPU that something else uses,
  // so pin only when there is nowhere to move to and no quota stops them.
  if (config.count > 1 && config.count == std::ssize(limits.cpus) && !limits.quotaBinds())
    config.pinTo = limits.cpus;
  // With more workers than CPUs a spinning one keeps another from running.
  config.spinNs = config.count > std::ssize(limits.cpus) ? 0 : longestSpinNs;
  return config;
}

/// A pin is a wish: where the system refuses, the thread runs anywhere.
static void pinThisThread(int cpu) {
  cpu_set_t *mask = CPU_ALLOC(cpu + 1);
  size_t bytes = CPU_ALLOC_SIZE(cpu + 1);
  CPU_ZERO_S(bytes, mask);
  CPU_SET_S(cpu, bytes, mask);
  (void)sched_setaffinity(0, bytes, mask);
  CPU_FREE(mask);
}

Workers::Workers(const WorkersConfig &config)
    : config(config), barrier(config.count, config.spinNs), published(config.spinNs),
      finished(config.spinNs) {}

Expected<std::unique_ptr<Workers>> Workers::start(const WorkersConfig &config) {
  assert(config.count >= 1 && "a team without workers");
  std::unique_ptr<Workers> team(new Workers(config));
  team->members.reserve(config.count); // members are addressed by their threads
  for (int64_t worker = 1; worker < config.count; ++worker)
    if (Status status = team->startMember(worker); !status)
      return status;
  if (!config.pinTo.empty())
    pinThisThread(config.pinTo[0]);
  return team;
}

Status Workers::startMember(int64_t worker) {
  members.push_back({this, worker, {}});
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, workerStackBytes);
  // Signals are for the main thread: a new thread inherits the mask.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&members.back().thread, &attributes, memberMain, &members.back());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error == 0)
    return Status::ok();
  members.pop_back();
  return Status::failure(StatusCode::MachineUnsupported,
                         "worker {} of {} could not be started: {}; use --threads={}", worker + 1,
                         config.count, strerror(error), worker);
}

Workers::~Workers() {
  ending = true;
  published.add();
  published.wake();
  for (Member &member : members)
    pthread_join(member.thread, nullptr);
}

void *Workers::memberMain(void *argument) {
  Member *member = static_cast<Member *>(argument);
  const std::vector<int> &pinTo = member->team->config.pinTo;
  if (!pinTo.empty())
    pinThisThread(pinTo[member->worker]);
  member->team->serve(member->worker);
  return nullptr;
}

void Workers::serve(int64_t worker) {
  for (uint64_t step = 1;; ++step) {
    published.waitFor(step);
    if (ending)
      return;
    currentStep(currentArguments, worker, config.count);
    if (finished.add() == step * (config.count - 1))
      finished.wake();
  }
}

void Workers::run(StepFunction step, StepArguments &arguments) {
  arguments.barrier = &barrier;
  currentStep = step;
  currentArguments = &arguments;
  ++steps;
  if (config.count > 1) {
    published.add();
    published.wake();
  }
  step(&arguments, 0, config.count);
  if (config.count > 1)
    finished.waitFor(steps * (config.count - 1));
}

} // namespace tenon::rt

extern "C" void tenon_barrier(void *barrier) { static_cast<tenon::rt::Barrier *>(barrier)->wait(); }
