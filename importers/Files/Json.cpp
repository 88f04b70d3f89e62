//===- Json.cpp - A strict reader of JSON from untrusted files ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Recursive descent, one function per rule of RFC 8259 §2-§7.
//
//===----------------------------------------------------------------------===//

#include "importers/Files/Json.h"

#include "importers/Diagnostics/QuotedText.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/JSON.h"

#include <limits>

using namespace llvm;

namespace tenon {

char JsonError::ID = 0;

const JsonValue *JsonValue::find(StringRef name) const {
  for (const JsonMember &member : members)
    if (member.name == name)
      return &member.value;
  return nullptr;
}

StringRef JsonValue::kindText() const {
  switch (kind) {
  case Kind::Null:
    return "null";
  case Kind::Boolean:
    return "a boolean";
  case Kind::Integer:
    return "an integer";
  case Kind::Real:
    return "a real number";
  case Kind::String:
    return "a string";
  case Kind::Array:
    return "an array";
  case Kind::Object:
    return "an object";
  }
  llvm_unreachable("all kinds have a text");
}

namespace {

/// Files in use nest four deep; the limit keeps the parser's stack small.
constexpr unsigned maxDepth = 64;

/// A value takes 150 bytes here and may take two in the file. The limit bounds
/// the memory that a hostile file can ask for; it leaves room for a quarter of
/// a million tensors in one header.
constexpr unsigned maxValues = 1u << 21;

class Parser {
public:
  Parser(StringRef text, JsonOptions options) : rest(text), options(options) {}

  Expected<JsonValue> document() {
    JsonValue value;
    if (!options.header)
      skipSpace();
    if (options.header && !rest.starts_with("{"))
      fail("expected '{' as the first byte");
    else if (parseValue(value, /*depth=*/0))
      checkEnd();
    if (!message.empty())
      return make_error<JsonError>(message, line, column());
    return value;
  }

private:
  bool parseValue(JsonValue &value, unsigned depth);
  bool parseObject(JsonValue &value, unsigned depth);
  bool parseArray(JsonValue &value, unsigned depth);
  bool parseString(std::string &text);
  bool parseEscape(std::string &text);
  bool parseUnicodeEscape(std::string &text);
  bool parseNumber(JsonValue &value);
  bool parseWord(JsonValue &value);
  bool readHex4(unsigned &unit);
  void checkEnd();

