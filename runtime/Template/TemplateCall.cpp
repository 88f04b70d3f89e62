//===- TemplateCall.cpp - Arguments and built-in functions of templates ---===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TemplateCall.h"
#include "TemplateFields.h"

#include <algorithm>
#include <ctime>
#include <optional>

using namespace tenon::rt;
using namespace tenon::rt::templates;

BoundArguments::BoundArguments(Evaluation &eval, std::string_view callee,
                               const Arguments &arguments,
                               std::initializer_list<std::string_view> names, size_t required)
    : eval(eval), callee(callee) {
  assert(names.size() <= maxParameters && "a callee with more parameters than places");
  if (arguments.positional.size() > names.size()) {
    eval.fail("'{}' takes at most {} arguments, got {}", callee, names.size(),
              arguments.positional.size());
    return;
  }
  for (size_t i = 0; i < arguments.positional.size(); ++i) {
    values[i] = arguments.positional[i];
    present[i] = true;
  }
  for (auto &[name, value] : arguments.named) {
    size_t index = std::find(names.begin(), names.end(), name) - names.begin();
    if (index == names.size() || present[index]) {
      if (index == names.size())
        eval.fail("'{}' has no parameter '{}'", callee, name);
      else
        eval.fail("'{}' got '{}' twice", callee, name);
      return;
    }
    values[index] = value;
    present[index] = true;
  }
  for (size_t i = 0; i < required; ++i)
    if (!present[i])
      eval.fail("'{}' needs an argument '{}'", callee, names.begin()[i]);
}

int64_t BoundArguments::integerOr(size_t index, int64_t absent) {
  if (!present[index])
    return absent;
  if (values[index].isInteger())
    return values[index].asInteger();
  eval.fail("'{}' expects an int, got a {}", callee, typeName(values[index]));
  return absent;
}

