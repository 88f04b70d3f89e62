//===- Statistics.h - Numbers about a run ---------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_APP_STATISTICS_H
#define TENON_RUNTIME_APP_STATISTICS_H

#include <cstdint>
#include <span>
#include <string>

namespace tenon::rt {

// All floating-point arithmetic of the commands is here; that on logits is in
// Sampler.h.

double seconds(int64_t ns);
/// Tokens per second; a time of 0 counts as a nanosecond.
double tokensPerSecond(int64_t tokens, int64_t ns);
/// `12 tokens in 0.250 s, 48.0 tokens/s`.
std::string describeRate(int64_t tokens, int64_t ns);
/// `1.5 GiB`.
std::string describeBytes(uint64_t bytes);
/// The share of `part` in `whole`, in hundredths.
int percent(uint64_t part, uint64_t whole);
/// The middle one of the values, or the mean of the two in the middle.
double median(std::span<const double> values);

/// Sets `kept` to `value` when that is larger.
void keepLarger(double &kept, double value);

/// Sums log-probabilities.
struct LogLikelihood {
  double sum = 0;
  int64_t tokens = 0;
  void add(double logProbability);
  /// exp(-sum / tokens); 1 for no tokens.
  double perplexity() const;
};

/// How far values are from those that are expected.
struct Deviation {
  double largest = 0;           ///< magnitude of the expected values
  double difference = 0;        ///< the largest between expected and found
  double squares = 0;           ///< sum over the expected values
  double differenceSquares = 0; ///< sum over the differences
  void add(std::span<const float> expected, std::span<const float> found);
  /// difference / largest. A value that is not a number makes it infinite.
  double relative() const;
  /// Root mean square of the differences over that of the expected values; the
  /// same holds.
  double relativeRms() const;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_APP_STATISTICS_H
