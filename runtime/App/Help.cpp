//===- Help.cpp - Help and manual page, from the table of options ---------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

namespace tenon::rt {

static constexpr size_t helpColumn = 30;
static constexpr size_t lineWidth = 80;

/// Appends `left`, and `text` broken into lines in the column behind it.
static void appendEntry(std::string &out, std::string left, std::string_view text) {
  if (left.size() + 2 > helpColumn)
    left += '\n' + std::string(helpColumn, ' ');
  else
    left.resize(helpColumn, ' ');
  out += left;
  size_t column = helpColumn;
  while (!text.empty()) {
    size_t end = std::min(text.find(' '), text.size());
    if (column > helpColumn && column + 1 + end > lineWidth) {
      out += '\n' + std::string(helpColumn, ' ');
      column = helpColumn;
    }
    if (column > helpColumn) {
      out += ' ';
      ++column;
    }
    out += text.substr(0, end);
    column += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  out += '\n';
}

/// `-c, --context N`; further spellings are not shown.
static std::string shownNames(const OptionDefinition &option) {
  std::string shown;
  std::string_view names = option.names;
  for (int count = 0; count < 2 && !names.empty(); ++count) {
    size_t end = std::min(names.find(' '), names.size());
    shown += (count ? ", " : "") + std::string(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  if (!option.value.empty())
    shown += ' ' + std::string(option.value);
  return shown;
}

static std::string usage(std::string_view program, const Command &command) {
  std::string line(program);
  for (std::string_view word : {command.name, std::string_view("[OPTIONS]"), command.arguments})
    if (!word.empty())
      line += ' ' + std::string(word);
  return line;
}

static void appendOptions(std::string &out, const Command &command) {
  out += "\noptions:\n";
  for (const OptionDefinition &option : allOptions())
    if (option.commands & command.bit)
      appendEntry(out, "  " + shownNames(option), option.help);
}

std::string helpText(std::string_view program, const Command &command) {
  std::string out = "usage: " + usage(program, command) + '\n';
  if (command.bit != PromptBit) {
    out += '\n' + std::string(command.help) + '\n';
    if (!command.words.empty())
      out += "\nwhat a line may be besides a message:\n";
    for (const Word &word : command.words)
      appendEntry(out, "  " + std::string(word.name), word.help);
    appendOptions(out, command);
    return out;
  }
  out += "       " + std::string(program) + " COMMAND [OPTIONS]\n\ncommands:\n";
  for (const Command &each : allCommands())
    appendEntry(out, "  " + std::string(each.name.empty() ? each.arguments : each.name), each.help);
  appendOptions(out, command);
  out += "\n'" + std::string(program) +
         " COMMAND --help' shows the options of a command.\n"
         "The answer goes to standard output, everything else to standard error.\n";
  return out;
}

/// Text that roff must not take for a request or an escape.
static std::string roff(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\\' || c == '-')
      out += '\\';
    out += c;
  }
  return out;
}

static constexpr std::string_view exitStatuses[][2] = {
    {"0", "all went well"},
    {"1", "a defect of Tenon"},
    {"2", "the command line makes no sense"},
    {"3", "the input is malformed or not supported"},
    {"4", "numbers or hashes differ from what they must be"},
    {"5", "this machine cannot run the file, or not with so much state"},
    {"6", "the file was truncated or changed"},
    {"7", "the context is full"},
    {"8", "reading or writing failed"},
    {"130", "stopped by the user"},
};

std::string manualPage(std::string_view program) {
  std::string out = ".TH \"" + roff(program) + "\" 1\n.SH NAME\n" + roff(program) +
                    " \\- a language model as one file\n.SH SYNOPSIS\n";
  for (const Command &command : allCommands())
    out += ".br\n.B " + roff(usage(program, command)) + '\n';
  out += ".SH DESCRIPTION\nThe answer goes to standard output, everything else to standard error.\n"
         "The file opens no network connection.\n";
  for (const Command &command : allCommands()) {
    out += ".SH \"" + std::string(command.name.empty() ? "PROMPT" : command.name) + "\"\n" +
           roff(command.help) + '\n';
    for (const Word &word : command.words)
      out += ".TP\n.B " + roff(word.name) + '\n' + roff(word.help) + '\n';
    for (const OptionDefinition &option : allOptions())
      if (option.commands & command.bit)
        out += ".TP\n.B " + roff(shownNames(option)) + '\n' + roff(option.help) + '\n';
  }
  out += ".SH EXIT STATUS\n";
  for (const auto &[code, meaning] : exitStatuses)
    out += ".TP\n.B " + std::string(code) + '\n' + roff(meaning) + '\n';
  return out;
}

} // namespace tenon::rt
