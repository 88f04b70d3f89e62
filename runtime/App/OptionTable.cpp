//===- OptionTable.cpp - All commands and options of the produced file ----===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "Options.h"

namespace tenon::rt {

static constexpr unsigned generating = PromptBit | ChatBit;
static constexpr unsigned computing = generating | ScoreBit | BenchBit | LogitsBit | VerifyBit;
static constexpr unsigned reading = PromptBit | ScoreBit | TokenizeBit;
static constexpr double anyCount = 9e15; // below 2^53, so that a double holds it

static constexpr Word chatWords[] = {
    {"/clear", "forget the conversation and start anew"},
    {"/exit", "end the chat"},
    {"/help", "show these lines"},
    {"//TEXT", "send a message that begins with a slash: /TEXT"},
};

static constexpr Command commands[] = {
    {PromptBit, "", "[PROMPT | -]", "answer one prompt; - reads it from standard input", 1,
     runPrompt},
    {ChatBit, "chat", "", "talk in turns; Ctrl-C stops a reply, and ends the chat at the prompt", 0,
     runChat, chatWords},
    {ScoreBit, "score", "[FILE | -]", "log-likelihood and perplexity of a text", 1, runScore},
    {BenchBit, "bench", "", "measure tokens per second", 0, runBench},
    {LogitsBit, "logits", "", "write the logits of token ids, or of embeddings, to a NumPy file", 0,
     runLogits},
    {TokenizeBit, "tokenize", "[TEXT | -]", "turn text into token ids, or ids into text", 1,
     runTokenize},
    {InfoBit, "info", "", "show what this file holds and how it would run here", 0, runInfo},
    {VerifyBit, "verify", "", "check every byte of the model, and its stored logits", 0, runVerify},
};

static constexpr OptionDefinition options[] = {
    {"-p --prompt", "TEXT", "the text to work on", reading, &Options::prompt},
    {"-f --file", "FILE", "read that text from a file", reading, &Options::file, 1},
    {"--tokens", "IDS", "work on token ids, as in 1,2,3; a further list is appended", reading,
     &Options::tokens, 0, 2147483647},
    {"--tokens", "IDS",
     "token ids, as in 1,2,3; -1 stands for the next row of --embeddings; a further list is "
     "appended",
     LogitsBit, &Options::tokens, -1, 2147483647},
    {"--embeddings", "FILE",
     "rows in the place of tokens, a NumPy file of f32 [rows, hidden size]; - is standard input",
     LogitsBit, &Options::embeddings, 1},
    {"-n --predict --n-predict", "N", "stop after N tokens; -1: when the model stops", generating,
     &Options::predict, -1, anyCount},
    {"-sys --system --system-prompt", "TEXT", "the system message", generating, &Options::system},
    {"--stop -r --reverse-prompt", "TEXT", "stop before TEXT appears; may be repeated", generating,
     &Options::stops},
    {"--raw -no-cnv --no-conversation", "", "continue the text as it is, without chat template",
     PromptBit, &Options::raw},
    {"--template-variable", "NAME=VALUE",
     "set a variable of the chat template, as in enable_thinking=false; may be repeated",
     generating, &Options::templateVariables},
    {"-c --context --ctx-size", "N",
     "positions to have room for; default: what model and memory "
     "allow",
     computing | InfoBit, &Options::context, 1, anyCount},
    {"--greedy", "", "always take the likeliest token", generating, &Options::greedy},
    {"--temperature --temp", "X", "sample, with logits divided by X; 0: as --greedy", generating,
     &Options::temperature, 0, 1000},
    {"--top-k", "N", "sample among the N likeliest tokens; 0: all", generating, &Options::topK, 0,
     anyCount},
    {"--top-p", "P", "sample among the likeliest tokens whose probabilities reach P", generating,
     &Options::topP, 0, 1},
    {"--min-p", "P", "sample among tokens at least P times as likely as the likeliest", generating,
     &Options::minP, 0, 1},
    {"--repetition-penalty --repeat-penalty", "X", "make tokens that were seen less likely; 1: off",
     generating, &Options::repetitionPenalty, 0.01, 100},
    {"-s --seed", "N", "random numbers to sample with; default: others each time", generating,
     &Options::seed, -1, anyCount},
    {"-p --n-prompt", "LIST",
     "prompt sizes to measure, as in 512,2048; default 512, or what has room", BenchBit,
     &Options::benchPrompts, 0, 1e9},
    {"-n --n-gen", "LIST", "reply sizes to measure; default 128, or what has room", BenchBit,
     &Options::benchReplies, 0, 1e9},
    {"-r --repetitions", "N", "times to measure each; the median is shown; default 5", BenchBit,
     &Options::repetitions, 1, 1000},
    {"-o --output", "FILE", "where to write; - is standard output", LogitsBit, &Options::output, 1},
    {"--pieces", "", "show the text of each token, one on a line", TokenizeBit, &Options::pieces},
    {"-t --threads", "N", "workers; default: the CPUs that this process may use",
     computing | InfoBit, &Options::threads, 1, 4096},
    {"--isa", "NAME", "run the code for this kind of CPU; 'info' lists them", computing | InfoBit,
     &Options::isa, 1},
    {"--licence --license", "", "show the licences of the model and of what is linked in", InfoBit,
     &Options::licence},
    {"--json", "", "write one JSON object", PromptBit | ScoreBit | BenchBit | TokenizeBit | InfoBit,
     &Options::json},
    {"-v --verbose", "", "tell more on standard error", EveryCommand, &Options::verbose},
    {"-h --help", "", "show this", EveryCommand, &Options::help},
    {"--manual", "", "show the manual page, for man -l", EveryCommand, &Options::manual},
    {"--version", "", "show the version", EveryCommand, &Options::version},
};

std::span<const Command> allCommands() { return commands; }
std::span<const OptionDefinition> allOptions() { return options; }

} // namespace tenon::rt
