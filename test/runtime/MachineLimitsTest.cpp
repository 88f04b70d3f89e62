//===- MachineLimitsTest.cpp - Limits from made-up control groups ---------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/MachineLimits.h"
#include "runtime/Workers.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>

#include <gtest/gtest.h>

using namespace tenon::rt;

namespace {

/// A root folder with the files of /proc and /sys that a test names.
class FakeRoot : public testing::Test {
protected:
  FakeRoot() {
    char name[] = "/tmp/tenon-limits-XXXXXX";
    root = mkdtemp(name);
  }
  ~FakeRoot() override { std::filesystem::remove_all(root); }

  void file(const std::string &path, const std::string &text) {
    std::filesystem::create_directories(std::filesystem::path(root + path).parent_path());
    std::ofstream(root + path) << text;
  }
  int64_t quota() const { return MachineLimits::read(root).quotaMilliCpus; }
  int64_t memory() const { return MachineLimits::read(root).availableBytes; }

  std::string root;
};

} // namespace

static constexpr const char *v2Mount =
    "25 1 0:22 / /sys rw - sysfs sysfs rw\n"
    "30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
static constexpr const char *v1Mounts =
    "31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "32 25 0:28 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n"
    "33 25 0:29 / /sys/fs/cgroup/cpuset rw shared:9 - cgroup cgroup rw,cpuset\n";

TEST_F(FakeRoot, WithoutProcAndSysOnlyTheAffinityLimits) {
  MachineLimits limits = MachineLimits::read(root);
  EXPECT_EQ(limits.quotaMilliCpus, noLimit);
  EXPECT_EQ(limits.availableBytes, noLimit);
  EXPECT_GE(limits.cpus.size(), 1u);
  EXPECT_EQ(limits.workerCount(), std::ssize(limits.cpus));
  EXPECT_FALSE(limits.quotaBinds());
}

TEST_F(FakeRoot, Version2TakesTheTightestUpToTheMount) {
  file("/proc/self/cgroup", "0::/a/b/c\n");
  file("/proc/self/mountinfo", v2Mount);
  EXPECT_EQ(quota(), noLimit);
  file("/sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n");
  EXPECT_EQ(quota(), noLimit);
  file("/sys/fs/cgroup/a/cpu.max", "150000 100000\n");
  EXPECT_EQ(quota(), 1500);
  file("/sys/fs/cgroup/a/b/cpu.max", "20000 50000\n");
  EXPECT_EQ(quota(), 400);
  file("/sys/fs/cgroup/cpu.max", "1000 100000\n");
  EXPECT_EQ(quota(), 10);
}

