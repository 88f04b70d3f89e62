//===- Options.cpp - Reads the command line of the produced file ----------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "runtime/NearestName.h"
#include "runtime/Utf8.h"

#include <charconv>

namespace tenon::rt {

namespace {

/// Cuts the text before `separator` off the front of `text`.
std::string_view cut(std::string_view &text, char separator) {
  size_t end = std::min(text.find(separator), text.size());
  std::string_view head = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return head;
}

bool hasName(const OptionDefinition &option, std::string_view name) {
  for (std::string_view names = option.names; !names.empty();)
    if (cut(names, ' ') == name)
      return true;
  return false;
}

const OptionDefinition *findOption(std::string_view name, unsigned command) {
  for (const OptionDefinition &option : allOptions())
    if ((option.commands & command) && hasName(option, name))
      return &option;
  return nullptr;
}

const Command *findCommand(std::string_view name) {
  for (const Command &command : allCommands())
    if (!name.empty() && command.name == name)
      return &command;
  return nullptr;
}

/// `'chat'`, or `a prompt` for the command without a word.
std::string nameOf(const Command &command) {
  return command.name.empty() ? "a prompt" : "'" + std::string(command.name) + "'";
}

Status unknownOption(std::string_view name, const Command &command) {
  if (findOption(name, EveryCommand))
    return Status::failure(StatusCode::Usage, "{} has no meaning for {}; --help shows what has",
                           name, nameOf(command));
  std::vector<std::string_view> known;
  for (const OptionDefinition &option : allOptions())
    for (std::string_view names = option.names; (option.commands & command.bit) && !names.empty();)
      known.push_back(cut(names, ' '));
  std::string hint = didYouMean(name, known);
  if (command.bit == PromptBit && name.find(' ') != name.npos)
    hint = "; to send it as a prompt, write -p before it";
  return Status::failure(StatusCode::Usage, "unknown option {}{}", name,
                         hint.empty() ? "; --help shows all" : hint);
}

/// A word that looks like a slip of a command is not taken for a prompt.
Status refuseLikelyCommand(std::string_view word) {
  if (word.find_first_of(" \t\n") != std::string_view::npos)
    return Status::ok();
  if (findCommand(word))
    return Status::failure(StatusCode::Usage,
                           "'{}' is a command and must come first; to send it as a prompt, write "
                           "-p {}",
                           word, word);
  // `what` is a word in its own right: a slip keeps the first letter.
  for (const Command &command : allCommands())
    if (word.size() > 3 && !command.name.empty() && word[0] == command.name[0] &&
        editDistance(word, command.name) == 1)
      return Status::failure(StatusCode::Usage,
                             "unknown command '{}'; did you mean '{}'; to send it as a prompt, "
                             "write -p {}",
                             word, command.name, word);
  return Status::ok();
}

/// Stores the value of an option; a visitor of OptionTarget.
struct Store {
  Options &options;
  const OptionDefinition &option;
  std::string_view name;
  std::string_view value;

  Status operator()(bool Options::*target) const {
    options.*target = true;
    return Status::ok();
  }
  Status operator()(std::optional<std::string> Options::*target) const {
    if (value.empty() && option.least > 0)
      return Status::failure(StatusCode::Usage, "{} needs some text, got none; leave it away",
                             name);
    return once(options.*target, std::string(value));
  }
  Status operator()(std::vector<std::string> Options::*target) const {
    if (value.empty())
      return Status::failure(StatusCode::Usage, "{} needs some text, got none; leave it away",
                             name);
    if (!isValidUtf8(value))
      return Status::failure(StatusCode::Usage, "{} needs UTF-8, and byte {} of its value is not",
                             name, validPrefix(value));
    (options.*target).emplace_back(value);
    return Status::ok();
  }
  Status operator()(std::vector<int64_t> Options::*target) const {
    auto numbers = parseNumbers(value, name, static_cast<int64_t>(option.least),
                                static_cast<int64_t>(option.most));
    if (!numbers)
      return numbers.status();
    (options.*target).insert((options.*target).end(), numbers->begin(), numbers->end());
    return Status::ok();
  }
  Status operator()(std::optional<int64_t> Options::*target) const {
    auto numbers = parseNumbers(value, name, static_cast<int64_t>(option.least),
                                static_cast<int64_t>(option.most));
    if (!numbers || numbers->size() != 1)
      return wrong("a whole number");
    return once(options.*target, numbers->front());
  }
  Status operator()(std::optional<double> Options::*target) const {
    double number;
    auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() ||
        !(number >= option.least && number <= option.most))
      return wrong("a number");
    return once(options.*target, number);
  }

private:
  /// Of two values one would be lost, whichever is meant.
  template <typename T> Status once(std::optional<T> &target, T given) const {
    if (target)
      return Status::failure(StatusCode::Usage, "{} is given twice; leave one of them away", name);
    target = std::move(given);
    return Status::ok();
  }
  Status wrong(const char *kind) const {
    std::string range = fmt::format("from {} to {}", option.least, option.most);
    if (option.most >= 9e15)
      range = fmt::format("of at least {}", option.least);
    return Status::failure(StatusCode::Usage, "{} needs {} {}, got '{}'", name, kind, range, value);
  }
};

/// Walks the arguments once.
class Parser {
public:
  Parser(std::span<const char *const> arguments) : rest(arguments) {}

