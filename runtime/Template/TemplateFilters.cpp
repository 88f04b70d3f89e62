//===- TemplateFilters.cpp - The filters of chat templates ----------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TemplateCall.h"
#include "TemplateJson.h"

#include <charconv>
#include <cmath>

using namespace tenon::rt;
using namespace tenon::rt::templates;

static Value generator(Evaluation &eval, std::vector<Value> items) {
  return eval.list(std::move(items), List::Flavour::Generator, "<generator object>");
}

/// The name of a filter or test that `callee` is given as a string.
static std::string_view nameArgument(Evaluation &eval, std::string_view callee, const Value &name) {
  if (name.isString())
    return name.text->view();
  eval.fail("'{}' expects a name, got a {}", callee, typeName(name));
  return {};
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static Value filterTrim(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "trim", arguments, {"chars"});
  return eval.string(strip(printed(eval, value), Ends::Both, bound.stringOrNull(0)));
}

static Value filterReplace(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "replace", arguments, {"old", "new", "count"}, 2);
  Value parts[] = {
      eval.string(printed(eval, bound[0])), eval.string(printed(eval, bound[1])),
      Value::of(bound.given(2) && !bound[2].is(Kind::None) ? bound.integerOr(2, -1) : -1)};
  return callMethod(eval, Method::Replace, eval.string(printed(eval, value)), {parts, {}});
}

/// Each word begins with a capital; words begin behind `- ( { [ <` and space.
static Value filterTitle(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "title", arguments, {});
  Text text = printed(eval, value), out;
  bool begins = true;
  for (size_t at = 0; at < text.sizeBytes();) {
    size_t begin = at;
    uint32_t c = nextCharacter(text.view(), at);
    Text letter = text.slice(begin, at);
    out.append(begins ? toUpper(letter) : toLower(letter));
    begins = isSpace(c) ||
             (c < 0x80 && std::string_view("-({[<").find(char(c)) != std::string_view::npos);
  }
  return eval.string(std::move(out));
}

static Value filterIndent(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "indent", arguments, {"width", "first", "blank"});
  Text margin;
  if (bound.given(0) && bound[0].isString())
    margin = *bound[0].text;
  else
    margin.append(std::string(std::clamp<int64_t>(bound.integerOr(0, 4), 0, 1000), ' '), true);
  bool blank = bound.isTrueOr(2, false);
  Text source = printed(eval, value), out;
  source.append("\n", true); // so that a final newline ends a line of its own
  std::vector<Text> lines = splitLines(source, /*keepEnds=*/false);
  if (bound.isTrueOr(1, false))
    out.append(margin);
  for (size_t i = 0; i < lines.size() && eval.charge(margin.sizeBytes() + lines[i].sizeBytes());
       ++i) {
    if (i > 0)
      out.append("\n", true);
    if (i > 0 && (blank || !lines[i].empty()))
      out.append(margin);
    out.append(lines[i]);
  }
  return eval.string(std::move(out));
}

/// The text cut to `length` characters, the mark of the cut among them; words
/// stay whole, and up to `leeway` characters more are left as they are.
static Value filterTruncate(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "truncate", arguments, {"length", "killwords", "end", "leeway"});
  int64_t length = bound.integerOr(0, 255);
  Text end = bound.given(2) ? printed(eval, bound[2]) : Text("...", true);
  int64_t leeway = bound.given(3) && !bound[3].is(Kind::None) ? bound.integerOr(3, 5) : int64_t(5);
  auto endLength = static_cast<int64_t>(countCharacters(end.view()));
  if (!value.isString())
    return eval.fail("'truncate' expects a str, got a {}", typeName(value));
  if (length < endLength || leeway < 0)
    return eval.fail("'truncate' expects a length of at least {} and a leeway of at least 0",
                     endLength);
  const Text &text = *value.text;
  auto size = static_cast<int64_t>(countCharacters(text.view()));
  if (size <= length || size - length <= leeway)
    return value;
  Text kept = text.slice(0, characterOffset(text.view(), static_cast<size_t>(length - endLength)));
  if (!bound.isTrueOr(1, false))
    kept = splitAt(kept, " ", 1, /*fromRight=*/true).front();
  kept.append(end);
  return eval.string(std::move(kept));
}

