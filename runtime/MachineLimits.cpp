//===- MachineLimits.cpp - What this process may use of its machine -------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// /proc/self/cgroup says in which group of each hierarchy the process is, as
// lines `id:controllers:path`; version 2 is the line without controllers.
// /proc/self/mountinfo says where a hierarchy is mounted, and which of its
// directories is the root of that mount (in a container often the container's
// own group). A limit holds for a group and all below it, so the walk goes
// from the group of the process up to the mount and keeps the tightest.
//
//   cgroup     4:cpu,cpuacct:/docker/ab/worker
//   mountinfo  33 25 0:29 /docker/ab /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct
//   walked     /sys/fs/cgroup/cpu/worker, /sys/fs/cgroup/cpu
//
// Sources: cgroups(7), proc(5), Documentation/admin-guide/cgroup-v2.rst.
//
//===----------------------------------------------------------------------===//

#include "MachineLimits.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <optional>
#include <sched.h>
#include <string_view>
#include <sys/resource.h>
#include <unistd.h>

namespace tenon::rt {

namespace {

std::optional<std::string> readText(const std::string &path) {
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return std::nullopt;
  std::string text;
  char buffer[4096];
  ssize_t got;
  while ((got = read(file, buffer, sizeof buffer)) > 0)
    text.append(buffer, static_cast<size_t>(got));
  close(file);
  if (got < 0)
    return std::nullopt;
  return text;
}

/// Cuts the text before `separator` off the front of `text`.
std::string_view cut(std::string_view &text, char separator) {
  size_t end = std::min(text.find(separator), text.size());
  std::string_view head = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return head;
}

std::optional<int64_t> parseNumber(std::string_view text) {
  int64_t value;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data())
    return std::nullopt;
  return value;
}

std::optional<int64_t> readNumber(const std::string &path) {
  std::optional<std::string> text = readText(path);
  return text ? parseNumber(*text) : std::nullopt;
}

/// The number behind `key` in text of lines `key value` or `key: value kB`.
std::optional<int64_t> numberOf(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = cut(text, '\n');
    if (line.substr(0, key.size()) != key)
      continue;
    line.remove_prefix(key.size());
    size_t digit = line.find_first_not_of(": \t");
    if (digit != 0 && digit != std::string_view::npos)
      return parseNumber(line.substr(digit));
  }
  return std::nullopt;
}

bool hasWord(std::string_view list, std::string_view word) {
  while (!list.empty())
    if (cut(list, ',') == word)
      return true;
  return false;
}

/// A hierarchy of control groups, from the group of this process upwards.
struct Hierarchy {
  bool version2 = false;
  std::string mountPoint;
  std::string group; ///< below the mount point; empty or beginning with '/'
};

/// The path of this process in the hierarchy with `controller`; version 2
/// when `controller` is empty.
std::optional<std::string> groupPath(std::string_view cgroups, std::string_view controller) {
  while (!cgroups.empty()) {
    std::string_view line = cut(cgroups, '\n');
    cut(line, ':');
    std::string_view controllers = cut(line, ':');
    if (controller.empty() ? controllers.empty() : hasWord(controllers, controller))
      return std::string(line);
  }
  return std::nullopt;
}

