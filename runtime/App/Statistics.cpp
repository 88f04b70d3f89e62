//===- Statistics.cpp - Numbers about a run -------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Statistics.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace tenon::rt {

double seconds(int64_t ns) { return static_cast<double>(ns) * 1e-9; }

double tokensPerSecond(int64_t tokens, int64_t ns) {
  return static_cast<double>(tokens) / seconds(std::max<int64_t>(ns, 1));
}

std::string describeRate(int64_t tokens, int64_t ns) {
  return fmt::format("{} {} in {:.3f} s, {:.1f} tokens/s", tokens, tokens == 1 ? "token" : "tokens",
                     seconds(ns), tokensPerSecond(tokens, ns));
}

std::string describeBytes(uint64_t bytes) {
  static constexpr const char *units[] = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024)
    return fmt::format("{} bytes", bytes);
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(units); ++unit)
    value /= 1024;
  return fmt::format("{:.1f} {}", value, units[unit]);
}

int percent(uint64_t part, uint64_t whole) {
  return whole ? static_cast<int>(static_cast<double>(part) / static_cast<double>(whole) * 100)
               : 100;
}

double median(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  size_t middle = sorted.size() / 2;
  if (sorted.empty())
    return 0;
  return sorted.size() % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

void LogLikelihood::add(double logProbability) {
  sum += logProbability;
  ++tokens;
}

double LogLikelihood::perplexity() const {
  return tokens ? std::exp(-sum / static_cast<double>(tokens)) : 1;
}

void keepLarger(double &kept, double value) { kept = std::max(kept, value); }

void Deviation::add(std::span<const float> expected, std::span<const float> found) {
  for (size_t i = 0; i < expected.size(); ++i) {
    double wanted = expected[i];
    double delta = std::fabs(wanted - found[i]);
    largest = std::max(largest, std::fabs(wanted));
    squares += wanted * wanted;
    difference = std::isnan(delta) ? INFINITY : std::max(difference, delta);
    differenceSquares = std::isnan(delta) ? INFINITY : differenceSquares + delta * delta;
  }
}

/// part / whole, where nothing is a part of anything.
static double share(double part, double whole) {
  if (part == 0)
    return 0;
  return whole > 0 ? part / whole : INFINITY;
}

double Deviation::relative() const { return share(difference, largest); }

double Deviation::relativeRms() const { return std::sqrt(share(differenceSquares, squares)); }

} // namespace tenon::rt