static Value filterWordcount(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "wordcount", arguments, {});
  Text text = printed(eval, value);
  int64_t count = 0;
  bool inWord = false;
  for (size_t at = 0; at < text.sizeBytes();) {
    bool letter = isInWord(nextCharacter(text.view(), at));
    count += letter && !std::exchange(inWord, letter);
    inWord = letter;
  }
  return Value::of(count);
}

/// The text with the five characters that HTML reads otherwise spelled out.
/// jinja2 marks such texts, and escapes what is added to them; the compiler
/// allows the filter where no use of the text can show that.
static Value filterEscape(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "escape", arguments, {});
  static constexpr std::pair<char, std::string_view> escapes[] = {
      {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'\'', "&#39;"}, {'"', "&#34;"}};
  Text text = printed(eval, value), out;
  size_t done = 0;
  for (size_t at = 0; at < text.sizeBytes(); ++at)
    for (auto [letter, escape] : escapes)
      if (text.view()[at] == letter) {
        out.append(text, done, at);
        out.append(escape, text.trustedAt(at));
        done = at + 1;
      }
  out.append(text, done, text.sizeBytes());
  eval.charge(out.sizeBytes());
  return eval.string(std::move(out));
}

static Value filterJoin(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "join", arguments, {"d", "attribute"});
  std::vector<Value> items = itemsOf(eval, value);
  if (bound.given(1) && !bound[1].is(Kind::None))
    for (Value &item : items)
      item = getPath(eval, item, bound[1]);
  return joinItems(eval, items, bound.given(0) ? printed(eval, bound[0]) : Text());
}

static Value filterTojson(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "tojson", arguments,
                       {"ensure_ascii", "indent", "separators", "sort_keys"});
  JsonStyle style;
  style.ensureAscii = bound.isTrueOr(0, false);
  style.sortKeys = bound.isTrueOr(3, false);
  if (bound.given(1) && !bound[1].is(Kind::None)) {
    if (bound[1].isString())
      style.indent = *bound[1].text;
    else
      style.indent =
          Text(std::string(std::clamp<int64_t>(bound.integerOr(1, 0), 0, 1000), ' '), true);
    style.itemSeparator = Text(",", true);
  }
  if (bound.given(2) && !bound[2].is(Kind::None)) {
    std::vector<Value> parts = itemsOf(eval, bound[2]);
    if (parts.size() != 2 || !parts[0].isString() || !parts[1].isString())
      return eval.fail("'tojson' expects two strings as separators");
    style.itemSeparator = *parts[0].text;
    style.keySeparator = *parts[1].text;
  }
  return eval.string(printedJson(eval, value, style));
}

