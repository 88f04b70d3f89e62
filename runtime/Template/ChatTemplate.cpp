//===- ChatTemplate.cpp - Messages to the text of a prompt ----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChatTemplate.h"
#include "TemplateJson.h"
#include "TemplateMachine.h"
#include "runtime/NearestName.h"

#include <algorithm>

using namespace tenon::rt;
using namespace tenon::rt::templates;

struct ChatTemplate::Program {
  ProgramTables tables;
};

ChatTemplate::ChatTemplate(std::unique_ptr<Program> program) : program(std::move(program)) {}
ChatTemplate::ChatTemplate(ChatTemplate &&) noexcept = default;
ChatTemplate &ChatTemplate::operator=(ChatTemplate &&) noexcept = default;
ChatTemplate::~ChatTemplate() = default;

Expected<ChatTemplate> ChatTemplate::open(std::span<const std::byte> bytes) {
  Expected<ProgramTables> tables = openProgram(bytes);
  if (!tables)
    return tables.status();
  auto program = std::make_unique<Program>();
  program->tables = std::move(*tables);
  return ChatTemplate(std::move(program));
}

/// Roles that are words of the chat protocol. Templates build special tokens
/// of them (`'<|' + message.role + '|>'`), so they count as the template's own
/// text; any other role is a user's.
static bool isProtocolRole(std::string_view role) {
  static constexpr std::string_view roles[] = {"system", "user",     "assistant", "tool",
                                               "model",  "function", "developer", "ipython"};
  return std::find(std::begin(roles), std::end(roles), role) != std::end(roles);
}

static Value messageList(Evaluation &eval, std::span<const Message> messages) {
  Value roleKey = eval.string("role"), contentKey = eval.string("content");
  std::vector<Value> items;
  for (const Message &message : messages) {
    Value role = eval.string(repairUtf8(message.role), isProtocolRole(message.role));
    Value content = eval.string(repairUtf8(message.content), /*trusted=*/false);
    items.push_back(eval.dict({{roleKey, role}, {contentKey, content}}));
  }
  return eval.list(std::move(items));
}

/// Made of the conversation, not for a user to set.
static constexpr std::string_view reservedNames[] = {"messages", "add_generation_prompt"};

/// `; it reads 'a', 'b'`
static std::string listOf(std::span<const std::string_view> names) {
  return names.empty() ? "; it reads none"
                       : fmt::format("; it reads '{}'", fmt::join(names, "', '"));
}

Status ChatTemplate::check(const TemplateOptions &options) const {
  std::vector<std::string_view> known = program->tables.variables();
  std::erase_if(known, [](std::string_view name) {
    return std::ranges::find(reservedNames, name) != std::end(reservedNames);
  });
  Evaluation eval((Limits()));
  for (const auto &[name, literal] : options.variables) {
    if (std::ranges::find(reservedNames, name) != std::end(reservedNames))
      return Status::failure(StatusCode::Usage,
                             "the template variable '{}' is made from the conversation and cannot "
                             "be set; leave it away",
                             name);
    if (std::ranges::find(known, name) == known.end()) {
      std::string hint = didYouMean(name, known);
      return Status::failure(StatusCode::Usage, "the chat template reads no variable '{}'{}", name,
                             hint.empty() ? listOf(known) : hint);
    }
    parseLiteral(eval, literal);
    if (eval.failed())
      return Status::failure(StatusCode::Usage, "template variable '{}' is not a literal: {}", name,
                             eval.errorText());
  }
  return Status::ok();
}

/// Trusts the roles of the protocol in a list of messages given as a literal.
static void trustRoles(Evaluation &eval, const Value &messages) {
  if (!messages.is(Kind::List))
    return;
  for (const Value &message : messages.list->items) {
    Value *role = message.is(Kind::Dict) ? message.dict->find("role") : nullptr;
    if (role && role->isString() && isProtocolRole(role->text->view()))
      *role = eval.string(role->text->view(), /*trusted=*/true);
  }
}

/// Defines what every template may use, then the user's variables over it.
static Status defineVariables(Machine &machine, Evaluation &eval, std::span<const Message> messages,
                              const TemplateOptions &options) {
  machine.define("messages", messageList(eval, messages));
  machine.define("tools", Value::none());
  machine.define("documents", Value::none());
  machine.define("add_generation_prompt", Value::of(options.addGenerationPrompt));
  for (auto &[name, literal] : options.variables) {
    Value value = parseLiteral(eval, literal);
    if (eval.failed())
      return Status::failure(StatusCode::Usage, "template variable '{}' is not a literal: {}", name,
                             eval.errorText());
    if (name == "messages")
      trustRoles(eval, value);
    machine.define(name, value);
  }
  return Status::ok();
}

Expected<std::vector<TextSpan>> ChatTemplate::render(std::span<const Message> messages,
                                                     const TemplateOptions &options) const {
  Limits limits;
  if (options.maxSteps)
    limits.steps = options.maxSteps;
  if (options.maxBytes)
    limits.arenaBytes = options.maxBytes;
  Evaluation eval(limits);
  eval.now = options.now;
  Machine machine(program->tables, eval);
  if (Status status = defineVariables(machine, eval, messages, options); !status)
    return status;
  Text prompt = machine.run();
  if (eval.failed())
    return Status::failure(StatusCode::Refused, "chat template, line {}: {}", machine.line(),
                           eval.errorText());
  std::vector<TextSpan> spans;
  size_t begin = 0;
  for (const Text::Run &run : prompt.tags()) {
    spans.push_back({std::string(prompt.view().substr(begin, run.end - begin)), run.trusted});
    begin = run.end;
  }
  return spans;
}
