//===- QuotaTest.cpp - Quotas of CPU time and two instances at once -------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each case runs the team in a process of its own, inside a control group
// that the test makes, and counts the rounds of work that it gets done. What
// a round takes is measured just before by one worker without quota. A case
// fails when a team hangs, or when it gets in none of some tries a part of its
// fair share that is left even on a machine that is busy with other things: a
// team whose workers wait for each other wrongly gets a hundredth.
//
//===----------------------------------------------------------------------===//

#include "runtime/Workers.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <poll.h>
#include <string>
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

/// A control group with a quota, made by quota-group.sh; removed at the end.
class QuotaGroup {
public:
  explicit QuotaGroup(int milliCpus) {
    std::string command = "sh " TENON_QUOTA_GROUP " " + std::to_string(milliCpus) + " 100000 2>&1";
    FILE *script = popen(command.c_str(), "r");
    char line[4096] = "";
    if (script && fgets(line, sizeof line, script))
      answer = std::string(line, strcspn(line, "\n"));
    made = script && pclose(script) == 0;
  }
  ~QuotaGroup() {
    if (made)
      rmdir(answer.c_str());
  }
  bool isMade() const { return made; }
  std::string whyNot() const { return answer; }
  bool join() const {
    std::ofstream stream(answer + "/cgroup.procs");
    stream << getpid() << std::flush;
    return stream.good();
  }

private:
  std::string answer; ///< the path, or why there is none
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

/// What one CPU does alone now.
double oneCpu() { return Instance(nullptr, 1).finish().phasesPerSecond; }

int cpuCount() { return static_cast<int>(MachineLimits::read().cpus.size()); }

/// What a team gets done must reach this part of what its fair share of CPUs
/// would do. It is small, as these phases are: a team of two spends its time at
/// barriers and does 0.1 of its share on a quiet machine.
constexpr double leastPart = 0.03;

/// Expects that `run` does, in one of some tries, the least part of what
/// `fairCpus` CPUs do.
void expectShare(const std::string &what, double fairCpus, const std::function<Outcome()> &run) {
  constexpr int tries = 6;
  double best = 0;
  for (int i = 0; i < tries && best < leastPart * fairCpus; ++i) {
    double alone = oneCpu();
    Outcome outcome = run();
    double cpus = outcome.phasesPerSecond / alone;
    std::printf("%s: %d workers do the work of %.2f CPUs\n", what.c_str(), outcome.workers, cpus);
    best = std::max(best, cpus);
  }
  testing::Test::RecordProperty("cpus_worth", std::to_string(best));
  EXPECT_GE(best, leastPart * fairCpus) << what;
}

class Quota : public testing::TestWithParam<int> {};

} // namespace

TEST_P(Quota, TeamFitsItAndGetsItsShare) {
  int milliCpus = GetParam();
  QuotaGroup group(milliCpus);
  if (!group.isMade())
    GTEST_SKIP() << group.whyNot();
  int workers = std::min(cpuCount(), std::max(1, milliCpus / 1000));
  expectShare("quota of " + std::to_string(milliCpus) + "/1000",
              std::min<double>(workers, milliCpus / 1000.0), [&] {
                Outcome outcome = Instance(&group, 0).finish();
                EXPECT_EQ(outcome.workers, workers);
                return outcome;
              });
}

TEST_P(Quota, MoreWorkersThanItPaysForStillGoOn) {
  int milliCpus = GetParam();
  QuotaGroup group(milliCpus);
  if (!group.isMade())
    GTEST_SKIP() << group.whyNot();
  expectShare("quota of " + std::to_string(milliCpus) + "/1000, three workers",
              std::min<double>({3, double(cpuCount()), milliCpus / 1000.0}), [&] {
                Outcome outcome = Instance(&group, 3).finish();
                EXPECT_EQ(outcome.workers, 3);
                return outcome;
              });
}

INSTANTIATE_TEST_SUITE_P(Workers, Quota, testing::Values(500, 1000, 1500, 2000));

TEST(Instances, TwoAtOnceBothGetTheirShare) {
  expectShare("the slower of two instances", cpuCount() / 2.0, [] {
    Instance first(nullptr, 0), second(nullptr, 0);
    Outcome outcomes[] = {first.finish(), second.finish()};
    return outcomes[outcomes[1].phasesPerSecond < outcomes[0].phasesPerSecond];
  });
}

TEST(Instances, MoreWorkersThanCpusGoOn) {
  expectShare("four workers for each CPU", cpuCount(),
              [] { return Instance(nullptr, 4 * cpuCount()).finish(); });
}
