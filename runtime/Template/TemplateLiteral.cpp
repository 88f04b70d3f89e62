//===- TemplateLiteral.cpp - Reads JSON and literals of templates ---------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One reader serves both: it goes through the source once, and counts its
// nesting and its steps like the rest of the interpreter.
//
//===----------------------------------------------------------------------===//

#include "TemplateJson.h"

#include <charconv>

using namespace tenon::rt;
using namespace tenon::rt::templates;

namespace {
class LiteralReader {
public:
  LiteralReader(Evaluation &eval, const Text &source, bool json)
      : eval(eval), source(source), bytes(source.view()), json(json) {}

  Value readAll();

private:
  Value read();
  Value readWord();
  Value readNumber();
  Value readString();
  Value readSequence(char close, List::Flavour flavour);
  Value readDict();
  bool readEscape(Text &out);
  uint32_t readHex(size_t digits);

  void skipSpace();
  bool skip(char wanted);
  char peek() const { return at < bytes.size() ? bytes[at] : '\0'; }
  Value failHere(std::string_view what);

  Evaluation &eval;
  const Text &source;
  std::string_view bytes;
  bool json;
  size_t at = 0;
};
} // namespace

Value LiteralReader::failHere(std::string_view what) {
  return eval.fail("expected {} at byte {} of the {}", what, at, json ? "JSON text" : "literal");
}

void LiteralReader::skipSpace() {
  while (at < bytes.size() && (bytes[at] == ' ' || (bytes[at] >= '\t' && bytes[at] <= '\r')))
    ++at;
}

bool LiteralReader::skip(char wanted) {
  skipSpace();
  if (peek() != wanted || at == bytes.size())
    return false;
  ++at;
  return true;
}

Value LiteralReader::readAll() {
  Value result = read();
  skipSpace();
  if (!eval.failed() && at != bytes.size())
    return failHere("the end");
  return result;
}

Value LiteralReader::read() {
  Nesting nesting(eval);
  skipSpace();
  if (eval.failed() || !eval.step())
    return {};
  char c = peek();
  if (c == '"' || (c == '\'' && !json))
    return readString();
  if (skip('['))
    return readSequence(']', List::Flavour::List);
  if (!json && skip('('))
    return readSequence(')', List::Flavour::Tuple);
  if (skip('{'))
    return readDict();
  if (c == '-' || (c >= '0' && c <= '9'))
    return readNumber();
  return readWord();
}

Value LiteralReader::readWord() {
  size_t begin = at;
  while (at < bytes.size() && ((bytes[at] | 32) >= 'a' && (bytes[at] | 32) <= 'z'))
    ++at;
  std::string_view word = bytes.substr(begin, at - begin);
  if (word == "true" || (!json && word == "True"))
    return Value::of(true);
  if (word == "false" || (!json && word == "False"))
    return Value::of(false);
  if (word == "null" || (!json && (word == "none" || word == "None")))
    return Value::none();
  at = begin;
  return failHere("a value (true, none, 3, \"text\", [...], {...})");
}

Value LiteralReader::readNumber() {
  size_t begin = at;
  bool isFloat = false;
  for (skip('-'); at < bytes.size(); ++at) {
    char c = bytes[at];
    bool exponentSign = (c == '-' || c == '+') && (bytes[at - 1] | 32) == 'e';
    if (c == '.' || c == 'e' || c == 'E' || exponentSign)
      isFloat = true;
    else if (c < '0' || c > '9')
      break;
  }
  const char *first = bytes.data() + begin, *last = bytes.data() + at;
  if (!isFloat) {
    int64_t integer = 0;
    auto [end, status] = std::from_chars(first, last, integer);
    return status == std::errc() && end == last ? Value::of(integer)
                                                : failHere("an integer of 64 bits");
  }
  double number = 0;
  auto [end, status] = std::from_chars(first, last, number);
  return status == std::errc() && end == last ? Value::of(number) : failHere("a number");
}

uint32_t LiteralReader::readHex(size_t digits) {
  uint32_t value = 0;
  if (bytes.size() - at < digits) {
    failHere("digits of an escape");
    return 0;
  }
  const char *first = bytes.data() + at;
  auto [end, status] = std::from_chars(first, first + digits, value, 16);
  if (status != std::errc() || end != first + digits)
    failHere("hexadecimal digits");
  at += digits;
  return value;
}

/// Reads what follows a backslash; nothing is read twice.
bool LiteralReader::readEscape(Text &out) {
  static constexpr std::string_view letters = "nrtbf/\"\\'", meanings = "\n\r\t\b\f/\"\\'";
  bool trusted = source.trustedAt(at);
  if (at == bytes.size())
    return false;
  char letter = bytes[at++];
  if (size_t place = letters.find(letter); place != std::string_view::npos) {
    out.append(meanings.substr(place, 1), trusted);
    return true;
  }
  if (letter != 'u' && (json || (letter != 'x' && letter != 'U')))
    return false;
  uint32_t c = readHex(letter == 'x' ? 2 : letter == 'u' ? 4 : 8);
  if (letter == 'u' && c >= 0xD800 && c < 0xDC00 && bytes.substr(at, 2) == "\\u") {
    at += 2;
    c = 0x10000 + ((c - 0xD800) << 10) + (readHex(4) - 0xDC00);
  }
  std::string character;
  appendUtf8(character, c);
  out.append(character, trusted);
  return !eval.failed();
}

Value LiteralReader::readString() {
  char quote = bytes[at++];
  Text text;
  while (at < bytes.size() && bytes[at] != quote) {
    if (bytes[at] == '\\') {
      ++at;
      if (!readEscape(text))
        return failHere("an escape");
      continue;
    }
    size_t begin = at;
    while (at < bytes.size() && bytes[at] != quote && bytes[at] != '\\' &&
           !(json && static_cast<unsigned char>(bytes[at]) < 0x20))
      ++at;
    if (at == begin)
      return failHere("a control character as an escape");
    text.append(source, begin, at);
  }
  if (!skip(quote))
    return failHere("the end of the string");
  eval.step(text.sizeBytes() / 64);
  return eval.string(std::move(text));
}

Value LiteralReader::readSequence(char close, List::Flavour flavour) {
  std::vector<Value> items;
  bool comma = false;
  while (!skip(close)) {
    if (!items.empty() && !comma)
      return failHere("a comma");
    items.push_back(read());
    if (eval.failed())
      return {};
    comma = skip(',');
  }
  if (json && comma)
    return failHere("a value");
  return eval.list(std::move(items), flavour);
}

Value LiteralReader::readDict() {
  Value result = eval.dict();
  bool comma = false;
  for (size_t count = 0; !skip('}'); ++count) {
    if (count > 0 && !comma)
      return failHere("a comma");
    skipSpace();
    if (json && peek() != '"')
      return failHere("a key in quotes");
    Value key = read();
    if (eval.failed() || !skip(':'))
      return failHere("a colon");
    Value value = read();
    if (eval.failed())
      return {};
    eval.set(*result.dict, key, value);
    comma = skip(',');
  }
  if (json && comma)
    return failHere("a key in quotes");
  return result;
}

Value templates::parseJson(Evaluation &eval, const Text &source) {
  return LiteralReader(eval, source, /*json=*/true).readAll();
}

Value templates::parseLiteral(Evaluation &eval, std::string_view source) {
  Text text(repairUtf8(source), /*trusted=*/false);
  return LiteralReader(eval, text, /*json=*/false).readAll();
}