/// The filters of one text without arguments.
static Value filterPlainText(Evaluation &eval, Filter filter, const Value &value,
                             const Arguments &arguments) {
  BoundArguments bound(eval, filterNames[static_cast<size_t>(filter)], arguments, {});
  Text text = printed(eval, value);
  switch (filter) {
  case Filter::Upper:
    return eval.string(toUpper(text));
  case Filter::Lower:
    return eval.string(toLower(text));
  case Filter::Capitalize:
    return eval.string(capitalize(text));
  default:
    return eval.string(std::move(text));
  }
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// `text` without white space at its ends and without single underscores.
static std::string digitsOf(const Text &text) {
  Text bare = strip(text, Ends::Both, nullptr);
  std::string digits(bare.view());
  for (size_t i = 1; i + 1 < digits.size(); ++i)
    if (digits[i] == '_' && std::isalnum(static_cast<unsigned char>(digits[i - 1])))
      digits.erase(i, 1);
  if (digits.starts_with('+') && digits.substr(1, 1) != "-")
    digits.erase(0, 1);
  return digits;
}

static std::optional<int64_t> parseInteger(const Text &text, int base) {
  std::string digits = digitsOf(text);
  bool negative = digits.starts_with('-');
  std::string_view rest = std::string_view(digits).substr(negative);
  static constexpr std::pair<int, char> prefixes[] = {{16, 'x'}, {8, 'o'}, {2, 'b'}};
  for (auto [prefixBase, letter] : prefixes)
    if (base == prefixBase && rest.size() > 2 && rest[0] == '0' && (rest[1] | 32) == letter)
      rest.remove_prefix(2);
  int64_t value = 0;
  auto [end, status] = std::from_chars(rest.data(), rest.data() + rest.size(), value, base);
  if (status != std::errc() || end != rest.data() + rest.size() || rest.starts_with('-'))
    return std::nullopt;
  return negative ? -value : value;
}

static std::optional<double> parseFloat(const Text &text) {
  std::string digits = digitsOf(text);
  double value = 0;
  auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (status != std::errc() || end != digits.data() + digits.size())
    return std::nullopt;
  return value;
}

/// A float cut to an integer, when it has a place among them.
static std::optional<int64_t> truncated(double value) {
  if (!(std::fabs(value) < 9.2e18))
    return std::nullopt;
  return static_cast<int64_t>(value);
}

static Value filterInt(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "int", arguments, {"default", "base"});
  int64_t base = bound.integerOr(1, 10);
  if (base < 2 || base > 36)
    return eval.fail("'int' expects a base from 2 to 36, got {}", base);
  std::optional<int64_t> result;
  if (value.isInteger())
    result = value.asInteger();
  else if (value.is(Kind::Float))
    result = truncated(value.number);
  else if (value.isUndefined())
    return eval.failWith(value.missing ? *value.missing : "the value is undefined");
  else if (value.isString() && !(result = parseInteger(*value.text, static_cast<int>(base))))
    if (std::optional<double> number = parseFloat(*value.text))
      result = truncated(*number);
  return result ? Value::of(*result) : bound.valueOr(0, Value::of(int64_t(0)));
}

static Value filterFloat(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "float", arguments, {"default"});
  if (value.isNumber())
    return Value::of(value.asFloat());
  if (value.isUndefined())
    return eval.failWith(value.missing ? *value.missing : "the value is undefined");
  if (value.isString())
    if (std::optional<double> number = parseFloat(*value.text))
      return Value::of(*number);
  return bound.valueOr(0, Value::of(0.0));
}

static Value filterRound(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "round", arguments, {"precision", "method"});
  int64_t precision = bound.integerOr(0, 0);
  const Text *method = bound.stringOrNull(1);
  if (!value.isNumber())
    return eval.fail("'round' expects a number, got a {}", typeName(value));
  if (precision < 0 || precision > 17)
    return eval.fail("'round' expects a precision from 0 to 17, got {}", precision);
  if (!method || method->view() == "common") {
    if (value.isInteger()) // a bool, too, is an integer then
      return Value::of(value.asInteger());
    // Decimal digits first: they are rounded exactly, half to even.
    std::string digits = fmt::format("{:.{}f}", value.number, precision);
    double result = value.number;
    std::from_chars(digits.data(), digits.data() + digits.size(), result);
    return Value::of(result);
  }
  if (method->view() != "ceil" && method->view() != "floor")
    return eval.fail("'round' knows the methods common, ceil and floor");
  double scale = std::pow(10.0, static_cast<double>(precision));
  double scaled = value.asFloat() * scale;
  return Value::of((method->view() == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / scale);
}

static Value filterAbs(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "abs", arguments, {});
  if (value.is(Kind::Float))
    return Value::of(std::fabs(value.number));
  if (!value.isInteger())
    return eval.fail("'abs' expects a number, got a {}", typeName(value));
  if (value.asInteger() >= 0)
    return Value::of(value.asInteger());
  return computeBinary(eval, Opcode::Subtract, Value::of(int64_t(0)), value);
}

//===----------------------------------------------------------------------===//
// Sequences
//===----------------------------------------------------------------------===//

static Value filterDefault(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "default", arguments, {"default_value", "boolean"});
  if (value.isUndefined() || (bound.isTrueOr(1, false) && !isTrue(value)))
    return bound.given(0) ? bound[0] : eval.string("");
  return value;
}

