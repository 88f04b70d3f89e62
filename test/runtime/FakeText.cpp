//===- FakeText.cpp - A tokenizer of bytes and a template of turns --------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Stand in for the compiled tokenizer and template, so that the commands are
// tested by themselves. The template refuses the message `refuse me`, and the
// value of its variable `loud` becomes a system message.
//
//===----------------------------------------------------------------------===//

#include "FakeModel.h"

#include "runtime/Template/ChatTemplate.h"
#include "runtime/Tokenizer/Tokenizer.h"

#include <cstring>

namespace tenon::rt {

using namespace tenon::test;

static constexpr struct {
  std::string_view text;
  int32_t id;
} specials[] = {{"<bos>", Bos}, {"<start>", TurnStart}, {"<end>", TurnEnd}};

struct Tokenizer::Tables {};
struct Tokenizer::Decoder::State {
  std::string pending;
};

static std::string_view byteText(int32_t id) {
  static char bytes[256];
  bytes[id] = static_cast<char>(id);
  return {&bytes[id], 1};
}

Expected<Tokenizer> Tokenizer::open(std::span<const std::byte> tables) {
  if (tables.empty() || tables[0] != std::byte('t'))
    return Status::failure(StatusCode::Damaged, "these are no tables of a tokenizer");
  return Tokenizer(std::make_unique<Tables>());
}
Tokenizer::Tokenizer(std::unique_ptr<Tables> tables) : tables(std::move(tables)) {}
Tokenizer::Tokenizer(Tokenizer &&) noexcept = default;
Tokenizer &Tokenizer::operator=(Tokenizer &&) noexcept = default;
Tokenizer::~Tokenizer() = default;

std::vector<int32_t> Tokenizer::encode(std::span<const TextSpan> spans, bool addSpecial) const {
  std::vector<int32_t> ids;
  if (addSpecial)
    ids.push_back(Bos);
  for (const TextSpan &span : spans)
    for (size_t i = 0; i < span.text.size();) {
      int32_t id = static_cast<unsigned char>(span.text[i]);
      size_t bytes = 1;
      for (const auto &special : specials)
        if (span.trusted && span.text.compare(i, special.text.size(), special.text) == 0) {
          id = special.id;
          bytes = special.text.size();
        }
      ids.push_back(id);
      i += bytes;
    }
  return ids;
}

std::vector<int32_t> Tokenizer::encode(std::string_view text, bool addSpecial) const {
  TextSpan span{std::string(text), true};
  return encode(std::span(&span, 1), addSpecial);
}

std::string_view Tokenizer::tokenBytes(int32_t id) const {
  if (id >= 0 && id < 256)
    return byteText(id);
  for (const auto &special : specials)
    if (special.id == id)
      return special.text;
  return {};
}

bool Tokenizer::isSpecial(int32_t id) const { return id >= 256; }

std::string Tokenizer::decode(std::span<const int32_t> ids, bool skipSpecial) const {
  std::string text;
  for (int32_t id : ids)
    if (!skipSpecial || !isSpecial(id))
      text += tokenBytes(id);
  return text;
}

Tokenizer::Decoder::Decoder(const Tokenizer &, bool) : state(std::make_unique<State>()) {}
Tokenizer::Decoder::Decoder(Decoder &&) noexcept = default;
Tokenizer::Decoder::~Decoder() = default;

/// Bytes of a character from its first byte.
static size_t characterBytes(unsigned char first) {
  return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

std::string Tokenizer::Decoder::push(int32_t id) {
  if (id >= 256)
    return {};
  state->pending += static_cast<char>(id);
  if (state->pending.size() < characterBytes(static_cast<unsigned char>(state->pending[0])))
    return {};
  return std::exchange(state->pending, {});
}

std::string Tokenizer::Decoder::finish() {
  return std::exchange(state->pending, {}).empty() ? "" : "\xef\xbf\xbd";
}

struct ChatTemplate::Program {};

Expected<ChatTemplate> ChatTemplate::open(std::span<const std::byte> program) {
  if (program.empty() || program[0] != std::byte('t'))
    return Status::failure(StatusCode::Damaged, "this is no program of a template");
  return ChatTemplate(std::make_unique<Program>());
}
ChatTemplate::ChatTemplate(std::unique_ptr<Program> program) : program(std::move(program)) {}
ChatTemplate::ChatTemplate(ChatTemplate &&) noexcept = default;
ChatTemplate &ChatTemplate::operator=(ChatTemplate &&) noexcept = default;
ChatTemplate::~ChatTemplate() = default;

Status ChatTemplate::check(const TemplateOptions &options) const {
  for (const auto &[name, value] : options.variables)
    if (name != "loud")
      return Status::failure(StatusCode::Usage, "the template reads no variable '{}'", name);
  return Status::ok();
}

static void addTurn(std::vector<TextSpan> &spans, const std::string &role,
                    const std::string &content) {
  spans.push_back({"<start>" + role + "\n", true});
  spans.push_back({content, false});
  spans.push_back({"<end>", true});
}

Expected<std::vector<TextSpan>> ChatTemplate::render(std::span<const Message> messages,
                                                     const TemplateOptions &options) const {
  std::vector<TextSpan> spans;
  for (const auto &[name, value] : options.variables)
    if (name == "loud")
      addTurn(spans, "system", value);
  for (const Message &message : messages) {
    if (message.content == "refuse me")
      return Status::failure(StatusCode::Refused, "the template refuses this message");
    addTurn(spans, message.role, message.content);
  }
  if (options.addGenerationPrompt)
    spans.push_back({"<start>assistant\n", true});
  return spans;
}

} // namespace tenon::rt
