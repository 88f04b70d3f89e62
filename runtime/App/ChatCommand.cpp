//===- ChatCommand.cpp - Talks in turns ---------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The sequence keeps its state between turns. Each turn renders the whole
// conversation, keeps the state of the tokens that this text and the state
// have in common from the start, and computes only the rest: usually what the
// template puts around the reply and the new message.
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "Interrupt.h"
#include "Reply.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace tenon::rt {

namespace {

/// Lines of standard input. Ctrl-C ends the wait for one.
class LineReader {
public:
  enum class Result { Line, End, Interrupted, Failed };

  Result read(std::string &line) {
    while (true) {
      size_t end = pending.find('\n');
      if (end != std::string::npos || (atEnd && !pending.empty())) {
        line = pending.substr(0, end);
        pending.erase(0, end == std::string::npos ? end : end + 1);
        return Result::Line;
      }
      if (atEnd)
        return Result::End;
      if (!waitForInput(STDIN_FILENO))
        return Result::Interrupted;
      char buffer[4096];
      ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer);
      if (got < 0)
        return Result::Failed;
      if (got > 0)
        pending.append(buffer, static_cast<size_t>(got));
      atEnd = got == 0;
    }
  }

private:
  std::string pending;
  bool atEnd = false;
};

class Chat {
public:
  Chat(Application &app, Session &session, const Tokenizer &tokenizer,
       const ChatTemplate &chatTemplate, TemplateOptions templateOptions,
       const SamplingRules &rules, SequenceId sequence)
      : app(app), session(session), tokenizer(tokenizer), chatTemplate(chatTemplate),
        templateOptions(std::move(templateOptions)), replier(app, session, &tokenizer, rules),
        sequence(sequence) {
    clear();
  }

  Status run();

private:
  void clear() {
    messages.clear();
    if (app.options().system)
      messages.push_back({"system", *app.options().system});
  }
  Status turn(const std::string &text);
  Status speak(const std::string &text);
  Status keepReply(const ReplyResult &result);

  Application &app;
  Session &session;
  const Tokenizer &tokenizer;
  const ChatTemplate &chatTemplate;
  TemplateOptions templateOptions;
  Replier replier;
  SequenceId sequence;
  std::vector<Message> messages;
  std::vector<int32_t> held; ///< the tokens whose state the sequence holds
};

/// Drops the last message unless the turn is completed.
class PendingMessage {
public:
  PendingMessage(std::vector<Message> &messages, Message message) : messages(messages) {
    messages.push_back(std::move(message));
  }
  ~PendingMessage() {
    if (!kept)
      messages.pop_back();
  }
  void keep() { kept = true; }

private:
  std::vector<Message> &messages;
  bool kept = false;
};

} // namespace

Status Chat::keepReply(const ReplyResult &result) {
  if (app.out().inLine())
    if (Status status = app.out().write("\n"); !status)
      return status;
  if (Status status = app.out().flush(); !status)
    return status;
  // The last token was shown but, as nothing followed it, not computed.
  held.insert(held.end(), result.tokens.begin(), result.tokens.end());
  held.resize(session.length(sequence));
  if (result.end == ReplyEnd::Interrupted)
    interruptFlag() = false;
  app.sayIfWatched(replier.timing(result));
  if (result.end == ReplyEnd::ContextFull)
    return Status::failure(StatusCode::ContextFull,
                           "the reply stopped because the context of {} positions is full; use a "
                           "larger --context, or start anew with /clear",
                           session.context());
  return Status::ok();
}

Status Chat::speak(const std::string &text) {
  PendingMessage question(messages, {"user", text});
  auto spans = chatTemplate.render(messages, templateOptions);
  if (!spans)
    return spans.status();
  std::vector<int32_t> tokens = tokenizer.encode(*spans, /*addSpecialTokens=*/false);
  if (tokens.empty())
    return Status::failure(StatusCode::Refused, "the chat template made no prompt of this message");
  auto common = std::mismatch(held.begin(), held.end(), tokens.begin(), tokens.end()).first;
  // One token at least is computed: its logits are wanted.
  int64_t kept = std::min<int64_t>(common - held.begin(), std::ssize(tokens) - 1);
  kept = session.rewind(sequence, kept);
  held = tokens;
  auto result = replier.reply(sequence, tokens, std::span(tokens).subspan(kept),
                              [&](std::string_view piece) { return app.out().writeNow(piece); });
  if (!result) {
    held.resize(session.length(sequence));
    return result.status();
  }
  if (!result->tokens.empty() || result->end != ReplyEnd::Interrupted) {
    question.keep();
    messages.push_back({"assistant", result->text});
  }
  return keepReply(*result);
}

Status Chat::turn(const std::string &text) {
  if (text.find_first_not_of(" \t\r") == std::string::npos)
    return Status::ok();
  if (text == "/clear") {
    clear();
    app.sayIfWatched("the conversation starts anew");
    return Status::ok();
  }
  if (text == "/help") {
    app.say("/clear starts anew, /exit ends; Ctrl-C stops a reply");
    return Status::ok();
  }
  return speak(text);
}

Status Chat::run() {
  bool interactive = isatty(STDIN_FILENO);
  LineReader lines;
  std::string line;
  while (true) {
    if (interactive)
      (void)!write(STDERR_FILENO, "> ", 2);
    switch (lines.read(line)) {
    case LineReader::Result::End:
      return Status::ok();
    case LineReader::Result::Interrupted:
      return Status::failure(StatusCode::Interrupted, "interrupted");
    case LineReader::Result::Failed:
      return Status::failure(StatusCode::InputOutput, "reading standard input failed: {}",
                             strerror(errno));
    case LineReader::Result::Line:
      break;
    }
    if (line == "/exit")
      return Status::ok();
    Status status = turn(line);
    // A person can go on after a message that did not fit.
    bool mayGoOn = interactive && (status.code() == StatusCode::ContextFull ||
                                   status.code() == StatusCode::Refused);
    if (!status && !mayGoOn)
      return status;
    if (!status)
      app.say(fmt::format("error: {}", status.message()));
  }
}

Status runChat(Application &app) {
  auto chatTemplate = app.chatTemplate();
  if (!chatTemplate)
    return chatTemplate.status();
  auto tokenizer = app.tokenizer();
  if (!tokenizer)
    return tokenizer.status();
  auto templateOptions = app.templateOptions();
  if (!templateOptions)
    return templateOptions.status();
  auto rules = app.samplingRules();
  if (!rules)
    return rules.status();
  auto session = app.startSession();
  if (!session)
    return session.status();
  auto sequence = (*session)->addSequence();
  if (!sequence)
    return sequence.status();
  Chat chat(app, **session, **tokenizer, **chatTemplate, std::move(*templateOptions), *rules,
            *sequence);
  return chat.run();
}

} // namespace tenon::rt