/// Spaces and other characters of paths are written as \ooo in mountinfo.
std::string unescape(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                 (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

/// Finds where the hierarchy with `controller` (version 2 when empty) is
/// mounted, and the group at `path` below that mount.
std::optional<Hierarchy> mountedHierarchy(std::string_view mounts, std::string_view controller,
                                          const std::string &path) {
  while (!mounts.empty()) {
    std::string_view line = cut(mounts, '\n');
    size_t dash = line.find(" - ");
    if (dash == std::string_view::npos)
      continue;
    std::string_view tail = line.substr(dash + 3);
    std::string_view type = cut(tail, ' ');
    cut(tail, ' '); // the source
    bool version2 = controller.empty();
    if (type != (version2 ? "cgroup2" : "cgroup") || (!version2 && !hasWord(tail, controller)))
      continue;
    for (int skipped = 0; skipped < 3; ++skipped)
      cut(line, ' ');
    std::string root = unescape(cut(line, ' '));
    std::string mountPoint = unescape(cut(line, ' '));
    std::string group = path;
    if (root != "/")
      group = path.compare(0, root.size(), root) == 0 ? path.substr(root.size()) : "";
    if (group == "/" || group.find("..") != std::string::npos)
      group.clear();
    return Hierarchy{version2, mountPoint, group};
  }
  return std::nullopt;
}

/// CPU quota of one group in thousandths, or noLimit.
int64_t groupQuota(const Hierarchy &hierarchy, const std::string &folder) {
  std::optional<int64_t> quota, period;
  if (hierarchy.version2) {
    std::optional<std::string> text = readText(folder + "/cpu.max"); // `max 100000`
    if (!text)
      return noLimit;
    std::string_view rest = *text;
    quota = parseNumber(cut(rest, ' '));
    period = parseNumber(rest);
  } else {
    quota = readNumber(folder + "/cpu.cfs_quota_us"); // -1: none
    period = readNumber(folder + "/cpu.cfs_period_us");
  }
  if (!quota || !period || *quota <= 0 || *period <= 0)
    return noLimit;
  int64_t milli;
  if (__builtin_mul_overflow(*quota, int64_t(1000), &milli))
    return noLimit;
  return milli / *period;
}

/// Memory that one group may still take, or noLimit. Pages of files count as
/// free: the kernel drops them when the group needs the room.
int64_t groupMemory(const Hierarchy &hierarchy, const std::string &folder) {
  bool v2 = hierarchy.version2;
  auto limit = readNumber(folder + (v2 ? "/memory.max" : "/memory.limit_in_bytes"));
  auto usage = readNumber(folder + (v2 ? "/memory.current" : "/memory.usage_in_bytes"));
  if (!limit || !usage)
    return noLimit;
  std::string statistics = readText(folder + "/memory.stat").value_or("");
  int64_t inactive = numberOf(statistics, v2 ? "inactive_file" : "total_inactive_file").value_or(0);
  int64_t active = numberOf(statistics, v2 ? "active_file" : "total_active_file").value_or(0);
  int64_t used = std::max<int64_t>(0, *usage - inactive - active);
  return std::max<int64_t>(0, *limit - used);
}

/// The tightest limit from the group of this process up to the mount.
template <typename Limit>
int64_t tightest(const std::string &root, const Hierarchy &hierarchy, Limit limitOf) {
  int64_t tightest = noLimit;
  std::string group = hierarchy.group;
  while (true) {
    tightest = std::min(tightest, limitOf(hierarchy, root + hierarchy.mountPoint + group));
    if (group.empty())
      return tightest;
    group.resize(group.find_last_of('/') == std::string::npos ? 0 : group.find_last_of('/'));
  }
}

template <typename Limit>
int64_t controlGroupLimit(const std::string &root, std::string_view controller, Limit limitOf) {
  std::optional<std::string> cgroups = readText(root + "/proc/self/cgroup");
  std::optional<std::string> mounts = readText(root + "/proc/self/mountinfo");
  int64_t limit = noLimit;
  if (!cgroups || !mounts)
    return limit;
  for (std::string_view name : {controller, std::string_view()}) {
    std::optional<std::string> path = groupPath(*cgroups, name);
    if (!path)
      continue;
    if (auto hierarchy = mountedHierarchy(*mounts, name, *path))
      limit = std::min(limit, tightest(root, *hierarchy, limitOf));
  }
  return limit;
}

std::vector<int> affinity() {
  // The kernel wants a mask as long as its own; ask with longer ones.
  for (int size = 1024; size <= 1 << 20; size *= 2) {
    cpu_set_t *mask = CPU_ALLOC(size);
    size_t bytes = CPU_ALLOC_SIZE(size);
    std::vector<int> cpus;
    bool ok = sched_getaffinity(0, bytes, mask) == 0;
    for (int cpu = 0; ok && cpu < size; ++cpu)
      if (CPU_ISSET_S(cpu, bytes, mask))
        cpus.push_back(cpu);
    CPU_FREE(mask);
    if (ok && !cpus.empty())
      return cpus;
    if (errno != EINVAL)
      break;
  }
  return {0};
}

/// What a limit of this process leaves of what `key` in /proc/self/status
/// counts, or noLimit.
int64_t leftOf(int resource, std::string_view status, std::string_view key) {
  rlimit limit;
  if (getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) != 0 ||
      limit.rlim_cur >= static_cast<rlim_t>(noLimit))
    return noLimit;
  int64_t usedBytes = numberOf(status, key).value_or(0) * 1024;
  return std::max<int64_t>(0, static_cast<int64_t>(limit.rlim_cur) - usedBytes);
}

} // namespace

MachineLimits MachineLimits::read(const std::string &root) {
  MachineLimits limits;
  limits.cpus = affinity();
  limits.quotaMilliCpus = controlGroupLimit(root, "cpu", groupQuota);
  limits.availableBytes = controlGroupLimit(root, "memory", groupMemory);
  std::string memory = readText(root + "/proc/meminfo").value_or("");
  int64_t kibibytes;
  if (auto available = numberOf(memory, "MemAvailable"))
    if (!__builtin_mul_overflow(*available, int64_t(1024), &kibibytes))
      limits.availableBytes = std::min(limits.availableBytes, kibibytes);
  std::string status = readText(root + "/proc/self/status").value_or("");
  limits.addressBytes =
      std::min(leftOf(RLIMIT_AS, status, "VmSize"), leftOf(RLIMIT_DATA, status, "VmData"));
  return limits;
}

int MachineLimits::workerCount() const {
  int64_t affordable = std::max<int64_t>(1, quotaMilliCpus / 1000);
  return static_cast<int>(std::min<int64_t>(affordable, std::ssize(cpus)));
}

bool MachineLimits::quotaBinds() const { return quotaMilliCpus / 1000 < std::ssize(cpus); }

} // namespace tenon::rt
