//===- Workers.h - The team of threads that runs a step -------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_WORKERS_H
#define TENON_RUNTIME_WORKERS_H

#include "MachineLimits.h"
#include "Status.h"
#include "StepAbi.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <pthread.h>
#include <vector>

namespace tenon::rt {

/// A count that only grows, and that threads can wait for: they spin for at
/// most `spinNs`, then sleep in the kernel.
class Milestone {
public:
  explicit Milestone(int64_t spinNs) : spinNs(spinNs) {}

  /// Adds one and returns the new count. What this thread wrote before is
  /// seen by a thread that waited for that count.
  uint64_t add() { return count.fetch_add(1) + 1; }
  /// Wakes the threads that sleep here, if any.
  void wake();
  /// Returns once the count is `target` or more.
  void waitFor(uint64_t target);

private:
  bool spinFor(uint64_t target) const;

  alignas(64) std::atomic<uint64_t> count{0};
  alignas(64) std::atomic<uint32_t> sleepers{0};
  int64_t spinNs;
};

/// Lets `threads` threads wait for each other, again and again.
class Barrier {
public:
  Barrier(int64_t threads, int64_t spinNs) : threads(threads), arrivals(spinNs) {}
  void wait();

private:
  uint64_t threads;
  Milestone arrivals;
};

/// How many workers there are and how they behave.
struct WorkersConfig {
  int count = 1;
  std::vector<int> pinTo; ///< worker i runs on CPU pinTo[i]; empty: anywhere
  int64_t spinNs = 0;     ///< longest spin before a wait sleeps

  /// What suits this machine; `wantedCount` is 0 or what the user asked for.
  static WorkersConfig forMachine(const MachineLimits &limits, int wantedCount);
};

/// A team of workers. The thread that calls `run` is worker 0; the others
/// sleep between steps and end with the object.
class Workers {
public:
  /// \returns MachineUnsupported when a thread cannot be started.
  static Expected<std::unique_ptr<Workers>> start(const WorkersConfig &config);
  ~Workers();

  int count() const { return config.count; }

  /// Runs one step on all workers and returns when each of them has returned.
  /// Sets `arguments.barrier`.
  void run(StepFunction step, StepArguments &arguments);

private:
  struct Member {
    Workers *team;
    int64_t worker;
    pthread_t thread;
  };

  explicit Workers(const WorkersConfig &config);
  Status startMember(int64_t worker);
  static void *memberMain(void *member);
  void serve(int64_t worker);

  WorkersConfig config;
  Barrier barrier;
  Milestone published; ///< steps handed to the team; one more ends it
  Milestone finished;  ///< returns of workers 1 to count - 1
  uint64_t steps = 0;
  bool ending = false;
  StepFunction currentStep = nullptr;
  const StepArguments *currentArguments = nullptr;
  std::vector<Member> members;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_WORKERS_H
