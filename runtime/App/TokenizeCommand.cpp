//===- TokenizeCommand.cpp - Text to token ids and back -----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Application.h"
#include "Commands.h"

namespace tenon::rt {

static Status printText(Application &app, const Tokenizer &tokenizer) {
  std::vector<int32_t> tokens = app.givenTokens();
  std::string text = tokenizer.decode(tokens, /*skipSpecialTokens=*/false);
  if (app.options().json)
    return app.out().write(fmt::format("{{\"text\": {}}}\n", jsonString(text)));
  return app.out().write(text + '\n');
}

static Status printTokens(Application &app, const Tokenizer &tokenizer, const std::string &text) {
  std::vector<int32_t> tokens = tokenizer.encode(text, /*addSpecialTokens=*/true);
  if (app.options().json)
    return app.out().write(fmt::format("{{\"tokens\": [{}]}}\n", fmt::join(tokens, ", ")));
  if (!app.options().pieces)
    return app.out().write(fmt::format("{}\n", fmt::join(tokens, ",")));
  for (int32_t token : tokens)
    if (Status status = app.out().write(
            fmt::format("{:>7} {}\n", token, jsonString(tokenizer.tokenBytes(token))));
        !status)
      return status;
  return Status::ok();
}

Status runTokenize(Application &app) {
  auto text = app.inputText(/*argumentIsFile=*/false);
  if (!text)
    return text.status();
  auto tokenizer = app.tokenizer();
  if (!tokenizer)
    return Status::failure(StatusCode::Refused, "this file has no tokenizer, so it knows no text");
  if (!app.options().tokens.empty())
    return printText(app, **tokenizer);
  if (!*text)
    return Status::failure(StatusCode::Usage,
                           "there is nothing to tokenize; give a text, or - for standard input, or "
                           "ids with --tokens=1,2,3");
  return printTokens(app, **tokenizer, **text);
}

} // namespace tenon::rt