/// The first or last item, or undefined.
static Value filterEnd(Evaluation &eval, Filter filter, const Value &value,
                       const Arguments &arguments) {
  BoundArguments bound(eval, filterNames[static_cast<size_t>(filter)], arguments, {});
  if (filter == Filter::Last && value.is(Kind::List) &&
      value.list->flavour == List::Flavour::Generator)
    return eval.fail("a generator has no last item; use the filter 'list' first");
  std::vector<Value> items = itemsOf(eval, value);
  if (items.empty())
    return eval.undefined("the sequence is empty");
  return filter == Filter::First ? items.front() : items.back();
}

static Value filterReverse(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "reverse", arguments, {});
  if (value.isString())
    return getSlice(eval, value, Value::none(), Value::none(), Value::of(int64_t(-1)));
  std::vector<Value> items = itemsOf(eval, value);
  std::reverse(items.begin(), items.end());
  return generator(eval, std::move(items));
}

/// Lists of `linecount` items each; the last is filled up.
static Value filterBatch(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "batch", arguments, {"linecount", "fill_with"}, 1);
  int64_t size = bound.integerOr(0, 1);
  std::vector<Value> batches, batch;
  for (const Value &item : itemsOf(eval, value)) {
    if (std::ssize(batch) == size)
      batches.push_back(eval.list(std::exchange(batch, {})));
    batch.push_back(item);
  }
  if (batch.empty())
    return generator(eval, std::move(batches));
  bool fills = bound.given(1) && !bound[1].is(Kind::None);
  while (fills && std::ssize(batch) < size && eval.charge(sizeof(Value)))
    batch.push_back(bound[1]);
  batches.push_back(eval.list(std::move(batch)));
  return generator(eval, std::move(batches));
}

/// `slices` lists of all items together, the first ones an item longer when
/// they do not divide; the others are filled up then.
static Value filterSlice(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "slice", arguments, {"slices", "fill_with"}, 1);
  int64_t count = bound.integerOr(0, 1);
  std::vector<Value> items = itemsOf(eval, value), slices;
  if (count == 0)
    return eval.fail("'slice' cannot make 0 slices");
  bool fills = bound.given(1) && !bound[1].is(Kind::None);
  auto next = items.begin();
  for (int64_t i = 0; i < count && eval.step(); ++i) {
    bool longer = i < std::ssize(items) % count;
    auto end = next + std::ssize(items) / count + longer;
    std::vector<Value> slice(next, end);
    next = end;
    if (fills && !longer)
      slice.push_back(bound[1]);
    slices.push_back(eval.list(std::move(slice)));
  }
  return generator(eval, std::move(slices));
}

/// What a sort looks at: the attribute, in lower case unless case matters.
static Value sortKey(Evaluation &eval, Value item, const Value &attribute, bool caseSensitive) {
  if (!attribute.is(Kind::None))
    item = getPath(eval, item, attribute);
  return item.isString() && !caseSensitive ? eval.string(toLower(*item.text)) : item;
}

static std::vector<std::pair<Value, Value>> withKeys(Evaluation &eval,
                                                     const std::vector<Value> &items,
                                                     const Value &attribute, bool caseSensitive) {
  std::vector<std::pair<Value, Value>> keyed;
  for (const Value &item : items) {
    if (eval.failed())
      break;
    keyed.push_back({sortKey(eval, item, attribute, caseSensitive), item});
  }
  return keyed;
}

static Value filterSort(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "sort", arguments, {"reverse", "case_sensitive", "attribute"});
  auto keyed = withKeys(eval, itemsOf(eval, value), bound.valueOr(2, Value::none()),
                        bound.isTrueOr(1, false));
  bool reverse = bound.isTrueOr(0, false);
  sortStably(keyed, [&](const auto &left, const auto &right) {
    int order = compareOrder(eval, left.first, right.first, "<");
    return reverse ? order > 0 : order < 0;
  });
  std::vector<Value> items;
  for (auto &[key, item] : keyed)
    items.push_back(item);
  return eval.list(std::move(items));
}