const Text *BoundArguments::stringOrNull(size_t index) {
  if (!present[index] || values[index].is(Kind::None))
    return nullptr;
  if (values[index].isString())
    return values[index].text;
  eval.fail("'{}' expects a str, got a {}", callee, typeName(values[index]));
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

static Value callRange(Evaluation &eval, const Arguments &arguments) {
  BoundArguments bound(eval, "range", arguments, {"start", "stop", "step"}, 1);
  int64_t start = bound.integerOr(0, 0), stop = bound.integerOr(1, 0), step = bound.integerOr(2, 1);
  if (!bound.given(1))
    stop = std::exchange(start, 0);
  if (step == 0)
    return eval.fail("the step of range() is zero");
  std::vector<Value> items;
  for (int64_t i = start; (step > 0 ? i < stop : i > stop) && !eval.failed();) {
    if (std::ssize(items) >= eval.limits.rangeItems)
      return eval.fail("range() gives more than {} items", eval.limits.rangeItems);
    items.push_back(Value::of(i));
    if (__builtin_add_overflow(i, step, &i))
      break;
  }
  std::string label = step == 1 ? fmt::format("range({}, {})", start, stop)
                                : fmt::format("range({}, {}, {})", start, stop, step);
  eval.step(items.size() / 8);
  return eval.list(std::move(items), List::Flavour::Range, label);
}

static Value callStrftimeNow(Evaluation &eval, const Arguments &arguments) {
  BoundArguments bound(eval, "strftime_now", arguments, {"format"}, 1);
  const Text *format = bound.stringOrNull(0);
  if (!format)
    return eval.fail("'strftime_now' expects a str");
  time_t now = static_cast<time_t>(eval.now);
  tm parts{};
  if (!gmtime_r(&now, &parts)) // a time zone would be read from files
    return eval.fail("the time {} is out of range", eval.now);
  // A trailing byte tells an empty result from one that does not fit.
  std::string pattern(format->view());
  char buffer[4096];
  size_t size = strftime(buffer, sizeof(buffer), (pattern + "|").c_str(), &parts);
  if (size == 0)
    return eval.fail("'strftime_now' gives more than {} bytes", sizeof(buffer));
  return eval.string(repairUtf8({buffer, size - 1}), format->allTrusted());
}

/// dict() and namespace(): a mapping to copy and named values.
static std::vector<std::pair<Value, Value>> pairsOf(Evaluation &eval, std::string_view callee,
                                                    const Arguments &arguments) {
  Value result = eval.dict();
  if (arguments.positional.size() > 1) {
    eval.fail("'{}' takes at most 1 argument, got {}", callee, arguments.positional.size());
  } else if (arguments.positional.size() == 1) {
    const Value &source = arguments.positional[0];
    if (source.is(Kind::Dict)) {
      result.dict->entries = source.dict->entries;
    } else {
      for (const Value &pair : itemsOf(eval, source)) {
        std::vector<Value> parts = itemsOf(eval, pair);
        if (parts.size() != 2)
          eval.fail("'{}' expects pairs", callee);
        if (eval.failed())
          break;
        eval.set(*result.dict, parts[0], parts[1]);
      }
    }
  }
  for (auto &[name, value] : arguments.named)
    eval.set(*result.dict, eval.string(name), value);
  return std::move(result.dict->entries);
}

Value templates::callBuiltin(Evaluation &eval, Builtin builtin, const Arguments &arguments) {
  switch (builtin) {
  case Builtin::Dict:
    return eval.dict(pairsOf(eval, "dict", arguments));
  case Builtin::Namespace:
    return eval.nameSpace(pairsOf(eval, "namespace", arguments));
  case Builtin::Range:
    return callRange(eval, arguments);
  case Builtin::StrftimeNow:
    return callStrftimeNow(eval, arguments);
  case Builtin::RaiseException: {
    BoundArguments bound(eval, "raise_exception", arguments, {"message"}, 1);
    Text message = printed(eval, bound[0]);
    return eval.fail("the template refuses the conversation: {}", message.view());
  }
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Formatting
//===----------------------------------------------------------------------===//

Value templates::joinItems(Evaluation &eval, const std::vector<Value> &items,
                           const Text &separator) {
  Text out;
  for (size_t i = 0; i < items.size() && !eval.failed(); ++i) {
    if (i > 0)
      out.append(separator);
    Text part = printed(eval, items[i]);
    eval.charge(separator.sizeBytes() + part.sizeBytes());
    out.append(part);
  }
  return eval.string(std::move(out));
}

/// Appends `value` by `conversion`. \returns false when they do not fit.
static bool appendConverted(Evaluation &eval, Text &out, const Conversion &conversion,
                            const Value &value) {
  Text body;
  switch (conversion.type) {
  case 's':
    body = printed(eval, value);
    if (conversion.precision >= 0)
      body = body.slice(0, characterOffset(body.view(), static_cast<size_t>(conversion.precision)));
    break;
  case 'r':
    appendRepr(eval, body, value);
    break;
  case 'd':
  case 'i':
    if (!value.isNumber() || std::abs(value.asFloat()) >= 9e18)
      return false;
    body.append(fmt::format("{}", value.isInteger() ? value.asInteger() : (int64_t)value.number),
                true);
    break;
  case 'x':
    if (!value.isInteger() || value.asInteger() < 0)
      return false;
    body.append(fmt::format("{:x}", value.asInteger()), true);
    break;
  case 'f':
    if (!value.isNumber())
      return false;
    body.append(fmt::format("{:.{}f}", value.asFloat(),
                            conversion.precision < 0 ? 6 : conversion.precision),
                true);
    break;
  default:
    return false;
  }
  size_t size = countCharacters(body.view()), width = static_cast<size_t>(conversion.width);
  bool zeros = conversion.zeros && !conversion.left && conversion.type != 's';
  std::string padding(width > size ? width - size : 0, zeros ? '0' : ' ');
  if (zeros && !body.empty() && body.view()[0] == '-') {
    out.append("-", true);
    body = body.slice(1, body.sizeBytes());
  }
  if (!conversion.left)
    out.append(padding, true);
  out.append(body);
  if (conversion.left)
    out.append(padding, true);
  return true;
}

Value templates::formatPercent(Evaluation &eval, const Text &format,
                               std::span<const Value> values) {
  Text out;
  size_t used = 0;
  std::string_view bytes = format.view();
  for (size_t at = 0; at < bytes.size() && !eval.failed();) {
    size_t percent = std::min(bytes.find('%', at), bytes.size());
    out.append(format, at, percent);
    at = percent + 1;
    if (percent == bytes.size())
      break;
    if (bytes.substr(at, 1) == "%") {
      out.append(format, at, at + 1);
      ++at;
      continue;
    }
    Conversion conversion;
    if (!readConversion(bytes, at, conversion))
      return eval.fail("the format has an incomplete conversion");
    if (used == values.size())
      return eval.fail("the format needs more than {} values", values.size());
    if (!appendConverted(eval, out, conversion, values[used++]))
      return eval.fail("the conversion '%{}' does not fit a {}", conversion.type,
                       typeName(values[used - 1]));
  }
  if (used != values.size())
    return eval.fail("the format uses {} of {} values", used, values.size());
  return eval.string(std::move(out));
}

/// The argument that a field names: its number, its name, or the next one.
static const Value *findField(std::string_view name, const Arguments &arguments, size_t &next) {
  bool isNumber = name.find_first_not_of("0123456789") == std::string_view::npos;
  if (isNumber) {
    size_t index = 0;
    for (char digit : name)
      index = std::min<size_t>(index * 10 + static_cast<size_t>(digit - '0'), 1 << 20);
    index = name.empty() ? next++ : index;
    return index < arguments.positional.size() ? &arguments.positional[index] : nullptr;
  }
  for (auto &[argument, value] : arguments.named)
    if (argument == name)
      return &value;
  return nullptr;
}

/// Puts commas between the thousands of the digits that `number` begins with.
static void addCommas(std::string &number) {
  size_t first = number.starts_with('-');
  size_t end = std::min(number.find_first_not_of("0123456789", first), number.size());
  for (; end > first + 3; end -= 3)
    number.insert(end - 3, ",");
}

/// `value` by `specification` without its padding. \returns nothing when they do
/// not fit.
static std::optional<Text> formattedBody(const Specification &specification, const Value &value) {
  int precision = specification.precision;
  char type = specification.type;
  if (value.isString()) {
    bool forNumbers = specification.align == '=' || specification.sign || specification.commas;
    if (forNumbers || (type && type != 's'))
      return std::nullopt;
    const Text &text = *value.text;
    return precision < 0 ? text : text.slice(0, characterOffset(text.view(), size_t(precision)));
  }
  std::string digits;
  if (!value.isNumber() || type == 's')
    return std::nullopt;
  if (type == 'f')
    digits = fmt::format("{:.{}f}", value.asFloat(), precision < 0 ? 6 : precision);
  else if (precision >= 0 || (type && !value.isInteger()))
    return std::nullopt;
  else if (value.isInteger())
    digits =
        type == 'x' ? fmt::format("{:x}", value.asInteger()) : fmt::format("{}", value.asInteger());
  else
    digits = printedFloat(value.number);
  if (specification.commas)
    addCommas(digits);
  if (specification.sign && specification.sign != '-' && !digits.starts_with('-'))
    digits.insert(0, 1, specification.sign);
  return Text(digits, true);
}

/// Appends `value` by the text of its specification. \returns false when they do
/// not fit.
static bool appendFormatted(Evaluation &eval, Text &out, std::string_view text,
                            const Value &value) {
  if (text.empty()) {
    out.append(printed(eval, value));
    return true;
  }
  Specification specification;
  if (!readSpecification(text, specification))
    return false;
  std::optional<Text> body = formattedBody(specification, value);
  if (!body)
    return false;
  size_t size = countCharacters(body->view()), width = static_cast<size_t>(specification.width);
  size_t padding = width > size ? width - size : 0;
  char usual = value.isString() ? '<' : specification.zeros ? '=' : '>';
  char align = specification.align ? specification.align : usual;
  size_t before = align == '<' ? 0 : align == '^' ? padding / 2 : padding;
  size_t sign = align == '=' && body->view().find_first_of("+- ") == 0;
  out.append(*body, 0, sign);
  for (size_t i = 0; i < before; ++i)
    out.append(specification.fill, true);
  out.append(*body, sign, body->sizeBytes());
  for (size_t i = before; i < padding; ++i)
    out.append(specification.fill, true);
  return true;
}

Value templates::formatBraces(Evaluation &eval, const Text &format, const Arguments &arguments) {
  Text out;
  size_t next = 0;
  std::string_view bytes = format.view();
  for (size_t at = 0; at < bytes.size() && !eval.failed();) {
    Field field = nextField(bytes, at);
    if (field.isText) {
      size_t begin = static_cast<size_t>(field.text.data() - bytes.data());
      out.append(format, begin, begin + field.text.size());
      continue;
    }
    const Value *value = field.isSound ? findField(field.name, arguments, next) : nullptr;
    if (!value || !appendFormatted(eval, out, field.specification, *value))
      return eval.fail("the field '{{{}}}' has no value, or one that it does not fit", field.text);
  }
  return eval.string(std::move(out));
}
