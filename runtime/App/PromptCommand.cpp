//===- PromptCommand.cpp - Answers one prompt -----------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "Reply.h"
#include "Statistics.h"

namespace tenon::rt {

/// Refuses what would have no effect.
static Status checkOptions(const Application &app) {
  const Options &given = app.options();
  if (!given.stops.empty() && !app.hasTokenizer())
    return Status::failure(StatusCode::Usage,
                           "--stop needs a tokenizer, and this file has none; limit the reply with "
                           "-n");
  std::string_view why;
  if (!given.tokens.empty())
    why = "--tokens uses none";
  else if (given.raw)
    why = "--raw uses none";
  else if (!app.hasTemplate())
    why = "this file has none";
  if (why.empty())
    return Status::ok();
  if (given.system)
    return Status::failure(StatusCode::Usage,
                           "--system needs a chat template, and {}; put the text into the prompt",
                           why);
  if (!given.templateVariables.empty())
    return Status::failure(StatusCode::Usage,
                           "--template-variable needs a chat template, and {}; leave it away", why);
  return Status::ok();
}

/// The ids of `text`, as a message if the file has a template.
static Expected<std::vector<int32_t>> encodePrompt(Application &app, const std::string &text) {
  auto tokenizer = app.tokenizer();
  if (!tokenizer)
    return tokenizer.status();
  if (!app.options().raw && !app.hasTemplate())
    app.say("note: this file has no chat template; the text is continued as it is");
  if (app.options().raw || !app.hasTemplate())
    return (*tokenizer)->encode(text, /*addSpecialTokens=*/true);
  auto templateOptions = app.templateOptions();
  if (!templateOptions)
    return templateOptions.status();
  app.noteInvalidText(app.options().system.value_or(""), "the system message");
  std::vector<Message> messages = app.firstMessages();
  messages.push_back({"user", text});
  return app.encodeMessages(messages, *templateOptions);
}

/// An empty prompt is nearly always a pipe or a variable that should not be.
static Status emptyPrompt(const Application &app) {
  std::string otherWay;
  if (app.model().generation.bosToken >= 0)
    otherWay =
        fmt::format(", or --tokens={} to begin with nothing", app.model().generation.bosToken);
  return Status::failure(StatusCode::Refused, "the prompt is empty; give at least one character{}",
                         otherWay);
}

static Expected<std::vector<int32_t>> promptTokens(Application &app) {
  if (Status status = checkOptions(app); !status)
    return status;
  auto text = app.inputText(/*argumentIsFile=*/false);
  if (!text)
    return text.status();
  if (!app.options().tokens.empty())
    return app.givenTokens();
  if (!*text)
    return Status::failure(StatusCode::Usage, "there is no prompt; write {} \"TEXT\", or {} chat",
                           app.programName(), app.programName());
  if ((*text)->empty())
    return emptyPrompt(app);
  auto tokens = encodePrompt(app, **text);
  if (tokens && tokens->empty())
    return emptyPrompt(app);
  return tokens;
}

static std::string jsonReply(const ReplyResult &result) {
  return fmt::format(
      "{{\"text\": {}, \"tokens\": [{}], \"end\": {}, \"prompt_tokens\": {}, "
      "\"reply_tokens\": {}, \"prompt_seconds\": {:.6f}, \"reply_seconds\": {:.6f}}}\n",
      jsonString(result.text), fmt::join(result.tokens, ", "), jsonString(replyEndName(result.end)),
      result.promptRows, result.tokens.size(), seconds(result.promptNs), seconds(result.replyNs));
}

static Status statusOf(const ReplyResult &result, const Replier &replier) {
  if (result.end == ReplyEnd::Interrupted)
    return Status::failure(StatusCode::Interrupted, "interrupted");
  if (result.end == ReplyEnd::ContextFull)
    return Status::failure(StatusCode::ContextFull,
                           "the reply stopped because the context of {} positions is full; {}",
                           replier.context(), replier.makeRoom("limit the reply with -n"));
  return Status::ok();
}

Status runPrompt(Application &app) {
  auto tokens = promptTokens(app);
  if (!tokens)
    return tokens.status();
  auto replier = Replier::start(app);
  if (!replier)
    return replier.status();
  if (std::ssize(*tokens) > (*replier)->context())
    return Status::failure(
        StatusCode::ContextFull, "the prompt has {} tokens, and the context {} positions; {}",
        tokens->size(), (*replier)->context(), (*replier)->makeRoom("shorten it"));
  bool json = app.options().json;
  auto result = (*replier)->reply(*tokens, [&](std::string_view text) {
    return json ? Status::ok() : app.out().writeNow(text);
  });
  if (!result)
    return result.status();
  Status written = Status::ok();
  if (json)
    written = app.out().write(jsonReply(*result));
  else if (app.out().inLine())
    written = app.out().write("\n");
  if (written)
    written = app.out().flush();
  if (!written)
    return written;
  app.sayIfWatched((*replier)->timing(*result));
  return statusOf(*result, **replier);
}

} // namespace tenon::rt
