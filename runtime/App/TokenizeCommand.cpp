//===- TokenizeCommand.cpp - Text to token ids and back -------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Application.h"
#include "Commands.h"

namespace tenon::rt {

static Status printPieces(Application &app, const Tokenizer &tokenizer,
                          const std::vector<int32_t> &tokens) {
  if (app.options().json) {
    std::vector<std::string> pieces;
    for (int32_t token : tokens)
      pieces.push_back(jsonString(tokenizer.tokenBytes(token)));
    return app.out().write(fmt::format("{{\"tokens\": [{}], \"pieces\": [{}]}}\n",
                                       fmt::join(tokens, ", "), fmt::join(pieces, ", ")));
  }
  for (int32_t token : tokens)
    if (Status status = app.out().write(
            fmt::format("{:>7} {}\n", token, jsonString(tokenizer.tokenBytes(token))));
        !status)
      return status;
  return Status::ok();
}

static Status printText(Application &app, const Tokenizer &tokenizer) {
  auto tokens = app.givenTokens();
  if (!tokens)
    return tokens.status();
  for (int32_t token : *tokens)
    if (tokenizer.tokenBytes(token).empty())
      return Status::failure(StatusCode::Refused, "token id {} stands for no text", token);
  if (app.options().pieces)
    return printPieces(app, tokenizer, *tokens);
  std::string text = tokenizer.decode(*tokens, /*skipSpecialTokens=*/false);
  if (app.options().json)
    return app.out().write(fmt::format("{{\"text\": {}}}\n", jsonString(text)));
  return app.out().write(text + '\n');
}

static Status printTokens(Application &app, const Tokenizer &tokenizer, const std::string &text) {
  std::vector<int32_t> tokens = tokenizer.encode(text, /*addSpecialTokens=*/true);
  if (app.options().pieces)
    return printPieces(app, tokenizer, tokens);
  if (app.options().json)
    return app.out().write(fmt::format("{{\"tokens\": [{}]}}\n", fmt::join(tokens, ", ")));
  return app.out().write(fmt::format("{}\n", fmt::join(tokens, ",")));
}

Status runTokenize(Application &app) {
  auto text = app.inputText(/*argumentIsFile=*/false);
  if (!text)
    return text.status();
  auto tokenizer = app.tokenizer();
  if (!tokenizer)
    return tokenizer.status();
  if (!app.options().tokens.empty())
    return printText(app, **tokenizer);
  if (!*text)
    return Status::failure(StatusCode::Usage,
                           "there is nothing to tokenize; give a text, or - for standard input, or "
                           "ids with --tokens=1,2,3");
  return printTokens(app, **tokenizer, **text);
}

} // namespace tenon::rt
