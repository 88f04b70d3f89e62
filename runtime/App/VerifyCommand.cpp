//===- VerifyCommand.cpp - Checks the file ------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Application.h"
#include "Commands.h"
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
  auto [tokens, vocabulary, tolerance] = golden.header;
  bytes = bytes.subspan(sizeof golden.header);
  if (tokens <= 0 || tokens > app.model().maxContext || vocabulary != app.model().vocabulary)
    return damaged;
  uint64_t tokenBytes = (uint64_t(tokens) * sizeof(int32_t) + 7) / 8 * 8;
  uint64_t logitCount = uint64_t(tokens) * uint64_t(vocabulary); // both below 2^31
  if (bytes.size() < tokenBytes || (bytes.size() - tokenBytes) / sizeof(float) < logitCount)
    return damaged;
  golden.tokens = {reinterpret_cast<const int32_t *>(bytes.data()), static_cast<size_t>(tokens)};
  golden.logits = {reinterpret_cast<const float *>(bytes.data() + tokenBytes),
                   static_cast<size_t>(logitCount)};
  return golden;
}

static Status checkGolden(Application &app) {
  auto golden = readGolden(app);
  if (!golden)
    return golden.status();
  auto session = app.startSession();
  if (!session)
    return session.status();
  Deviation deviation;
  int64_t vocabulary = golden->header.vocabulary;
  // One row, a few and many are computed by different code.
  for (int64_t rowsAtOnce : {int64_t(1), int64_t(5), (*session)->largestStep()}) {
    Status status = forEachLogitRow(
        **session, golden->tokens,
        [&](int64_t row, std::span<const float> found) {
          deviation.add(golden->logits.subspan(row * vocabulary, vocabulary), found);
          return Status::ok();
        },
        rowsAtOnce);
    if (!status)
      return status;
  }
  if (deviation.relative() <= golden->header.tolerance)
    return app.out().write(fmt::format("logits: {} rows differ by at most {:.2e} of the largest\n",
                                       golden->header.tokens, deviation.relative()));
  return Status::failure(StatusCode::VerificationFailed,
                         "the stored logits differ by {:.2e} of the largest, allowed are {:.2e}; "
                         "this machine computes something else, report it",
                         deviation.relative(), golden->header.tolerance);
}

/// A line on the terminal that is written over.
static void showProgress(const Application &app, uint64_t done, uint64_t all) {
  std::string line =
      fmt::format("\r{}: {}% of {}", app.programName(), percent(done, all), describeBytes(all));
  if (done == all)
    line += '\n';
  (void)!write(STDERR_FILENO, line.data(), line.size());
}

Status runVerify(Application &app) {
  bool atTerminal = isatty(STDERR_FILENO);
  int shown = -1;
  uint64_t bytes = 0;
  Status status = app.payload().verify([&](uint64_t done, uint64_t all) {
    bytes = all;
    if (!atTerminal || percent(done, all) == shown)
      return;
    shown = percent(done, all);
    showProgress(app, done, all);
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