TEST_F(FakeRoot, Version1ReadsQuotaAndPeriod) {
  file("/proc/self/cgroup", "9:name=systemd:/x\n3:cpuset:/\n1:cpu,cpuacct:/job/7\n0::/\n");
  file("/proc/self/mountinfo", v1Mounts);
  file("/sys/fs/cgroup/cpu,cpuacct/job/7/cpu.cfs_quota_us", "-1\n");
  file("/sys/fs/cgroup/cpu,cpuacct/job/7/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), noLimit);
  file("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "250000\n");
  file("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), 2500);
}

TEST_F(FakeRoot, BothVersionsAtOnceLimit) {
  file("/proc/self/cgroup", "1:cpu,cpuacct:/job\n0::/job\n");
  file("/proc/self/mountinfo", std::string(v1Mounts) + v2Mount);
  file("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "300000\n");
  file("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
  file("/sys/fs/cgroup/job/cpu.max", "200000 100000\n");
  EXPECT_EQ(quota(), 2000);
}

TEST_F(FakeRoot, ContainerSeesItsOwnGroupAtTheMount) {
  file("/proc/self/cgroup", "4:cpu:/docker/ab/worker\n");
  file("/proc/self/mountinfo",
       "33 25 0:29 /docker/ab /sys/fs/cgroup/my\\040cpu rw - cgroup cgroup rw,cpu\n");
  file("/sys/fs/cgroup/my cpu/cpu.cfs_quota_us", "70000\n");
  file("/sys/fs/cgroup/my cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), 700);
  file("/sys/fs/cgroup/my cpu/worker/cpu.cfs_quota_us", "60000\n");
  file("/sys/fs/cgroup/my cpu/worker/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), 600);
}

TEST_F(FakeRoot, GroupOutsideTheMountUsesTheMount) {
  file("/proc/self/cgroup", "0::/../elsewhere\n");
  file("/proc/self/mountinfo", v2Mount);
  file("/sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_EQ(quota(), 500);
}

TEST_F(FakeRoot, MalformedFilesDoNotLimit) {
  file("/proc/self/cgroup", "0::/a\nnonsense\n:::\n");
  file("/proc/self/mountinfo", std::string("short\n - \n") + v2Mount);
  for (const char *text :
       {"", "max", "100000", "x y", "100000 0", "-5 100000", "9223372036854775807 1"}) {
    file("/sys/fs/cgroup/a/cpu.max", text);
    EXPECT_EQ(quota(), noLimit) << text;
  }
}

TEST_F(FakeRoot, MemoryIsTheLeastOfGroupAndMachine) {
  file("/proc/meminfo", "MemTotal:       9000 kB\nMemAvailable:   8000 kB\n");
  EXPECT_EQ(memory(), 8000 * 1024);
  file("/proc/self/cgroup", "0::/a\n");
  file("/proc/self/mountinfo", v2Mount);
  file("/sys/fs/cgroup/a/memory.max", "5000000\n");
  file("/sys/fs/cgroup/a/memory.current", "3000000\n");
  EXPECT_EQ(memory(), 2000000);
  // Pages of files are given back when they are needed.
  file("/sys/fs/cgroup/a/memory.stat", "anon 5\ninactive_file 400000\nactive_file 600000\n");
  EXPECT_EQ(memory(), 3000000);
  file("/sys/fs/cgroup/a/memory.max", "max\n");
  EXPECT_EQ(memory(), 8000 * 1024);
}

TEST_F(FakeRoot, MemoryOfVersion1) {
  file("/proc/self/cgroup", "5:memory:/job\n");
  file("/proc/self/mountinfo", v1Mounts);
  file("/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "1000000\n");
  file("/sys/fs/cgroup/memory/job/memory.usage_in_bytes", "1200000\n");
  EXPECT_EQ(memory(), 0);
  file("/sys/fs/cgroup/memory/job/memory.stat", "total_inactive_file 900000\n");
  EXPECT_EQ(memory(), 700000);
}

TEST_F(FakeRoot, AddressSpaceIsWhatTheLimitsOfTheProcessLeave) {
  file("/proc/self/status", "VmSize:\t  1000 kB\nVmData:\t  10 kB\n");
  int64_t asked = int64_t(1) << 46; // more than this test has
  for (auto [resource, used] : {std::pair(RLIMIT_AS, 1000), std::pair(RLIMIT_DATA, 10)}) {
    rlimit before;
    ASSERT_EQ(getrlimit(resource, &before), 0);
    rlimit lower = {rlim_t(asked), before.rlim_max};
    ASSERT_EQ(setrlimit(resource, &lower), 0);
    EXPECT_EQ(MachineLimits::read(root).addressBytes, asked - used * 1024);
    ASSERT_EQ(setrlimit(resource, &before), 0);
  }
}

static MachineLimits limitsOf(int cpus, int64_t quota) {
  MachineLimits limits;
  for (int i = 0; i < cpus; ++i)
    limits.cpus.push_back(2 * i);
  limits.quotaMilliCpus = quota;
  return limits;
}

TEST(WorkersConfig, CountIsTheFloorOfTheQuotaAndAtLeastOne) {
  EXPECT_EQ(limitsOf(4, noLimit).workerCount(), 4);
  EXPECT_EQ(limitsOf(4, 500).workerCount(), 1);
  EXPECT_EQ(limitsOf(4, 1000).workerCount(), 1);
  EXPECT_EQ(limitsOf(4, 1500).workerCount(), 1);
  EXPECT_EQ(limitsOf(4, 2000).workerCount(), 2);
  EXPECT_EQ(limitsOf(4, 9000).workerCount(), 4);
}

TEST(WorkersConfig, PinsOnlyWhenTheMaskIsFullAndNoQuotaBinds) {
  EXPECT_EQ(WorkersConfig::forMachine(limitsOf(3, noLimit), 0).pinTo, (std::vector<int>{0, 2, 4}));
  EXPECT_EQ(WorkersConfig::forMachine(limitsOf(3, 3000), 0).pinTo.size(), 3u);
  EXPECT_TRUE(WorkersConfig::forMachine(limitsOf(3, 2000), 0).pinTo.empty());
  EXPECT_TRUE(WorkersConfig::forMachine(limitsOf(3, 2000), 3).pinTo.empty());
  EXPECT_TRUE(WorkersConfig::forMachine(limitsOf(3, noLimit), 2).pinTo.empty());
  EXPECT_TRUE(WorkersConfig::forMachine(limitsOf(3, noLimit), 4).pinTo.empty());
  EXPECT_TRUE(WorkersConfig::forMachine(limitsOf(1, noLimit), 0).pinTo.empty());
}

TEST(WorkersConfig, MoreWorkersThanCpusDoNotSpin) {
  EXPECT_EQ(WorkersConfig::forMachine(limitsOf(2, noLimit), 3).spinNs, 0);
  EXPECT_GT(WorkersConfig::forMachine(limitsOf(2, noLimit), 2).spinNs, 0);
}