static Value filterDictsort(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "dictsort", arguments, {"case_sensitive", "by", "reverse"});
  const Text *by = bound.stringOrNull(1);
  if (!value.is(Kind::Dict) || (by && by->view() != "key" && by->view() != "value"))
    return eval.fail("'dictsort' sorts a dict by \"key\" or \"value\", got a {}", typeName(value));
  Arguments none;
  std::vector<Value> pairs = callMethod(eval, Method::Items, value, none).list->items;
  Value place = Value::of(int64_t(by && by->view() == "value"));
  Value sortArguments[] = {Value::of(bound.isTrueOr(2, false)), Value::of(bound.isTrueOr(0, false)),
                           place};
  return filterSort(eval, eval.list(std::move(pairs)), {sortArguments, {}});
}

static Value filterUnique(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "unique", arguments, {"case_sensitive", "attribute"});
  auto keyed = withKeys(eval, itemsOf(eval, value), bound.valueOr(1, Value::none()),
                        bound.isTrueOr(0, false));
  Value seen = eval.dict();
  std::vector<Value> items;
  for (auto &[key, item] : keyed) {
    if (eval.failed())
      break;
    if (eval.find(*seen.dict, key))
      continue;
    eval.set(*seen.dict, key, Value::none());
    items.push_back(item);
  }
  return generator(eval, std::move(items));
}

static Value filterExtreme(Evaluation &eval, Filter filter, const Value &value,
                           const Arguments &arguments) {
  BoundArguments bound(eval, filterNames[static_cast<size_t>(filter)], arguments,
                       {"case_sensitive", "attribute"});
  auto keyed = withKeys(eval, itemsOf(eval, value), bound.valueOr(1, Value::none()),
                        bound.isTrueOr(0, false));
  if (keyed.empty())
    return eval.undefined("the sequence is empty");
  std::pair<Value, Value> best = keyed.front();
  for (auto &each : keyed) {
    int order = compareOrder(eval, each.first, best.first, "<");
    if (filter == Filter::Min ? order < 0 : order > 0)
      best = each;
  }
  return best.second;
}

static Value filterSum(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "sum", arguments, {"attribute", "start"});
  Value attribute = bound.valueOr(0, Value::none());
  Value total = bound.valueOr(1, Value::of(int64_t(0)));
  for (const Value &item : itemsOf(eval, value)) {
    Value part = attribute.is(Kind::None) ? item : getPath(eval, item, attribute);
    total = computeBinary(eval, Opcode::Add, total, part);
    if (eval.failed())
      break;
  }
  return total;
}

/// map(attribute=...), or map('filter', arguments...).
static Value filterMap(Evaluation &eval, const Value &value, const Arguments &arguments) {
  std::vector<Value> items;
  if (arguments.positional.empty()) {
    BoundArguments bound(eval, "map", arguments, {"attribute", "default"}, 1);
    for (const Value &item : itemsOf(eval, value)) {
      items.push_back(getPath(eval, item, bound[0], bound.valueOr(1, Value::none())));
      if (eval.failed())
        break;
    }
    return generator(eval, std::move(items));
  }
  std::string_view name = nameArgument(eval, "map", arguments.positional[0]);
  uint32_t filter = findName(filterNames, name);
  if (filter == noIndex)
    return eval.fail("there is no filter '{}'", name);
  Arguments rest{arguments.positional.subspan(1), arguments.named};
  Nesting nesting(eval);
  for (const Value &item : itemsOf(eval, value)) {
    if (eval.failed() || !eval.step())
      break;
    items.push_back(applyFilter(eval, Filter(filter), item, rest));
  }
  return generator(eval, std::move(items));
}

