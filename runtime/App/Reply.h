//===- Reply.h - One reply, token by token --------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_APP_REPLY_H
#define TENON_RUNTIME_APP_REPLY_H

#include "Application.h"

#include <functional>
#include <string>
#include <vector>

namespace tenon::rt {

/// Passes text on until one of some stop texts appears. Text that may be the
/// beginning of a stop text is held back until that is known.
class StopFinder {
public:
  /// None of `stops` is empty.
  explicit StopFinder(std::vector<std::string> stops);

  /// Takes more text; returns what may be shown. Nothing once found.
  std::string push(std::string_view text);
  /// What was held back, when no more text comes.
  std::string finish();
  bool found() const { return isFound; }

private:
  std::vector<std::string> stops;
  std::string held;
  bool isFound = false;
};

/// Why a reply ended.
enum class ReplyEnd { StopToken, StopText, Limit, ContextFull, Interrupted };

/// `stop`, `limit`, ... for JSON and notes.
std::string_view replyEndName(ReplyEnd end);

/// A finished reply and how long it took.
struct ReplyResult {
  ReplyEnd end = ReplyEnd::Limit;
  std::vector<int32_t> tokens; ///< without the stop token
  std::string text;            ///< as shown; empty without tokenizer
  int64_t promptRows = 0;      ///< rows computed for the prompt
  int64_t promptNs = 0;
  int64_t replyNs = 0;
};

/// Makes replies in one sequence of a session of its own.
class Replier {
public:
  /// Starts the session. Without tokenizer `show` gets ids, separated by commas.
  static Expected<std::unique_ptr<Replier>> start(Application &app);

  /// Computes of `conversation` what the sequence does not hold yet, and at
  /// least its last token, then chooses tokens until the reply ends. Text is
  /// handed to `show` as it comes.
  /// \returns ContextFull when already the conversation has no room; what
  /// `show` or a step returned.
  Expected<ReplyResult> reply(std::span<const int32_t> conversation,
                              const std::function<Status(std::string_view)> &show);

  int64_t context() const { return session->context(); }
  /// `FIRST, or use a larger --context`, or `FIRST` if there is no larger one.
  std::string makeRoom(std::string_view first) const;
  /// `prompt 5 tokens in ...; reply ...`, one line.
  std::string timing(const ReplyResult &result) const;

private:
  Replier(Application &app, std::unique_ptr<Session> session, SequenceId sequence,
          const Tokenizer *tokenizer, const SamplingRules &rules);
  int64_t keepCommon(std::span<const int32_t> conversation);
  Status generate(ReplyResult &result, const std::function<Status(std::string_view)> &show);
  Status showToken(int32_t token, ReplyResult &result,
                   const std::function<Status(std::string_view)> &show);
  Status showRest(ReplyResult &result, const std::function<Status(std::string_view)> &show);
  bool isStopToken(int32_t token) const;

  Application &app;
  std::unique_ptr<Session> session;
  SequenceId sequence;
  const Tokenizer *tokenizer;
  Sampler sampler;
  std::vector<int32_t> held; ///< the tokens whose state the sequence holds
  std::optional<Tokenizer::Decoder> decoder;
  std::optional<StopFinder> stops;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_APP_REPLY_H
