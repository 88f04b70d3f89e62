//===- VerifyCommand.cpp - Checks the file --------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Application.h"
#include "Commands.h"
#include "Interrupt.h"
#include "LogitRows.h"
#include "Statistics.h"

#include "runtime/Golden.h"

#include <cstring>
#include <unistd.h>

namespace tenon::rt {

namespace {
/// The parts of a Golden section, checked.
struct Golden {
  GoldenHeader header;
  std::span<const int32_t> tokens;
  std::span<const int32_t> rows; ///< those with logits, ascending
  std::span<const float> logits;
};
} // namespace

static Expected<Golden> readGolden(const Application &app) {
  std::span<const std::byte> bytes = app.payload().section(SectionKind::Golden);
  Status damaged = Status::failure(
      StatusCode::Damaged, "the stored logits contradict their own sizes; make this file again");
  Golden golden;
  if (bytes.size() < sizeof golden.header)
    return damaged;
  std::memcpy(&golden.header, bytes.data(), sizeof golden.header);
  const auto &[tokens, rows, vocabulary, exact, rounded] = golden.header;
  bytes = bytes.subspan(sizeof golden.header);
  if (tokens <= 0 || tokens > app.model().maxContext || vocabulary != app.model().vocabulary ||
      rows <= 0 || rows > tokens)
    return damaged;
  uint64_t numberBytes = (uint64_t(tokens + rows) * sizeof(int32_t) + 7) / 8 * 8;
  uint64_t logitCount = uint64_t(rows) * uint64_t(vocabulary); // both below 2^31
  if (bytes.size() < numberBytes || (bytes.size() - numberBytes) / sizeof(float) < logitCount)
    return damaged;
  auto *numbers = reinterpret_cast<const int32_t *>(bytes.data());
  golden.tokens = {numbers, static_cast<size_t>(tokens)};
  golden.rows = {numbers + tokens, static_cast<size_t>(rows)};
  golden.logits = {reinterpret_cast<const float *>(bytes.data() + numberBytes),
                   static_cast<size_t>(logitCount)};
  return golden;
}

/// How far the logits are from those of `golden` in steps of at most `rowsAtOnce`.
static Expected<Deviation> deviationOf(Session &session, const Golden &golden, int64_t rowsAtOnce) {
  Deviation deviation;
  size_t next = 0;
  int64_t vocabulary = golden.header.vocabulary;
  Status status = forEachLogitRow(
      session, golden.tokens,
      [&](int64_t row, std::span<const float> found) {
        if (next < golden.rows.size() && golden.rows[next] == row)
          deviation.add(golden.logits.subspan(next++ * vocabulary, vocabulary), found);
        return Status::ok();
      },
      rowsAtOnce);
  if (!status)
    return status;
  return deviation;
}

static Status checkGolden(Application &app) {
  auto golden = readGolden(app);
  if (!golden)
    return golden.status();
  auto session = app.startSession();
  if (!session)
    return session.status();
  const GoldenHeader &header = golden->header;
  double largest = 0, rms = 0;
  // One row, a few and many are computed by different code. A step of 33 rows
  // fills a part of its tiles, and another one follows on the states it wrote.
  for (int64_t rowsAtOnce : {int64_t(1), int64_t(5), int64_t(33), (*session)->largestStep()}) {
    auto deviation = deviationOf(**session, *golden, rowsAtOnce);
    if (!deviation)
      return deviation.status();
    const GoldenTolerance &allowed =
        (*session)->roundsRows(rowsAtOnce) ? header.rounded : header.exact;
    keepLarger(largest, deviation->relative());
    keepLarger(rms, deviation->relativeRms());
    if (deviation->relative() > allowed.largest || deviation->relativeRms() > allowed.rms)
      return Status::failure(
          StatusCode::VerificationFailed,
          "in steps of at most {} rows the logits differ from those stored by {:.2e} of the "
          "largest and {:.2e} in the mean, allowed are {:.2e} and {:.2e}; this machine computes "
          "something else, report it",
          rowsAtOnce, deviation->relative(), deviation->relativeRms(), allowed.largest,
          allowed.rms);
  }
  return app.out().write(fmt::format(
      "logits: {} tokens differ by at most {:.2e} of the largest and {:.2e} in the mean\n",
      header.tokens, largest, rms));
}

/// A line on the terminal that is written over.
static void showProgress(const Application &app, uint64_t done, uint64_t all) {
  std::string line =
      fmt::format("\r{}: {}% of {}", app.programName(), percent(done, all), describeBytes(all));
  if (done == all)
    line += '\n';
  (void)writeAll(STDERR_FILENO, line);
}

Status runVerify(Application &app) {
  bool atTerminal = isatty(STDERR_FILENO);
  int shown = -1;
  uint64_t bytes = 0;
  Status status = app.payload().verify([&](uint64_t done, uint64_t all) {
    bytes = all;
    if (atTerminal && percent(done, all) != shown) {
      shown = percent(done, all);
      showProgress(app, done, all);
    }
    return !interruptFlag();
  });
  if (!status)
    return status;
  if (Status written =
          app.out().write(fmt::format("weights: {} are intact\n", describeBytes(bytes)));
      !written)
    return written;
  if (!app.payload().has(SectionKind::Golden))
    return app.out().write("logits: none are stored to compare with\n");
  return checkGolden(app);
}

} // namespace tenon::rt
