//===- ChatCommand.cpp - Talks in turns -----------------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each turn renders the whole conversation. Replier keeps the state of the
// tokens that this text and the turn before have in common from the start, and
// computes only the rest: usually what the template puts around the reply and
// the new message.
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "Interrupt.h"
#include "Reply.h"

#include "runtime/NearestName.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>
#include <utility>

namespace tenon::rt {

namespace {

/// Lines of standard input, without their ends. Ctrl-C ends the wait for one.
class LineReader {
public:
  enum class Result { Line, End, Interrupted, Failed, TooLong };

  Result read(std::string &line) {
    while (true) {
      size_t end = pending.find('\n', searched);
      searched = pending.size();
      if (end != std::string::npos || (atEnd && !pending.empty())) {
        take(line, end);
        if (!std::exchange(isRestOfLine, false))
          return Result::Line;
        continue;
      }
      if (atEnd)
        return Result::End;
      if (bool isFirst = !isRestOfLine; pending.size() > maxTextBytes) {
        isRestOfLine = true;
        take(line, std::string::npos);
        if (isFirst)
          return Result::TooLong;
      }
      if (Result result = readMore(); result != Result::Line)
        return result;
    }
  }

private:
  /// Moves the line that ends at `end` from `pending` to `line`.
  void take(std::string &line, size_t end) {
    line = pending.substr(0, end);
    if (!line.empty() && line.back() == '\r') // as lines end on Windows
      line.pop_back();
    pending.erase(0, end == std::string::npos ? end : end + 1);
    searched = 0;
  }

  Result readMore() {
    if (!waitForInput(STDIN_FILENO))
      return Result::Interrupted;
    char buffer[4096];
    ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (got < 0)
      return errno == EINTR || errno == EAGAIN ? Result::Line : Result::Failed;
    pending.append(buffer, static_cast<size_t>(got));
    atEnd = got == 0;
    return Result::Line;
  }

  std::string pending;
  size_t searched = 0;       ///< bytes of `pending` without a line feed
  bool isRestOfLine = false; ///< of one that was too long
  bool atEnd = false;
};

class Chat {
public:
  Chat(Application &app, Replier &replier, TemplateOptions templateOptions)
      : app(app), replier(replier), templateOptions(std::move(templateOptions)),
        messages(app.firstMessages()) {}

  Status run();

private:
  Status line(const std::string &text);
  Status command(std::string_view word);
  Status speak(const std::string &text);
  Status keepReply(const ReplyResult &result);

  Application &app;
  Replier &replier;
  TemplateOptions templateOptions;
  std::vector<Message> messages;
  bool ended = false;
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
  if (result.end == ReplyEnd::Interrupted)
    interruptFlag() = false;
  app.sayIfWatched(replier.timing(result));
  if (result.end == ReplyEnd::ContextFull)
    return Status::failure(StatusCode::ContextFull,
                           "the reply stopped because the context of {} positions is full; {}",
                           replier.context(), replier.makeRoom("start anew with /clear"));
  return Status::ok();
}

Status Chat::speak(const std::string &text) {
  app.noteInvalidText(text, "the message");
  bool isFirst = messages.size() == app.firstMessages().size();
  PendingMessage question(messages, {"user", text});
  auto tokens = app.encodeMessages(messages, templateOptions);
  if (!tokens)
    return tokens.status();
  if (std::ssize(*tokens) > replier.context())
    return Status::failure(
        StatusCode::ContextFull,
        "with this message the conversation has {} tokens, and the context {} positions; {}",
        tokens->size(), replier.context(),
        replier.makeRoom(isFirst ? "shorten it" : "start anew with /clear"));
  auto result =
      replier.reply(*tokens, [&](std::string_view piece) { return app.out().writeNow(piece); });
  if (!result)
    return result.status();
  if (!result->tokens.empty() || result->end != ReplyEnd::Interrupted) {
    question.keep();
    messages.push_back({"assistant", result->text});
  }
  return keepReply(*result);
}

Status Chat::command(std::string_view word) {
  std::span<const Word> words = app.options().command->words;
  if (word == "/clear") {
    messages = app.firstMessages();
    app.sayIfWatched("the conversation starts anew");
  } else if (word == "/exit") {
    ended = true;
  } else if (word == "/help") {
    for (const Word &each : words)
      app.say(fmt::format("{:<8} {}", each.name, each.help));
  } else {
    std::vector<std::string_view> names;
    for (const Word &each : words)
      names.push_back(each.name);
    std::string hint = didYouMean(word, names);
    return Status::failure(StatusCode::Refused,
                           "'{}' is no word of the chat{}; /help lists them, and a message that "
                           "begins with a slash is written with two",
                           word, hint);
  }
  return Status::ok();
}

Status Chat::line(const std::string &text) {
  constexpr std::string_view space = " \t\r";
  size_t last = text.find_last_not_of(space);
  if (last == std::string::npos)
    return Status::ok();
  if (text[0] != '/')
    return speak(text);
  if (text.compare(0, 2, "//") == 0)
    return speak(text.substr(1));
  return command(std::string_view(text).substr(0, last + 1));
}

/// Leaves the line of the prompt to whoever comes next on the terminal.
static void endPrompt(bool interactive) {
  if (interactive)
    (void)writeAll(STDERR_FILENO, "\n");
}

Status Chat::run() {
  bool interactive = isatty(STDIN_FILENO);
  LineReader lines;
  std::string text;
  while (true) {
    if (interactive)
      (void)writeAll(STDERR_FILENO, "> ");
    Status status = Status::ok();
    switch (lines.read(text)) {
    case LineReader::Result::End:
      endPrompt(interactive);
      return Status::ok();
    case LineReader::Result::Interrupted:
      endPrompt(interactive);
      return Status::failure(StatusCode::Interrupted, "interrupted");
    case LineReader::Result::Failed:
      return Status::failure(StatusCode::InputOutput, "reading standard input failed: {}",
                             strerror(errno));
    case LineReader::Result::TooLong:
      status = Status::failure(StatusCode::Refused,
                               "this line holds more than the {} MiB that a text may have; send a "
                               "part of it",
                               maxTextBytes >> 20);
      break;
    case LineReader::Result::Line:
      status = this->line(text);
      break;
    }
    if (ended)
      return status;
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
  auto tokenizer = app.tokenizer();
  if (!tokenizer)
    return tokenizer.status();
  auto templateOptions = app.templateOptions();
  if (!templateOptions)
    return templateOptions.status();
  auto replier = Replier::start(app);
  if (!replier)
    return replier.status();
  app.noteInvalidText(app.options().system.value_or(""), "the system message");
  return Chat(app, **replier, std::move(*templateOptions)).run();
}

} // namespace tenon::rt
