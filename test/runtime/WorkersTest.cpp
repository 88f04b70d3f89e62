//===- WorkersTest.cpp - The team and its barrier -------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Workers.h"

#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>

using namespace tenon::rt;

static std::unique_ptr<Workers> team(int count, int64_t spinNs) {
  WorkersConfig config;
  config.count = count;
  config.spinNs = spinNs;
  auto workers = Workers::start(config);
  EXPECT_TRUE(workers);
  return std::move(*workers);
}

/// Values that a step passes from worker to worker; no lock but the barrier.
struct Ring {
  std::vector<int64_t> values;
  int64_t rounds;
  int64_t sleeper = -1; ///< this worker is late in every round
};

/// Each round every worker adds one to the value of its left neighbour. After
/// n rounds all values are n, if no worker runs ahead.
static void turnRing(const StepArguments *step, int64_t worker, int64_t workers) {
  auto *ring = const_cast<Ring *>(reinterpret_cast<const Ring *>(step->weights));
  for (int64_t round = 0; round < ring->rounds; ++round) {
    int64_t left = ring->values[(worker + workers - 1) % workers];
    if (worker == ring->sleeper)
      usleep(200);
    tenon_barrier(step->barrier);
    ring->values[worker] = left + 1;
    tenon_barrier(step->barrier);
  }
}

static void runRing(Workers &workers, Ring &ring) {
  StepArguments arguments = {};
  arguments.weights = reinterpret_cast<const std::byte *>(&ring);
  workers.run(turnRing, arguments);
}

class TeamOf : public testing::TestWithParam<std::tuple<int, int64_t>> {};

TEST_P(TeamOf, BarrierSeparatesPhases) {
  auto [count, spinNs] = GetParam();
  auto workers = team(count, spinNs);
  Ring ring{std::vector<int64_t>(count), 2000};
  runRing(*workers, ring);
  EXPECT_EQ(ring.values, std::vector<int64_t>(count, ring.rounds));
}

TEST_P(TeamOf, ManyShortStepsFollowEachOther) {
  auto [count, spinNs] = GetParam();
  auto workers = team(count, spinNs);
  Ring ring{std::vector<int64_t>(count), 1};
  for (int step = 0; step < 1000; ++step)
    runRing(*workers, ring);
  EXPECT_EQ(ring.values, std::vector<int64_t>(count, 1000));
}

TEST_P(TeamOf, LateWorkerIsWaitedFor) {
  auto [count, spinNs] = GetParam();
  auto workers = team(count, spinNs);
  for (int64_t sleeper = 0; sleeper < count; ++sleeper) {
    Ring ring{std::vector<int64_t>(count), 20, sleeper};
    runRing(*workers, ring);
    EXPECT_EQ(ring.values, std::vector<int64_t>(count, 20));
  }
}

INSTANTIATE_TEST_SUITE_P(Workers, TeamOf,
                         testing::Combine(testing::Values(1, 2, 3, 7),
                                          testing::Values<int64_t>(0, 50'000)));

static int64_t cpuTimeUs() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * int64_t(1'000'000) +
         usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

TEST(Workers, IdleTeamCostsNothing) {
  auto workers = team(4, 50'000);
  Ring ring{std::vector<int64_t>(4), 1};
  runRing(*workers, ring);
  usleep(10'000);
  int64_t before = cpuTimeUs();
  usleep(300'000);
  int64_t used = cpuTimeUs() - before;
  RecordProperty("idle_cpu_us", static_cast<int>(used));
  EXPECT_LT(used, 100'000) << "three workers that spin use 900,000";
}

TEST(Workers, UnusedTeamEnds) { team(5, 50'000).reset(); }

TEST(Workers, SignalsStayWithTheMainThread) {
  auto workers = team(3, 0);
  StepArguments arguments = {};
  workers->run(
      [](const StepArguments *, int64_t worker, int64_t) {
        sigset_t mask;
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        EXPECT_EQ(sigismember(&mask, SIGINT), worker != 0);
      },
      arguments);
}

TEST(Workers, PinnedWorkersRunWhereTheyMust) {
  MachineLimits limits = MachineLimits::read();
  limits.quotaMilliCpus = noLimit;
  if (limits.cpus.size() < 2)
    GTEST_SKIP() << "one CPU only";
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  WorkersConfig config = WorkersConfig::forMachine(limits, 0);
  auto workers = Workers::start(config);
  ASSERT_TRUE(workers);
  StepArguments arguments = {};
  arguments.weights = reinterpret_cast<const std::byte *>(config.pinTo.data());
  (*workers)->run(
      [](const StepArguments *step, int64_t worker, int64_t) {
        tenon_barrier(step->barrier); // each has pinned itself before it came here
        EXPECT_EQ(sched_getcpu(), reinterpret_cast<const int *>(step->weights)[worker]);
      },
      arguments);
  sched_setaffinity(0, sizeof before, &before);
}

#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
static constexpr bool sanitizerNeedsAddresses = true;
#else
static constexpr bool sanitizerNeedsAddresses = false;
#endif

TEST(Workers, RefusedThreadIsAnErrorThatSaysWhatToDo) {
  if (sanitizerNeedsAddresses)
    GTEST_SKIP() << "the sanitizer itself fails without address space";
  rlimit before;
  getrlimit(RLIMIT_AS, &before);
  rlimit small = {before.rlim_cur, before.rlim_max};
  small.rlim_cur = 1; // no more address space: no stack
  setrlimit(RLIMIT_AS, &small);
  WorkersConfig config;
  config.count = 300;
  auto workers = Workers::start(config);
  setrlimit(RLIMIT_AS, &before);
  ASSERT_FALSE(workers);
  EXPECT_EQ(workers.status().code(), StatusCode::MachineUnsupported);
  EXPECT_NE(workers.status().message().find(" of 300 could not be started: "), std::string::npos);
  EXPECT_NE(workers.status().message().find("; use --threads="), std::string::npos);
}
