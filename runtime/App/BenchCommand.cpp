//===- BenchCommand.cpp - Measures tokens per second ----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Application.h"
#include "Commands.h"
#include "Statistics.h"

#include <algorithm>

namespace tenon::rt {

namespace {

/// One line of the result.
struct Measurement {
  std::string test; ///< `prompt 512` or `reply 128`
  int64_t tokens;
  std::vector<double> rates; ///< tokens per second of each repetition
};

/// Runs tests on one session with token ids drawn at random, always the same.
class Bench {
public:
  Bench(Application &app, Session &session) : app(app), session(session) {}

  Status measure(int64_t tokens, bool isPrompt, Measurement &measurement) {
    measurement = {fmt::format("{} {}", isPrompt ? "prompt" : "reply", tokens), tokens, {}};
    int64_t repetitions = app.options().repetitions.value_or(defaultRepetitions);
    // The first run brings weights and code into memory and is not counted.
    for (int64_t repetition = 0; repetition <= repetitions; ++repetition) {
      auto sequence = session.addSequence();
      if (!sequence)
        return sequence.status();
      int64_t start = monotonicNs();
      Status status = isPrompt ? prompt(*sequence, tokens) : reply(*sequence, tokens);
      int64_t elapsed = monotonicNs() - start;
      session.removeSequence(*sequence);
      if (!status)
        return status;
      if (repetition > 0)
        measurement.rates.push_back(tokensPerSecond(tokens, elapsed));
    }
    return Status::ok();
  }

private:
  static constexpr int64_t defaultRepetitions = 5;

  int32_t nextToken() {
    return static_cast<int32_t>(random.next() % uint64_t(app.model().sampledVocabulary));
  }

  Status prompt(SequenceId sequence, int64_t count) {
    std::vector<int32_t> tokens(count);
    for (int32_t &token : tokens)
      token = nextToken();
    return session.step(StepRequest{sequence, tokens});
  }

  Status reply(SequenceId sequence, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      int32_t token = nextToken();
      if (Status status = session.step(StepRequest{sequence, std::span(&token, 1)}); !status)
        return status;
    }
    return Status::ok();
  }

  Application &app;
  Session &session;
  CountedRandom random{0};
};

} // namespace

static std::string describe(const Measurement &measurement) {
  auto [least, most] = std::minmax_element(measurement.rates.begin(), measurement.rates.end());
  return fmt::format("{:<14} {:>10.2f} {:>10.2f} {:>10.2f}\n", measurement.test,
                     median(measurement.rates), *least, *most);
}

static std::string json(const std::vector<Measurement> &measurements, const Session &session,
                        std::string_view isa) {
  std::string out = fmt::format("{{\"threads\": {}, \"isa\": {}, \"tests\": [",
                                session.workerCount(), jsonString(isa));
  for (const Measurement &measurement : measurements)
    out += fmt::format("{}{{\"test\": {}, \"tokens\": {}, \"tokens_per_second\": {:.3f}, "
                       "\"repetitions\": [{:.3f}]}}",
                       &measurement == measurements.data() ? "" : ", ",
                       jsonString(measurement.test.substr(0, measurement.test.find(' '))),
                       measurement.tokens, median(measurement.rates),
                       fmt::join(measurement.rates, ", "));
  return out + "]}\n";
}

/// The sizes to measure: those asked for but 0 (as -p 0 of llama-bench: not
/// this test), or `usual`, which gives way to a small context.
/// \returns ContextFull for a size that has no room.
static Expected<std::vector<int64_t>> sizes(const Application &app,
                                            const std::vector<int64_t> &asked, int64_t usual,
                                            std::string_view kind, int64_t context) {
  if (asked.empty() && usual > context)
    app.say(fmt::format("note: {} {} instead of the usual {}, which has no room", kind, context,
                        usual));
  if (asked.empty())
    return std::vector{std::min(usual, context)};
  std::vector<int64_t> sizes = asked;
  std::erase(sizes, 0);
  for (int64_t size : sizes)
    if (size > context)
      return Status::failure(
          StatusCode::ContextFull, "{} {} has no room in the context of {} positions; use {}", kind,
          size, context,
          size > app.model().maxContext ? "a smaller size"
                                        : "a smaller size or a larger --context");
  return sizes;
}

static Status writeHead(Output &out, const Session &session, std::string_view isa) {
  int workers = session.workerCount();
  return out.write(fmt::format("{}, {} {}; tokens per second\n{:<14} {:>10} {:>10} {:>10}\n", isa,
                               workers, workers == 1 ? "worker" : "workers", "test", "median",
                               "least", "most"));
}

Status runBench(Application &app) {
  auto program = app.chosenProgram();
  if (!program)
    return program.status();
  auto context = app.chosenContext();
  if (!context)
    return context.status();
  auto prompts = sizes(app, app.options().benchPrompts, 512, "prompt", *context);
  if (!prompts)
    return prompts.status();
  auto replies = sizes(app, app.options().benchReplies, 128, "reply", *context);
  if (!replies)
    return replies.status();
  if (prompts->empty() && replies->empty())
    return Status::failure(StatusCode::Usage,
                           "there is nothing to measure; leave -p 0 or -n 0 away");
  auto session = app.startSession();
  if (!session)
    return session.status();
  bool asJson = app.options().json;
  Output &out = app.out();
  if (!asJson)
    if (Status status = writeHead(out, **session, (*program)->name); !status)
      return status;
  Bench bench(app, **session);
  std::vector<Measurement> measurements;
  for (bool isPrompt : {true, false})
    for (int64_t tokens : isPrompt ? *prompts : *replies) {
      Status status = bench.measure(tokens, isPrompt, measurements.emplace_back());
      if (status && !asJson)
        status = out.write(describe(measurements.back()));
      if (!status)
        return status;
    }
  return asJson ? out.write(json(measurements, **session, (*program)->name)) : Status::ok();
}

} // namespace tenon::rt
