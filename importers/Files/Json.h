//===- Json.h - A strict reader of JSON from untrusted files --------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// llvm::json accepts what a checkpoint must not contain: a key twice in one
// object (the later value wins, so two readers see two models), numbers that
// lost digits in a double, half surrogates. It also forgets where a value
// stood, which a message needs. This reader keeps integers exact, keeps the
// line of every value and refuses the rest of RFC 8259's grey zone.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORTERS_FILES_JSON_H
#define TENON_IMPORTERS_FILES_JSON_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tenon {

struct JsonMember;

/// One value and where its first character stands.
struct JsonValue {
  enum class Kind { Null, Boolean, Integer, Real, String, Array, Object };

  Kind kind = Kind::Null;
  bool boolean = false;
  bool negative = false;  ///< Integer: its sign
  uint64_t magnitude = 0; ///< Integer: its value without the sign
  double real = 0;        ///< Integer and Real: the nearest double
  uint32_t line = 1;      ///< from 1
  uint32_t column = 1;    ///< from 1, in bytes
  std::string text;       ///< String: UTF-8; numbers: as written
  std::vector<JsonValue> elements;
  std::vector<JsonMember> members; ///< in the order of the file, no name twice

  bool is(Kind other) const { return kind == other; }
  bool isNumber() const { return kind == Kind::Integer || kind == Kind::Real; }
  /// The member `name` of an object, or null.
  const JsonValue *find(llvm::StringRef name) const;
  /// "an object", "a string", ...: for messages.
  llvm::StringRef kindText() const;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

/// What the caller's format allows beyond RFC 8259, or forbids within it.
struct JsonOptions {
  /// Python writes NaN, Infinity and -Infinity; they become Real values.
  bool allowNonFinite = false;
  /// A safetensors header begins with its brace and may end in spaces only.
  bool header = false;
};

/// Where and why a text is no JSON that we take.
class JsonError : public llvm::ErrorInfo<JsonError> {
public:
  static char ID;
  JsonError(std::string message, uint32_t line, uint32_t column)
      : message(std::move(message)), line(line), column(column) {}
  void log(llvm::raw_ostream &stream) const override { stream << message; }
  std::error_code convertToErrorCode() const override { return llvm::inconvertibleErrorCode(); }

  const std::string message;
  const uint32_t line;
  const uint32_t column;
};

/// Reads `text` as one JSON value. \returns a JsonError for a text that is not
/// valid UTF-8 or JSON, names a key twice, or nests deeper than 64.
llvm::Expected<JsonValue> parseJson(llvm::StringRef text, JsonOptions options = {});

} // namespace tenon

#endif // TENON_IMPORTERS_FILES_JSON_H
