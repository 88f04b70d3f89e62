//===- ChatTemplate.h - Messages to the text of a prompt ------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TEMPLATE_CHATTEMPLATE_H
#define TENON_RUNTIME_TEMPLATE_CHATTEMPLATE_H

#include "runtime/Status.h"
#include "runtime/Tokenizer/Tokenizer.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tenon::rt {

/// One message of a conversation.
struct Message {
  std::string role;
  std::string content;
};

/// What a template may be told besides the messages.
struct TemplateOptions {
  bool addGenerationPrompt = true;
  /// Seconds since the epoch for strftime_now, which gives the time of UTC.
  int64_t now = 0;
  /// Further variables (`enable_thinking`, ...): name, and a value spelled as
  /// a literal of the template language (`true`, `3`, `"text"`, `["a"]`,
  /// `{"k": none}`); JSON is such a literal too. Their text is not trusted. A
  /// name the template knows already (`tools`, `documents`, `messages`) gets
  /// this value instead of its own: messages with tool calls come this way.
  std::vector<std::pair<std::string, std::string>> variables;
  /// Limits of one rendering: instructions, and bytes of all its values and
  /// its output. Zero stands for 50 million and 256 MiB.
  uint64_t maxSteps = 0;
  size_t maxBytes = 0;
};

/// A compiled chat template: a small program for a stack machine. It reads
/// its bytes in place; they must outlive it.
class ChatTemplate {
public:
  /// Takes the program that importers/Tokenizer/ChatTemplate wrote.
  /// \returns Damaged when it is not such a program.
  static Expected<ChatTemplate> open(std::span<const std::byte> program);

  ChatTemplate(ChatTemplate &&) noexcept;
  ChatTemplate &operator=(ChatTemplate &&) noexcept;
  ~ChatTemplate();

  /// Checks the variables of a user in `options` before the first rendering.
  /// \returns Usage for one that the template does not read (with the nearest
  /// that it does), that is made from the conversation, or that is no literal.
  Status check(const TemplateOptions &options) const;

  /// Runs the program. Text that came out of a message is in spans that are
  /// not trusted, so that it can forge no turn. Only the roles of the protocol
  /// (system, user, assistant, tool, ...) are trusted words, because templates
  /// build special tokens of them. Neighbouring spans differ in trust.
  /// \returns Refused when the template raises an exception or exceeds its
  /// limits of output, loop turns or depth; Usage when a variable is no literal.
  Expected<std::vector<TextSpan>> render(std::span<const Message> messages,
                                         const TemplateOptions &options) const;

private:
  struct Program;
  explicit ChatTemplate(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_TEMPLATE_CHATTEMPLATE_H