/// select, reject and their siblings that look at an attribute.
static Value filterSelect(Evaluation &eval, Filter filter, const Value &value,
                          const Arguments &arguments) {
  std::string_view callee = filterNames[static_cast<size_t>(filter)];
  bool byAttribute = filter == Filter::Selectattr || filter == Filter::Rejectattr;
  bool wanted = filter == Filter::Select || filter == Filter::Selectattr;
  std::span<const Value> rest = arguments.positional;
  if (byAttribute && rest.empty())
    return eval.fail("'{}' needs the name of an attribute", callee);
  Value attribute = byAttribute ? rest[0] : Value::none();
  rest = rest.subspan(byAttribute);
  uint32_t test = noIndex;
  if (!rest.empty()) {
    std::string_view name = nameArgument(eval, callee, rest[0]);
    test = findName(testNames, name);
    if (test == noIndex)
      return eval.fail("there is no test '{}'", name);
    rest = rest.subspan(1);
  }
  std::vector<Value> items;
  for (const Value &item : itemsOf(eval, value)) {
    if (eval.failed() || !eval.step())
      break;
    Value subject = byAttribute ? getPath(eval, item, attribute) : item;
    bool passes = test == noIndex ? isTrue(subject)
                                  : applyTest(eval, Test(test), subject, {rest, arguments.named});
    if (passes == wanted)
      items.push_back(item);
  }
  return generator(eval, std::move(items));
}

static Value filterItems(Evaluation &eval, const Value &value, const Arguments &arguments) {
  BoundArguments bound(eval, "items", arguments, {});
  if (value.isUndefined())
    return generator(eval, {});
  if (!value.is(Kind::Dict))
    return eval.fail("'items' expects a dict, got a {}", typeName(value));
  return generator(eval, callMethod(eval, Method::Items, value, {}).list->items);
}

Value templates::applyFilter(Evaluation &eval, Filter filter, const Value &value,
                             const Arguments &arguments) {
  switch (filter) {
  case Filter::Abs:
    return filterAbs(eval, value, arguments);
  case Filter::Batch:
    return filterBatch(eval, value, arguments);
  case Filter::Capitalize:
  case Filter::Lower:
  case Filter::Safe:
  case Filter::String:
  case Filter::Upper:
    return filterPlainText(eval, filter, value, arguments);
  case Filter::Count:
  case Filter::Length: {
    BoundArguments bound(eval, "length", arguments, {});
    return Value::of(lengthOf(eval, value));
  }
  case Filter::D:
  case Filter::Default:
    return filterDefault(eval, value, arguments);
  case Filter::Dictsort:
    return filterDictsort(eval, value, arguments);
  case Filter::E:
  case Filter::Escape:
    return filterEscape(eval, value, arguments);
  case Filter::First:
  case Filter::Last:
    return filterEnd(eval, filter, value, arguments);
  case Filter::Float:
    return filterFloat(eval, value, arguments);
  case Filter::Format:
    return formatPercent(eval, printed(eval, value), arguments.positional);
  case Filter::FromJson: {
    BoundArguments bound(eval, "from_json", arguments, {});
    return parseJson(eval, printed(eval, value));
  }
  case Filter::Indent:
    return filterIndent(eval, value, arguments);
  case Filter::Int:
    return filterInt(eval, value, arguments);
  case Filter::Items:
    return filterItems(eval, value, arguments);
  case Filter::Join:
    return filterJoin(eval, value, arguments);
  case Filter::List: {
    BoundArguments bound(eval, "list", arguments, {});
    return eval.list(itemsOf(eval, value));
  }
  case Filter::Map:
    return filterMap(eval, value, arguments);
  case Filter::Max:
  case Filter::Min:
    return filterExtreme(eval, filter, value, arguments);
  case Filter::Reject:
  case Filter::Rejectattr:
  case Filter::Select:
  case Filter::Selectattr:
    return filterSelect(eval, filter, value, arguments);
  case Filter::Replace:
    return filterReplace(eval, value, arguments);
  case Filter::Reverse:
    return filterReverse(eval, value, arguments);
  case Filter::Round:
    return filterRound(eval, value, arguments);
  case Filter::Slice:
    return filterSlice(eval, value, arguments);
  case Filter::Sort:
    return filterSort(eval, value, arguments);
  case Filter::Sum:
    return filterSum(eval, value, arguments);
  case Filter::Title:
    return filterTitle(eval, value, arguments);
  case Filter::Tojson:
    return filterTojson(eval, value, arguments);
  case Filter::Trim:
    return filterTrim(eval, value, arguments);
  case Filter::Truncate:
    return filterTruncate(eval, value, arguments);
  case Filter::Unique:
    return filterUnique(eval, value, arguments);
  case Filter::Wordcount:
    return filterWordcount(eval, value, arguments);
  }
  return {};
}
