//===- PromptCommand.cpp - Answers one prompt ---------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "Reply.h"
#include "Statistics.h"

namespace tenon::rt {

/// The ids of `text`, as a message if the file has a template.
static Expected<std::vector<int32_t>> encodePrompt(Application &app, const std::string &text) {
  auto tokenizer = app.tokenizer();
  if (!tokenizer)
    return tokenizer.status();
  if (!app.options().raw && !app.hasTemplate())
    app.say("note: this file has no chat template; the text is continued as it is");
  if (app.options().raw || !app.hasTemplate()) {
    if (app.options().system)
      return Status::failure(StatusCode::Usage,
                             "--system needs a chat template, and none is used here; put the text "
                             "into the prompt");
    return (*tokenizer)->encode(text, /*addSpecialTokens=*/true);
  }
  auto chatTemplate = app.chatTemplate();
  if (!chatTemplate)
    return chatTemplate.status();
  auto templateOptions = app.templateOptions();
  if (!templateOptions)
    return templateOptions.status();
  std::vector<Message> messages;
  if (app.options().system)
    messages.push_back({"system", *app.options().system});
  messages.push_back({"user", text});
  auto spans = (*chatTemplate)->render(messages, *templateOptions);
  if (!spans)
    return spans.status();
  return (*tokenizer)->encode(*spans, /*addSpecialTokens=*/false);
}

static Expected<std::vector<int32_t>> promptTokens(Application &app) {
  auto text = app.inputText(/*argumentIsFile=*/false);
  if (!text)
    return text.status();
  if (!app.options().tokens.empty())
    return app.givenTokens();
  if (!*text)
    return Status::failure(StatusCode::Usage, "there is no prompt; write {} \"TEXT\", or {} chat",
                           app.programName(), app.programName());
  auto tokens = encodePrompt(app, **text);
  if (tokens && tokens->empty() && app.model().bosToken >= 0)
    tokens->push_back(static_cast<int32_t>(app.model().bosToken));
  if (tokens && tokens->empty())
    return Status::failure(StatusCode::Refused, "the prompt is empty; give at least one character");
  return tokens;
}

static std::string jsonReply(const ReplyResult &result) {
  return fmt::format(
      "{{\"text\": {}, \"tokens\": [{}], \"end\": {}, \"prompt_tokens\": {}, "
      "\"reply_tokens\": {}, \"prompt_seconds\": {:.6f}, \"reply_seconds\": {:.6f}}}\n",
      jsonString(result.text), fmt::join(result.tokens, ", "), jsonString(replyEndName(result.end)),
      result.promptRows, result.tokens.size(), seconds(result.promptNs), seconds(result.replyNs));
}

static Status statusOf(const ReplyResult &result, const Session &session) {
  if (result.end == ReplyEnd::Interrupted)
    return Status::failure(StatusCode::Interrupted, "interrupted");
  if (result.end == ReplyEnd::ContextFull)
    return Status::failure(StatusCode::ContextFull,
                           "the reply stopped because the context of {} positions is full; use a "
                           "larger --context, or limit the reply with -n",
                           session.context());
  return Status::ok();
}

Status runPrompt(Application &app) {
  auto tokens = promptTokens(app);
  if (!tokens)
    return tokens.status();
  auto rules = app.samplingRules();
  if (!rules)
    return rules.status();
  auto session = app.startSession();
  if (!session)
    return session.status();
  auto sequence = (*session)->addSequence();
  if (!sequence)
    return sequence.status();
  const Tokenizer *tokenizer = nullptr;
  if (app.hasTokenizer()) {
    auto opened = app.tokenizer();
    if (!opened)
      return opened.status();
    tokenizer = *opened;
  }
  Replier replier(app, **session, tokenizer, *rules);
  bool json = app.options().json;
  auto result = replier.reply(*sequence, *tokens, *tokens, [&](std::string_view text) {
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
  app.sayIfWatched(replier.timing(*result));
  return statusOf(*result, **session);
}

} // namespace tenon::rt