  void skipSpace() {
    while (!rest.empty() &&
           (rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\n' || rest[0] == '\r'))
      advance(1);
  }
  /// Takes `count` bytes and keeps the place for messages.
  void advance(size_t count) {
    for (char c : rest.take_front(count)) {
      ++offset;
      if (c == '\n') {
        ++line;
        lineStart = offset;
      }
    }
    rest = rest.drop_front(count);
  }
  bool take(char wanted) {
    if (!rest.starts_with(StringRef(&wanted, 1)))
      return false;
    advance(1);
    return true;
  }
  bool fail(const Twine &text) {
    if (message.empty())
      message = text.str();
    return false;
  }
  bool failAtNext(const Twine &wanted) {
    if (rest.empty())
      return fail("expected " + wanted + ", found the end of the text");
    return fail("expected " + wanted + ", found " + quoted(rest.take_front(1)));
  }
  uint32_t column() const { return static_cast<uint32_t>(offset - lineStart + 1); }

  StringRef rest;
  JsonOptions options;
  size_t offset = 0;
  size_t lineStart = 0;
  uint32_t line = 1;
  unsigned values = 0;
  std::string message;
};

void Parser::checkEnd() {
  while (options.header && take(' ')) {
  }
  if (!options.header)
    skipSpace();
  if (!rest.empty())
    failAtNext(options.header ? "only spaces after the closing brace"
                              : "nothing after the first value");
}

bool Parser::parseValue(JsonValue &value, unsigned depth) {
  value.line = line;
  value.column = column();
  if (depth > maxDepth)
    return fail("nested deeper than " + Twine(maxDepth));
  if (++values > maxValues)
    return fail("more than " + Twine(maxValues) + " values");
  if (rest.empty())
    return failAtNext("a value");
  switch (rest[0]) {
  case '{':
    return parseObject(value, depth);
  case '[':
    return parseArray(value, depth);
  case '"':
    value.kind = JsonValue::Kind::String;
    return parseString(value.text);
  default:
    if (isAlpha(rest[0]) || rest.starts_with("-I"))
      return parseWord(value);
    return parseNumber(value);
  }
}

bool Parser::parseObject(JsonValue &value, unsigned depth) {
  value.kind = JsonValue::Kind::Object;
  advance(1);
  skipSpace();
  if (take('}'))
    return true;
  StringSet<> names;
  while (true) {
    JsonMember member;
    if (!rest.starts_with("\""))
      return failAtNext("a key in double quotes");
    if (!parseString(member.name))
      return false;
    if (!names.insert(member.name).second)
      return fail("the key " + quoted(member.name) + " appears twice in one object");
    skipSpace();
    if (!take(':'))
      return failAtNext("':' after a key");
    skipSpace();
    if (!parseValue(member.value, depth + 1))
      return false;
    value.members.push_back(std::move(member));
    skipSpace();
    if (take('}'))
      return true;
    if (!take(','))
      return failAtNext("',' or '}'");
    skipSpace();
  }
}

bool Parser::parseArray(JsonValue &value, unsigned depth) {
  value.kind = JsonValue::Kind::Array;
  advance(1);
  skipSpace();
  if (take(']'))
    return true;
  while (true) {
    if (!parseValue(value.elements.emplace_back(), depth + 1))
      return false;
    skipSpace();
    if (take(']'))
      return true;
    if (!take(','))
      return failAtNext("',' or ']'");
    skipSpace();
  }
}

bool Parser::parseString(std::string &text) {
  advance(1);
  while (true) {
    size_t plain = rest.find_if(
        [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; });
    text += rest.take_front(plain);
    advance(std::min(plain, rest.size()));
    if (rest.empty())
      return fail("a string without its closing quote");
    if (take('"'))
      return true;
    if (rest[0] != '\\')
      return fail("a control character in a string; write it as \\u00XX");
    if (!parseEscape(text))
      return false;
  }
}

bool Parser::parseEscape(std::string &text) {
  static constexpr StringRef escapes = "\"\\/bfnrtu";
  static constexpr StringRef meanings = "\"\\/\b\f\n\r\t";
  advance(1);
  size_t index = rest.empty() ? StringRef::npos : escapes.find(rest[0]);
  if (index == StringRef::npos)
    return failAtNext("an escape of JSON after '\\'");
  advance(1);
  if (index == meanings.size())
    return parseUnicodeEscape(text);
  text += meanings[index];
  return true;
}

bool Parser::readHex4(unsigned &unit) {
  if (rest.size() < 4 || !all_of(rest.take_front(4), isHexDigit))
    return fail("expected four hexadecimal digits after '\\u'");
  rest.take_front(4).getAsInteger(16, unit);
  advance(4);
  return true;
}

bool Parser::parseUnicodeEscape(std::string &text) {
  unsigned unit;
  if (!readHex4(unit))
    return false;
  unsigned code = unit;
  if (unit >= 0xD800 && unit < 0xDC00) {
    unsigned low = 0;
    if (!rest.starts_with("\\u"))
      return fail("half of a surrogate pair");
    advance(2);
    if (!readHex4(low))
      return false;
    if (low < 0xDC00 || low > 0xDFFF)
      return fail("half of a surrogate pair");
    code = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  } else if (unit >= 0xDC00 && unit <= 0xDFFF) {
    return fail("half of a surrogate pair");
  }
  char bytes[UNI_MAX_UTF8_BYTES_PER_CODE_POINT];
  char *end = bytes;
  ConvertCodePointToUTF8(code, end);
  text.append(bytes, end);
  return true;
}

bool Parser::parseNumber(JsonValue &value) {
  auto digits = [](StringRef text) { return text.take_while(isDigit).size(); };
  size_t length = rest.starts_with("-");
  size_t whole = digits(rest.drop_front(length));
  if (whole == 0)
    return failAtNext("a value");
  if (whole > 1 && rest[length] == '0')
    return fail("a number that begins with 0");
  length += whole;
  bool integer = true;
  if (rest.drop_front(length).starts_with(".")) {
    size_t fraction = digits(rest.drop_front(length + 1));
    if (fraction == 0)
      return fail("a number without digits after its point");
    length += 1 + fraction;
    integer = false;
  }
  if (rest.drop_front(length).starts_with_insensitive("e")) {
    StringRef exponent = rest.drop_front(length + 1);
    size_t sign = exponent.starts_with("+") || exponent.starts_with("-");
    size_t count = digits(exponent.drop_front(sign));
    if (count == 0)
      return fail("a number without digits in its exponent");
    length += 1 + sign + count;
    integer = false;
  }
  value.text = rest.take_front(length).str();
  value.real = std::strtod(value.text.c_str(), nullptr);
  value.negative = value.text[0] == '-';
  // Integers beyond 64 bits, and -0, have no exact value here; they stay Real.
  StringRef magnitude = StringRef(value.text).drop_front(value.negative);
  integer &= !magnitude.getAsInteger(10, value.magnitude);
  integer &= !(value.negative && value.magnitude == 0);
  value.kind = integer ? JsonValue::Kind::Integer : JsonValue::Kind::Real;
  advance(length);
  return true;
}

bool Parser::parseWord(JsonValue &value) {
  size_t sign = rest.starts_with("-");
  StringRef word = rest.take_front(sign + rest.drop_front(sign).take_while(isAlpha).size());
  if (word == "null") {
    value.kind = JsonValue::Kind::Null;
  } else if (word == "true" || word == "false") {
    value.kind = JsonValue::Kind::Boolean;
    value.boolean = word == "true";
  } else if (options.allowNonFinite &&
             (word == "NaN" || word == "Infinity" || word == "-Infinity")) {
    value.kind = JsonValue::Kind::Real;
    value.real = word == "NaN" ? std::numeric_limits<double>::quiet_NaN()
                               : std::numeric_limits<double>::infinity();
    value.negative = sign;
    if (sign)
      value.real = -value.real;
  } else {
    return fail("unknown word " + quoted(word));
  }
  value.text = word.str();
  advance(word.size());
  return true;
}

} // namespace

Expected<JsonValue> parseJson(StringRef text, JsonOptions options) {
  size_t badByte = 0;
  if (!json::isUTF8(text, &badByte)) {
    uint32_t line = 1 + text.take_front(badByte).count('\n');
    size_t lineStart = text.take_front(badByte).rfind('\n') + 1; // npos + 1 is 0
    return make_error<JsonError>("byte " + std::to_string(badByte) + " is not UTF-8", line,
                                 static_cast<uint32_t>(badByte - lineStart + 1));
  }
  return Parser(text, options).document();
}

} // namespace tenon
