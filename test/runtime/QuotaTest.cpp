//===- QuotaTest.cpp - Quotas of CPU time and two instances at once -----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each case runs the team in a process of its own, inside a control group
// that the test makes, and counts the rounds of work that it gets done. What
// a round takes is measured by one worker without quota. Shares are printed
// and recorded; only a hang fails, because the machine may be busy with other
// things.
//
//===----------------------------------------------------------------------===//

#include "runtime/Workers.h"

#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <gtest/gtest.h>

using namespace tenon::rt;

static constexpr int64_t runNs = 600'000'000;
static constexpr int hangMs = 60'000;

static int64_t nowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t(1'000'000'000) + now.tv_nsec;
}

/// About 20 us of work on a free CPU.
static void workABit() {
  volatile uint64_t value = 1;
  for (int i = 0; i < 10'000; ++i)
    value = value * 3 + 1;
}

/// A step of phases as decode has them.
static void twentyPhases(const StepArguments *step, int64_t, int64_t) {
  for (int phase = 0; phase < 20; ++phase) {
    workABit();
    tenon_barrier(step->barrier);
  }
}

namespace {

/// What a process got done.
struct Outcome {
  int workers = 0;
  double phasesPerSecond = 0; ///< of all workers together
};

/// A group of version 1 with a quota; removed at the end.
class QuotaGroup {
public:
  explicit QuotaGroup(int64_t milliCpus) {
    path = "/sys/fs/cgroup/cpu/tenon-test-" + std::to_string(getpid());
    made = mkdir(path.c_str(), 0755) == 0 && write("cpu.cfs_period_us", 100'000) &&
           write("cpu.cfs_quota_us", milliCpus * 100);
  }
  ~QuotaGroup() { rmdir(path.c_str()); }
  bool isMade() const { return made; }
  bool join() const { return write("cgroup.procs", getpid()); }

private:
  bool write(const char *file, int64_t value) const {
    std::ofstream stream(path + "/" + file);
    stream << value << std::flush;
    return stream.good();
  }
  std::string path;
  bool made;
};

/// A process that runs a team for a while.
class Instance {
public:
  /// Starts it in `group`, if given, with `workers` or as many as suit.
  Instance(const QuotaGroup *group, int workers) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
      if (group && !group->join())
        _exit(1);
      Outcome outcome = runTeam(workers);
      bool written = write(ends[1], &outcome, sizeof outcome) == sizeof outcome;
      _exit(written ? 0 : 1);
    }
    close(ends[1]);
    result = ends[0];
  }

  Outcome finish() {
    Outcome outcome;
    pollfd ready = {result, POLLIN, 0};
    bool inTime = poll(&ready, 1, hangMs) == 1;
    EXPECT_TRUE(inTime) << "the team hangs";
    if (!inTime)
      kill(pid, SIGKILL);
    EXPECT_EQ(read(result, &outcome, sizeof outcome), static_cast<ssize_t>(sizeof outcome));
    close(result);
    waitpid(pid, nullptr, 0);
    return outcome;
  }

private:
  static Outcome runTeam(int workers) {
    WorkersConfig config = WorkersConfig::forMachine(MachineLimits::read(), workers);
    auto team = Workers::start(config);
    if (!team)
      _exit(1);
    StepArguments arguments = {};
    int64_t start = nowNs(), end, steps = 0;
    do {
      (*team)->run(twentyPhases, arguments);
      ++steps;
    } while ((end = nowNs()) < start + runNs);
    return {config.count, static_cast<double>(steps * 20 * config.count) * 1e9 /
                              static_cast<double>(end - start)};
  }

  int pid;
  int result;
};

/// What one CPU does alone, for comparison.
double oneCpu() {
  static const double rate = Instance(nullptr, 1).finish().phasesPerSecond;
  return rate;
}

void tell(const std::string &what, const Outcome &outcome) {
  double cpus = outcome.phasesPerSecond / oneCpu();
  std::printf("%s: %d workers do the work of %.2f CPUs\n", what.c_str(), outcome.workers, cpus);
  testing::Test::RecordProperty("cpus_worth", std::to_string(cpus));
}

class Quota : public testing::TestWithParam<int> {};

} // namespace

TEST_P(Quota, TeamFitsItAndGetsItsShare) {
  int milliCpus = GetParam();
  QuotaGroup group(milliCpus);
  if (!group.isMade())
    GTEST_SKIP() << "no writable cpu controller of version 1 at /sys/fs/cgroup/cpu";
  int cpus = static_cast<int>(MachineLimits::read().cpus.size());
  Outcome outcome = Instance(&group, 0).finish();
  EXPECT_EQ(outcome.workers, std::min(cpus, std::max(1, milliCpus / 1000)));
  EXPECT_GT(outcome.phasesPerSecond, 0);
  tell("quota of " + std::to_string(milliCpus) + "/1000", outcome);
}

TEST_P(Quota, MoreWorkersThanItPaysForStillGoOn) {
  QuotaGroup group(GetParam());
  if (!group.isMade())
    GTEST_SKIP() << "no writable cpu controller of version 1 at /sys/fs/cgroup/cpu";
  Outcome outcome = Instance(&group, 3).finish();
  EXPECT_EQ(outcome.workers, 3);
  EXPECT_GT(outcome.phasesPerSecond, 0);
  tell("quota of " + std::to_string(GetParam()) + "/1000, three workers", outcome);
}

INSTANTIATE_TEST_SUITE_P(Workers, Quota, testing::Values(500, 1000, 1500, 2000));

TEST(Instances, TwoAtOnceBothGoOn) {
  Instance first(nullptr, 0), second(nullptr, 0);
  for (Instance *instance : {&first, &second}) {
    Outcome outcome = instance->finish();
    EXPECT_GT(outcome.phasesPerSecond, 0);
    tell("one of two instances", outcome);
  }
}

TEST(Instances, MoreWorkersThanCpusGoOn) {
  int cpus = static_cast<int>(MachineLimits::read().cpus.size());
  Outcome outcome = Instance(nullptr, 4 * cpus).finish();
  EXPECT_GT(outcome.phasesPerSecond, 0);
  tell("four workers for each CPU", outcome);
}
