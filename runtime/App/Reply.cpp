//===- Reply.cpp - One reply, token by token ----------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reply.h"

#include "Statistics.h"

#include <algorithm>

namespace tenon::rt {

StopFinder::StopFinder(std::vector<std::string> stops) : stops(std::move(stops)) {
  std::erase(this->stops, "");
}

std::string StopFinder::push(std::string_view text) {
  if (isFound)
    return {};
  held += text;
  size_t first = std::string::npos;
  for (const std::string &stop : stops)
    first = std::min(first, held.find(stop));
  if (first != std::string::npos) {
    isFound = true;
    held.resize(first);
    return std::move(held);
  }
  size_t kept = 0; // the longest end of the text that begins a stop text
  for (const std::string &stop : stops)
    for (size_t length = std::min(stop.size() - 1, held.size()); length > kept; --length)
      if (std::string_view(held).substr(held.size() - length) == stop.substr(0, length))
        kept = length;
  std::string shown = held.substr(0, held.size() - kept);
  held.erase(0, held.size() - kept);
  return shown;
}

std::string StopFinder::finish() { return isFound ? std::string() : std::move(held); }

std::string_view replyEndName(ReplyEnd end) {
  switch (end) {
  case ReplyEnd::StopToken:
  case ReplyEnd::StopText:
    return "stop";
  case ReplyEnd::Limit:
    return "length";
  case ReplyEnd::ContextFull:
    return "context full";
  case ReplyEnd::Interrupted:
    return "interrupted";
  }
  return {};
}

Replier::Replier(Application &app, Session &session, const Tokenizer *tokenizer,
                 const SamplingRules &rules)
    : app(app), session(session), tokenizer(tokenizer),
      sampler(rules, app.model().sampledVocabulary, rules.greedy ? 0 : app.seed()) {}

bool Replier::isStopToken(int32_t token) const {
  const ModelInfo &model = app.model();
  const int64_t *end = model.stopTokens + model.stopTokenCount;
  return std::find(model.stopTokens, end, token) != end;
}

Status Replier::showToken(int32_t token, ReplyResult &result,
                          const std::function<Status(std::string_view)> &show) {
  std::string text;
  if (decoder)
    text = stops->push(decoder->push(token));
  else
    text = fmt::format("{}{}", result.tokens.size() > 1 ? "," : "", token);
  result.text += text;
  return show(text);
}

Status Replier::showRest(ReplyResult &result, const std::function<Status(std::string_view)> &show) {
  if (!decoder)
    return Status::ok();
  std::string text = stops->push(decoder->finish());
  text += stops->finish();
  result.text += text;
  return show(text);
}

Expected<ReplyResult> Replier::reply(SequenceId sequence, std::span<const int32_t> history,
                                     std::span<const int32_t> prompt,
                                     const std::function<Status(std::string_view)> &show) {
  ReplyResult result;
  sampler.forgetTokens();
  for (int32_t token : history)
    sampler.accept(token);
  if (tokenizer)
    decoder.emplace(*tokenizer);
  stops.emplace(app.options().stops);
  int64_t start = monotonicNs();
  int64_t rowsBefore = session.rowsComputed();
  Status status = session.step(StepRequest{sequence, prompt});
  int64_t prompted = monotonicNs();
  result.promptRows = session.rowsComputed() - rowsBefore;
  result.promptNs = prompted - start;
  if (status)
    status = generate(sequence, result, show);
  if (status.code() == StatusCode::Interrupted) {
    result.end = ReplyEnd::Interrupted;
    status = Status::ok();
  }
  if (status)
    status = showRest(result, show);
  result.replyNs = monotonicNs() - prompted;
  if (!status)
    return status;
  return result;
}

Status Replier::generate(SequenceId sequence, ReplyResult &result,
                         const std::function<Status(std::string_view)> &show) {
  int64_t limit = app.options().predict.value_or(-1);
  while (limit < 0 || std::ssize(result.tokens) < limit) {
    if (!result.tokens.empty()) {
      if (session.length(sequence) == session.context()) {
        result.end = ReplyEnd::ContextFull;
        return Status::ok();
      }
      StepRequest next{sequence, std::span(&result.tokens.back(), 1)};
      if (Status status = session.step(next); !status)
        return status;
    }
    auto token = sampler.choose(session.logits(0));
    if (!token)
      return token.status();
    if (isStopToken(*token)) {
      result.end = ReplyEnd::StopToken;
      return Status::ok();
    }
    sampler.accept(*token);
    result.tokens.push_back(*token);
    if (Status status = showToken(*token, result, show); !status)
      return status;
    if (stops->found()) {
      result.end = ReplyEnd::StopText;
      return Status::ok();
    }
  }
  result.end = ReplyEnd::Limit;
  return Status::ok();
}

std::string Replier::timing(const ReplyResult &result) const {
  return fmt::format("prompt {}; reply {}", describeRate(result.promptRows, result.promptNs),
                     describeRate(std::ssize(result.tokens), result.replyNs));
}

} // namespace tenon::rt
