//===- Options.h - The command line of the produced file ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_APP_OPTIONS_H
#define TENON_RUNTIME_APP_OPTIONS_H

#include "runtime/Status.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tenon::rt {

class Application;
struct Command;

/// What the command line asks for. What it does not mention is empty.
struct Options {
  const Command *command = nullptr;
  std::vector<std::string> arguments; ///< those that are no options
  bool help = false;
  bool version = false;
  bool manual = false;
  bool verbose = false;
  bool json = false;
  bool raw = false;
  bool greedy = false;
  bool pieces = false;
  bool licence = false;
  std::optional<std::string> prompt;
  std::optional<std::string> file;
  std::optional<std::string> system;
  std::optional<std::string> output;
  std::optional<std::string> embeddings;
  std::optional<std::string> isa;
  std::vector<std::string> stops;
  std::vector<std::string> templateVariables;
  std::vector<int64_t> tokens;
  std::vector<int64_t> benchPrompts;
  std::vector<int64_t> benchReplies;
  std::optional<int64_t> repetitions;
  std::optional<int64_t> context;
  std::optional<int64_t> predict;
  std::optional<int64_t> threads;
  std::optional<int64_t> seed;
  std::optional<int64_t> topK;
  std::optional<double> temperature;
  std::optional<double> topP;
  std::optional<double> minP;
  std::optional<double> repetitionPenalty;
};

/// Commands as bits, so that an option can say where it holds.
enum CommandBit : unsigned {
  PromptBit = 1 << 0,
  ChatBit = 1 << 1,
  ScoreBit = 1 << 2,
  BenchBit = 1 << 3,
  LogitsBit = 1 << 4,
  TokenizeBit = 1 << 5,
  InfoBit = 1 << 6,
  VerifyBit = 1 << 7,
  EveryCommand = (1 << 8) - 1,
};

/// A word that is typed where text is expected, and what it does.
struct Word {
  std::string_view name;
  std::string_view help;
};

/// A command of the produced file.
struct Command {
  CommandBit bit;
  std::string_view name;      ///< empty: the prompt, which has no word of its own
  std::string_view arguments; ///< as usage shows them
  std::string_view help;
  size_t maxArguments;
  Status (*run)(Application &);
  std::span<const Word> words = {}; ///< that it takes on its standard input
};

/// Where the value of an option goes; its type is the type of the value.
using OptionTarget =
    std::variant<bool Options::*, std::optional<int64_t> Options::*,
                 std::optional<double> Options::*, std::optional<std::string> Options::*,
                 std::vector<std::string> Options::*, std::vector<int64_t> Options::*>;

/// An option. Parsing, --help and the manual page are made from this.
struct OptionDefinition {
  std::string_view names; ///< the one to show first, separated by spaces
  std::string_view value; ///< how help calls the value; empty: none
  std::string_view help;
  unsigned commands; ///< CommandBits
  OptionTarget target;
  double least = 0; ///< smallest number allowed; for one text 1: not empty
  double most = 9e15;
};

/// All commands, the prompt first, and all options.
std::span<const Command> allCommands();
std::span<const OptionDefinition> allOptions();

/// Reads the command line without the program's name.
/// \returns Usage, with the nearest right name for a misspelt one; also for an
/// option of one value that is given twice.
Expected<Options> parseOptions(std::span<const char *const> arguments);

/// Reads `1,2,3`: numbers from `least` to `most`.
/// \returns Usage; the text names `option`.
Expected<std::vector<int64_t>> parseNumbers(std::string_view text, std::string_view option,
                                            int64_t least, int64_t most);

/// The text of --help: of one command, or of all when it is the prompt.
std::string helpText(std::string_view program, const Command &command);
/// The manual page, in the man macros of roff.
std::string manualPage(std::string_view program);

} // namespace tenon::rt

#endif // TENON_RUNTIME_APP_OPTIONS_H
