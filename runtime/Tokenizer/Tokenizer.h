//===- Tokenizer.h - Text to token ids and back ---------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZER_TOKENIZER_H
#define TENON_RUNTIME_TOKENIZER_TOKENIZER_H

#include "runtime/Status.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::rt {

/// A piece of text and whether it may name special tokens. Text that came
/// from a user is not trusted: what looks like a special token in it is text.
struct TextSpan {
  std::string text; ///< UTF-8; invalid bytes are read as U+FFFD
  bool trusted = true;
};

/// A compiled tokenizer. It reads its tables in place; the bytes must outlive
/// it. Const calls may run on several threads at once.
class Tokenizer {
public:
  /// Takes the tables that importers/Tokenizer wrote.
  /// \returns Damaged when they are not such tables.
  static Expected<Tokenizer> open(std::span<const std::byte> tables);

  Tokenizer(Tokenizer &&) noexcept;
  Tokenizer &operator=(Tokenizer &&) noexcept;
  ~Tokenizer();

  /// Encodes the concatenation of `spans` as one text. Special tokens are
  /// matched only where they lie inside one trusted span. With
  /// `addSpecialTokens`, the tokenizer's own prefix and suffix (BOS, EOS) are
  /// added.
  std::vector<int32_t> encode(std::span<const TextSpan> spans, bool addSpecialTokens) const;
  std::vector<int32_t> encode(std::string_view text, bool addSpecialTokens) const;

  /// The bytes that token `id` stands for, before any decoder that looks at
  /// its neighbours; empty for ids the tokenizer does not know.
  std::string_view tokenBytes(int32_t id) const;
  bool isSpecial(int32_t id) const;
  /// The id of the token whose content is `content`, or -1.
  int32_t tokenId(std::string_view content) const;
  /// One more than the largest id.
  int32_t size() const;

  /// Turns ids into text as they come, and never gives half a character. All
  /// parts together are what decode() gives. What a later id may still change
  /// is held back: a few characters, or a run of single bytes.
  class Decoder {
  public:
    explicit Decoder(const Tokenizer &tokenizer, bool skipSpecialTokens = true);
    Decoder(Decoder &&) noexcept;
    ~Decoder();
    /// The text that is complete once `id` has come; may be empty.
    std::string push(int32_t id);
    /// The rest; bytes that never became a character are U+FFFD.
    std::string finish();

  private:
    friend class Tokenizer;
    struct State;
    std::unique_ptr<State> state;
  };

  /// Decodes all of `ids`, as Hugging Face tokenizers do.
  std::string decode(std::span<const int32_t> ids, bool skipSpecialTokens) const;

private:
  struct Tables;
  struct Encoding;
  explicit Tokenizer(std::unique_ptr<Tables> tables);
  std::unique_ptr<Tables> tables;
};

} // namespace tenon::rt

#endif // TENON_RUNTIME_TOKENIZER_TOKENIZER_H
