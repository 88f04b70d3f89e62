//===- MachineLimits.h - What this process may use of its machine ---------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_MACHINELIMITS_H
#define TENON_RUNTIME_MACHINELIMITS_H

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace tenon::rt {

inline constexpr int64_t noLimit = std::numeric_limits<int64_t>::max();

/// Processors and memory that this process may use: its affinity, the quotas
/// of the control groups (version 1 and 2) above it, free memory, and its own
/// limits. What cannot be read does not limit: without /proc and /sys only the
/// affinity and the limits of the process are known.
struct MachineLimits {
  std::vector<int> cpus;            ///< the affinity mask; never empty
  int64_t quotaMilliCpus = noLimit; ///< tightest quota, in thousandths of a CPU
  int64_t availableBytes = noLimit; ///< memory that can be had without swapping
  /// Address space, and writable part of it, that this process may still take:
  /// what RLIMIT_AS and RLIMIT_DATA leave (`ulimit -v`, `ulimit -d`).
  int64_t addressBytes = noLimit;

  /// Reads them. Files are looked for under `root`, which tests set.
  static MachineLimits read(const std::string &root = "");

  /// Workers to run: one for each CPU of the mask, but not more than the
  /// quota pays for, and at least one.
  int workerCount() const;
  /// Whether a quota gives less than the affinity mask.
  bool quotaBinds() const;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_MACHINELIMITS_H
