//===- TemplatePrint.cpp - How values of templates are printed ------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TemplateJson.h"
#include "TemplateValue.h"

#include <algorithm>
#include <charconv>
#include <cmath>

using namespace tenon::rt;
using namespace tenon::rt::templates;

std::string templates::printedFloat(double value) {
  if (std::isnan(value))
    return "nan";
  if (std::isinf(value))
    return value < 0 ? "-inf" : "inf";
  // Python writes an exponent below 1e-4 and from 1e16 on.
  double size = std::fabs(value);
  bool scientific = size != 0 && (size < 1e-4 || size >= 1e16);
  char buffer[64];
  auto format = scientific ? std::chars_format::scientific : std::chars_format::fixed;
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), value, format).ptr;
  std::string digits(buffer, end);
  if (!scientific && digits.find('.') == std::string::npos)
    digits += ".0";
  return digits;
}

//===----------------------------------------------------------------------===//
// repr() and str()
//===----------------------------------------------------------------------===//

/// Spells `text` as a Python literal; what it escapes is trusted.
static void appendQuoted(Text &out, const Text &text) {
  std::string_view bytes = text.view();
  bool single = bytes.find('\'') != std::string_view::npos;
  bool twofold = bytes.find('"') != std::string_view::npos;
  char quote = single && !twofold ? '"' : '\'';
  out.append(std::string_view(&quote, 1), true);
  for (size_t at = 0; at < bytes.size();) {
    size_t begin = at;
    uint32_t c = nextCharacter(bytes, at);
    if (c == '\n' || c == '\r' || c == '\t')
      out.append(c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t", true);
    else if (c == '\\' || c == static_cast<uint32_t>(quote))
      out.append(c == '\\' ? "\\\\" : "\\'", true);
    else if (isPrintable(c))
      out.append(text, begin, at);
    else if (c < 0x100)
      out.append(fmt::format("\\x{:02x}", c), true);
    else
      out.append(c < 0x10000 ? fmt::format("\\u{:04x}", c) : fmt::format("\\U{:08x}", c), true);
  }
  out.append(std::string_view(&quote, 1), true);
}

static void appendSequence(Evaluation &eval, Text &out, const std::vector<Value> &items) {
  bool first = true;
  for (const Value &item : items) {
    if (!std::exchange(first, false))
      out.append(", ", true);
    appendRepr(eval, out, item);
    if (eval.failed())
      return;
  }
}

static void appendList(Evaluation &eval, Text &out, const List &list) {
  switch (list.flavour) {
  case List::Flavour::List:
    out.append("[", true);
    appendSequence(eval, out, list.items);
    return out.append("]", true);
  case List::Flavour::Tuple:
    out.append("(", true);
    appendSequence(eval, out, list.items);
    return out.append(list.items.size() == 1 ? ",)" : ")", true);
  case List::Flavour::View:
    out.append(list.label + "([", true);
    appendSequence(eval, out, list.items);
    return out.append("])", true);
  case List::Flavour::Range:
  case List::Flavour::Generator:
    return out.append(list.label, true);
  }
}

static void appendDict(Evaluation &eval, Text &out, const Dict &dict) {
  out.append("{", true);
  bool first = true;
  for (auto &[key, value] : dict.entries) {
    if (!std::exchange(first, false))
      out.append(", ", true);
    appendRepr(eval, out, key);
    out.append(": ", true);
    appendRepr(eval, out, value);
    if (eval.failed())
      return;
  }
  out.append("}", true);
}

void templates::appendRepr(Evaluation &eval, Text &out, const Value &value) {
  Nesting nesting(eval);
  // A list of one list twice, thirty levels deep, is a small value and a huge text.
  if (eval.failed() || !eval.step() || !eval.charge(value.isString() ? value.text->sizeBytes() : 8))
    return;
  switch (value.kind) {
  case Kind::Undefined:
    return out.append("Undefined", true);
  case Kind::None:
    return out.append("None", true);
  case Kind::Bool:
    return out.append(value.boolean ? "True" : "False", true);
  case Kind::Integer:
    return out.append(fmt::format("{}", value.integer), true);
  case Kind::Float:
    return out.append(printedFloat(value.number), true);
  case Kind::String:
    return appendQuoted(out, *value.text);
  case Kind::List:
    return appendList(eval, out, *value.list);
  case Kind::Dict:
    return appendDict(eval, out, *value.dict);
  case Kind::Namespace:
    out.append("<Namespace ", true);
    appendDict(eval, out, *value.dict);
    return out.append(">", true);
  case Kind::Callable:
    return out.append("<function>", true);
  case Kind::Loop:
    return out.append("<loop>", true);
  }
}

Text templates::printed(Evaluation &eval, const Value &value) {
  if (value.isString())
    return *value.text;
  Text out;
  if (!value.isUndefined())
    appendRepr(eval, out, value);
  return out;
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

namespace {
/// Writes values as Python's json.dumps does.
class JsonWriter {
public:
  JsonWriter(Evaluation &eval, Text &out, const JsonStyle &style)
      : eval(eval), out(out), style(style) {}

  void write(const Value &value, int level);

private:
  void writeString(const Text &text);
  void writeEscape(uint32_t character);
  void writeKey(const Value &key);
  void writeList(const List &list, int level);
  void writeDict(const Dict &dict, int level);
  void breakLine(int level);

  Evaluation &eval;
  Text &out;
  const JsonStyle &style;
};
} // namespace

void JsonWriter::breakLine(int level) {
  if (!style.indent)
    return;
  out.append("\n", true);
  for (int i = 0; i < level && eval.charge(style.indent->sizeBytes()); ++i)
    out.append(*style.indent);
}

void JsonWriter::writeEscape(uint32_t c) {
  switch (c) {
  case '"':
    return out.append("\\\"", true);
  case '\\':
    return out.append("\\\\", true);
  case '\n':
    return out.append("\\n", true);
  case '\r':
    return out.append("\\r", true);
  case '\t':
    return out.append("\\t", true);
  case '\f':
    return out.append("\\f", true);
  case '\b':
    return out.append("\\b", true);
  default:
    if (c < 0x10000)
      return out.append(fmt::format("\\u{:04x}", c), true);
    c -= 0x10000;
    out.append(fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (c >> 10), 0xDC00 + (c & 0x3FF)), true);
  }
}

void JsonWriter::writeString(const Text &text) {
  out.append("\"", true);
  for (size_t at = 0; at < text.sizeBytes();) {
    size_t begin = at;
    uint32_t c = nextCharacter(text.view(), at);
    if (c < 0x20 || c == '"' || c == '\\' || (style.ensureAscii && c >= 0x7F))
      writeEscape(c);
    else
      out.append(text, begin, at);
  }
  out.append("\"", true);
}

void JsonWriter::writeKey(const Value &key) {
  if (key.isString())
    return writeString(*key.text);
  if (key.is(Kind::List) || key.isUndefined() || key.kind > Kind::String) {
    eval.fail("a {} cannot be a key of JSON", typeName(key));
    return;
  }
  out.append("\"", true);
  write(key, 0);
  out.append("\"", true);
}

void JsonWriter::writeList(const List &list, int level) {
  if (list.flavour > List::Flavour::Tuple) {
    eval.fail("a {} cannot be written as JSON; use the filter 'list' first",
              list.flavour == List::Flavour::Generator ? "generator" : list.label);
    return;
  }
  if (list.items.empty())
    return out.append("[]", true);
  out.append("[", true);
  bool first = true;
  for (const Value &item : list.items) {
    if (!std::exchange(first, false))
      out.append(style.itemSeparator);
    breakLine(level + 1);
    write(item, level + 1);
    if (eval.failed())
      return;
  }
  breakLine(level);
  out.append("]", true);
}

void JsonWriter::writeDict(const Dict &dict, int level) {
  if (dict.entries.empty())
    return out.append("{}", true);
  std::vector<std::pair<Value, Value>> entries = dict.entries;
  if (style.sortKeys)
    sortStably(entries, [this](const auto &left, const auto &right) {
      return compareOrder(eval, left.first, right.first, "<") < 0;
    });
  out.append("{", true);
  bool first = true;
  for (auto &[key, value] : entries) {
    if (!std::exchange(first, false))
      out.append(style.itemSeparator);
    breakLine(level + 1);
    writeKey(key);
    out.append(style.keySeparator);
    write(value, level + 1);
    if (eval.failed())
      return;
  }
  breakLine(level);
  out.append("}", true);
}

void JsonWriter::write(const Value &value, int level) {
  Nesting nesting(eval);
  if (eval.failed() || !eval.step() || !eval.charge(value.isString() ? value.text->sizeBytes() : 8))
    return;
  switch (value.kind) {
  case Kind::None:
    return out.append("null", true);
  case Kind::Bool:
    return out.append(value.boolean ? "true" : "false", true);
  case Kind::Integer:
    return out.append(fmt::format("{}", value.integer), true);
  case Kind::Float:
    if (!std::isfinite(value.number))
      return out.append(std::isnan(value.number) ? "NaN"
                        : value.number < 0       ? "-Infinity"
                                                 : "Infinity",
                        true);
    return out.append(printedFloat(value.number), true);
  case Kind::String:
    return writeString(*value.text);
  case Kind::List:
    return writeList(*value.list, level);
  case Kind::Dict:
    return writeDict(*value.dict, level);
  default:
    eval.fail("a value of type {} cannot be written as JSON", typeName(value));
  }
}

Text templates::printedJson(Evaluation &eval, const Value &value, const JsonStyle &style) {
  Text out;
  JsonWriter(eval, out, style).write(value, 0);
  return out;
}
