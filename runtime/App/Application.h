//===- Application.h - What the commands share ----------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_APP_APPLICATION_H
#define TENON_RUNTIME_APP_APPLICATION_H

#include "Options.h"
#include "Output.h"

#include "runtime/Cpu.h"
#include "runtime/MachineLimits.h"
#include "runtime/ModelInfo.h"
#include "runtime/Payload.h"
#include "runtime/Sampler.h"
#include "runtime/Session.h"
#include "runtime/Template/ChatTemplate.h"
#include "runtime/Tokenizer/Tokenizer.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tenon::rt {

/// Finds the payload: Payload::openOwn, or a test's own.
using PayloadOpener = Expected<Payload> (*)();

/// One run of the produced file: the command line, the payload, and what is
/// made of it when a command asks for it.
class Application {
public:
  Application(std::string program, Options options, Payload payload);

  /// Checks the numbers of the model. Call it first.
  /// \returns Damaged when they contradict each other.
  Status open();

  const std::string &programName() const { return program; }
  const Options &options() const { return given; }
  const Payload &payload() const { return content; }
  const ModelInfo &model() const { return *modelInfo; }
  Output &out() { return output; }

  /// One line on standard error: `NAME: TEXT`.
  void say(std::string_view text) const;
  /// The same when --verbose is given or standard error is a terminal.
  void sayIfWatched(std::string_view text) const;
  bool watched() const;

  bool hasTokenizer() const { return content.has(SectionKind::Tokenizer); }
  bool hasTemplate() const { return content.has(SectionKind::ChatTemplate); }
  /// \returns Usage when the file has none; the text says what the command
  /// can do without.
  Expected<const Tokenizer *> tokenizer();
  /// \returns Usage when the file has none.
  Expected<const ChatTemplate *> chatTemplate();
  /// What the command line says for the template, checked.
  Expected<TemplateOptions> templateOptions();

  /// The conversation before its first message: --system, if it is given.
  std::vector<Message> firstMessages() const;
  /// The ids of a conversation as the template writes it, up to where a reply
  /// begins.
  /// \returns Refused when the template refuses it.
  Expected<std::vector<int32_t>> encodeMessages(std::span<const Message> messages,
                                                const TemplateOptions &options);

  /// The text that -p, -f or the argument gives; nothing when none does.
  /// \returns Usage when more than one does, Refused when it is not UTF-8
  /// and the command is no prompt, which gets a note.
  Expected<std::optional<std::string>> inputText(bool argumentIsFile) const;
  /// A note with the place of the first byte of `text` that is not UTF-8.
  void noteInvalidText(std::string_view text, std::string_view what) const;

  /// --tokens as ids.
  /// \returns Refused for one outside the vocabulary.
  Expected<std::vector<int32_t>> givenTokens() const;

  /// Rules for sampling from the command line and the model's defaults.
  Expected<SamplingRules> samplingRules() const;
  /// --seed, or a random one.
  uint64_t seed() const;

  const CpuFacts &cpu();
  const MachineLimits &limits();
  /// The best program of the file that this machine can run, or the one that
  /// --isa names.
  /// \returns MachineUnsupported, naming the missing features; Usage when the
  /// file has no program of that name.
  Expected<const Program *> chosenProgram();
  /// Positions of the context: what --context says, or the most that the model
  /// allows and memory holds.
  /// \returns Usage when the model allows fewer than asked for,
  /// MachineUnsupported when their state does not fit.
  Expected<int64_t> chosenContext();
  /// As many workers as --threads says, or as suit this machine.
  WorkersConfig workersConfig();
  /// `FIRST, or use a larger --context`, or `FIRST` if there is no larger one
  /// than `context`.
  std::string makeRoom(std::string_view first, int64_t context) const;
  /// Starts a session; Ctrl-C stops its steps.
  Expected<std::unique_ptr<Session>> startSession();

  /// Nanoseconds since the application began.
  int64_t elapsedNs() const;

private:
  Expected<std::optional<std::string>> chosenText(bool argumentIsFile) const;

  std::string program;
  Options given;
  Payload content;
  const ModelInfo *modelInfo = nullptr;
  Output output;
  std::optional<Tokenizer> openTokenizer;
  std::optional<ChatTemplate> openTemplate;
  std::optional<CpuFacts> cpuFacts;
  std::optional<MachineLimits> machineLimits;
  int64_t startNs;
};

/// Runs the produced file with the arguments of main. \returns its exit code.
int runApplication(int argumentCount, const char *const *arguments, PayloadOpener openPayload);

/// Nanoseconds of a clock that only goes forward.
int64_t monotonicNs();

} // namespace tenon::rt

#endif // TENON_RUNTIME_APP_APPLICATION_H
