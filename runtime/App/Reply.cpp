//===- Reply.cpp - One reply, token by token ------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reply.h"

#include "Statistics.h"

#include <algorithm>
#include <cassert>

namespace tenon::rt {

StopFinder::StopFinder(std::vector<std::string> stops) : stops(std::move(stops)) {
  assert(std::ranges::find(this->stops, "") == this->stops.end() && "an empty text is everywhere");
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

Expected<std::unique_ptr<Replier>> Replier::start(Application &app) {
  auto rules = app.samplingRules();
  if (!rules)
    return rules.status();
  const Tokenizer *tokenizer = nullptr;
  if (app.hasTokenizer()) {
    auto opened = app.tokenizer();
    if (!opened)
      return opened.status();
    tokenizer = *opened;
  }
  auto session = app.startSession();
  if (!session)
    return session.status();
  auto sequence = (*session)->addSequence();
  if (!sequence)
    return sequence.status();
  return std::unique_ptr<Replier>(
      new Replier(app, std::move(*session), *sequence, tokenizer, *rules));
}

Replier::Replier(Application &app, std::unique_ptr<Session> session, SequenceId sequence,
                 const Tokenizer *tokenizer, const SamplingRules &rules)
    : app(app), session(std::move(session)), sequence(sequence), tokenizer(tokenizer),
      sampler(rules, app.model().sampledVocabulary, rules.greedy ? 0 : app.seed()) {}

std::string Replier::makeRoom(std::string_view first) const {
  return app.makeRoom(first, context());
}

bool Replier::isStopToken(int32_t token) const {
  const ModelInfo &model = app.model();
  const int64_t *end = model.generation.stopTokens + model.generation.stopTokenCount;
  return std::find(model.generation.stopTokens, end, token) != end;
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

/// Makes the sequence forget what differs from `conversation`. \returns how
/// many tokens it still holds.
int64_t Replier::keepCommon(std::span<const int32_t> conversation) {
  auto common = std::ranges::mismatch(held, conversation).in1;
  // One token at least is computed: its logits are wanted.
  int64_t kept = std::min<int64_t>(common - held.begin(), std::ssize(conversation) - 1);
  kept = session->rewind(sequence, kept);
  held.resize(kept);
  return kept;
}

Expected<ReplyResult> Replier::reply(std::span<const int32_t> conversation,
                                     const std::function<Status(std::string_view)> &show) {
  ReplyResult result;
  sampler.forgetTokens();
  for (int32_t token : conversation)
    sampler.accept(token);
  if (tokenizer)
    decoder.emplace(*tokenizer);
  stops.emplace(app.options().stops);
  int64_t start = monotonicNs();
  int64_t rowsBefore = session->rowsComputed();
  int64_t kept = keepCommon(conversation);
  Status status = session->step(StepRequest{sequence, conversation.subspan(kept)});
  int64_t prompted = monotonicNs();
  result.promptRows = session->rowsComputed() - rowsBefore;
  result.promptNs = prompted - start;
  if (status)
    status = generate(result, show);
  held.assign(conversation.begin(), conversation.end());
  // The last token was shown but, as nothing followed it, not computed.
  held.insert(held.end(), result.tokens.begin(), result.tokens.end());
  held.resize(session->length(sequence));
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

Status Replier::generate(ReplyResult &result, const std::function<Status(std::string_view)> &show) {
  int64_t limit = app.options().predict.value_or(-1);
  while (limit < 0 || std::ssize(result.tokens) < limit) {
    if (!result.tokens.empty()) {
      if (session->length(sequence) == session->context()) {
        result.end = ReplyEnd::ContextFull;
        return Status::ok();
      }
      StepRequest next{sequence, std::span(&result.tokens.back(), 1)};
      if (Status status = session->step(next); !status)
        return status;
    }
    auto token = sampler.choose(session->logits(0));
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
