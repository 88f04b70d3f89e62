//===- ScoreCommand.cpp - How likely a text is ----------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A text longer than the context is read in windows that overlap by half; a
// token is scored once, in the first window that holds it, and so with at
// least half a context before it:
//
//   tokens    0 1 2 3 4 5 6 7 8 9        context 4
//   windows   0[1 2 3]                   brackets: scored there
//                 2 3[4 5]
//                     4 5[6 7]
//                         6 7[8 9]
//
//===----------------------------------------------------------------------===//

#include "Application.h"
#include "Commands.h"
#include "LogitRows.h"
#include "Statistics.h"

#include <algorithm>

namespace tenon::rt {

/// Scores tokens [scoredFrom, end) in the window [begin, end).
static Status scoreWindow(Session &session, std::span<const int32_t> tokens, int64_t begin,
                          int64_t end, int64_t scoredFrom, LogLikelihood &likelihood) {
  return forEachLogitRow(session, tokens.subspan(begin, end - begin),
                         [&](int64_t row, std::span<const float> logits) {
                           int64_t next = begin + row + 1;
                           if (next >= scoredFrom && next < end)
                             likelihood.add(logProbability(logits, tokens[next]));
                           return Status::ok();
                         });
}

static Status scoreTokens(Session &session, std::span<const int32_t> tokens,
                          LogLikelihood &likelihood) {
  int64_t count = std::ssize(tokens);
  int64_t context = session.context();
  int64_t stride = std::max<int64_t>(1, context / 2);
  int64_t scored = 1; // nothing says how likely the first token is
  for (int64_t begin = 0; scored < count; begin += stride) {
    int64_t end = std::min(count, begin + context);
    if (Status status = scoreWindow(session, tokens, begin, end, scored, likelihood); !status)
      return status;
    scored = end;
  }
  return Status::ok();
}

/// The ids of --tokens, or of the text.
static Expected<std::vector<int32_t>> tokensToScore(Application &app) {
  auto text = app.inputText(/*argumentIsFile=*/true);
  if (!text)
    return text.status();
  if (!app.options().tokens.empty())
    return app.givenTokens();
  if (!*text)
    return Status::failure(StatusCode::Usage,
                           "there is no text to score; name a file, or - for standard input");
  auto tokenizer = app.tokenizer();
  if (!tokenizer)
    return tokenizer.status();
  return (*tokenizer)->encode(**text, /*addSpecialTokens=*/true);
}

Status runScore(Application &app) {
  auto tokens = tokensToScore(app);
  if (!tokens)
    return tokens.status();
  if (tokens->size() < 2)
    return Status::failure(StatusCode::Refused, "the text has {} {}; a score needs at least two",
                           tokens->size(), tokens->size() == 1 ? "token" : "tokens");
  auto session = app.startSession();
  if (!session)
    return session.status();
  if ((*session)->context() < 2)
    return Status::failure(StatusCode::Usage, "--context=1 leaves nothing to score; use 2 or more");
  LogLikelihood likelihood;
  if (Status status = scoreTokens(**session, *tokens, likelihood); !status)
    return status;
  if (app.options().json)
    return app.out().write(
        fmt::format("{{\"tokens\": {}, \"log_likelihood\": {:.6f}, \"perplexity\": {:.6f}}}\n",
                    likelihood.tokens, likelihood.sum, likelihood.perplexity()));
  return app.out().write(fmt::format("tokens {}\nlog-likelihood {:.6f}\nperplexity {:.6f}\n",
                                     likelihood.tokens, likelihood.sum, likelihood.perplexity()));
}

} // namespace tenon::rt