  Expected<Options> parse() {
    options.command = &allCommands().front();
    if (!rest.empty())
      if (const Command *command = findCommand(rest.front())) {
        options.command = command;
        rest = rest.subspan(1);
      }
    while (!rest.empty()) {
      std::string_view argument = take();
      bool isOption = !onlyArguments && argument.size() > 1 && argument[0] == '-';
      Status status = isOption ? option(argument) : plain(argument);
      if (!status)
        return status;
    }
    return std::move(options);
  }

private:
  std::string_view take() {
    std::string_view argument = rest.front();
    rest = rest.subspan(1);
    return argument;
  }

  Status option(std::string_view argument) {
    if (argument == "--") {
      onlyArguments = true;
      return Status::ok();
    }
    std::string_view value = argument;
    std::string_view name = cut(value, '=');
    bool hasValue = name.size() < argument.size();
    const OptionDefinition *found = findOption(name, options.command->bit);
    if (!found)
      return unknownOption(name, *options.command);
    if (found->value.empty() && hasValue)
      return Status::failure(StatusCode::Usage, "{} takes no value, got '{}'", name, value);
    if (!found->value.empty() && !hasValue) {
      if (rest.empty())
        return Status::failure(StatusCode::Usage, "{} needs a value, {}", name, found->value);
      value = take();
    }
    return std::visit(Store{options, *found, name, value}, found->target);
  }

  Status plain(std::string_view argument) {
    const Command &command = *options.command;
    if (command.bit == PromptBit && options.arguments.empty() && !onlyArguments)
      if (Status status = refuseLikelyCommand(argument); !status)
        return status;
    if (options.arguments.size() == command.maxArguments && command.maxArguments == 0)
      return Status::failure(StatusCode::Usage, "{} takes no argument, got '{}'", nameOf(command),
                             argument);
    if (options.arguments.size() == command.maxArguments)
      return Status::failure(StatusCode::Usage,
                             "{} takes one argument, got '{}' as well; put text with spaces in "
                             "quotes",
                             nameOf(command), argument);
    options.arguments.emplace_back(argument);
    return Status::ok();
  }

  Options options;
  std::span<const char *const> rest;
  bool onlyArguments = false;
};

} // namespace

Expected<Options> parseOptions(std::span<const char *const> arguments) {
  return Parser(arguments).parse();
}

Expected<std::vector<int64_t>> parseNumbers(std::string_view text, std::string_view option,
                                            int64_t least, int64_t most) {
  std::vector<int64_t> numbers;
  const char *at = text.data(), *end = at + text.size();
  while (true) {
    int64_t number;
    auto [behind, error] = std::from_chars(at, end, number);
    if (error != std::errc() || number < least || number > most ||
        (behind != end && *behind != ','))
      return Status::failure(StatusCode::Usage,
                             "{} needs whole numbers from {} to {}, as in 1,2,3; got '{}'", option,
                             least, most, text);
    numbers.push_back(number);
    if (behind == end)
      return numbers;
    at = behind + 1;
  }
}

} // namespace tenon::rt
