//===- TemplateMethods.cpp - The methods of strings, lists and dicts ------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TemplateCall.h"

using namespace tenon::rt;
using namespace tenon::rt::templates;

//===----------------------------------------------------------------------===//
// Strings
//===----------------------------------------------------------------------===//

static std::string_view nameOf(Method method) { return methods[static_cast<size_t>(method)].name; }

static Value callStrip(Evaluation &eval, Method method, const Text &text,
                       const Arguments &arguments) {
  BoundArguments bound(eval, nameOf(method), arguments, {"chars"});
  Ends ends = method == Method::Lstrip   ? Ends::Left
              : method == Method::Rstrip ? Ends::Right
                                         : Ends::Both;
  return eval.string(strip(text, ends, bound.stringOrNull(0)));
}

static Value callSplit(Evaluation &eval, Method method, const Text &text,
                       const Arguments &arguments) {
  BoundArguments bound(eval, nameOf(method), arguments, {"sep", "maxsplit"});
  const Text *separator = bound.stringOrNull(0);
  int64_t limit = bound.integerOr(1, -1);
  bool fromRight = method == Method::Rsplit;
  if (separator && separator->empty())
    return eval.fail("'{}' got an empty separator", nameOf(method));
  eval.step(text.sizeBytes() / 16);
  if (!separator)
    return eval.strings(splitAtSpace(text, limit, fromRight));
  return eval.strings(splitAt(text, separator->view(), limit, fromRight));
}

/// Whether `text`, from `start` up to `end`, begins or ends with `prefix` or one
/// of a tuple of them.
static Value callAffixTest(Evaluation &eval, Method method, const Text &text,
                           const Arguments &arguments) {
  BoundArguments bound(eval, nameOf(method), arguments, {"prefix", "start", "end"}, 1);
  std::string_view bytes = text.view();
  auto size = static_cast<int64_t>(countCharacters(bytes));
  auto place = [&](size_t argument, int64_t absent) {
    bool given = bound.given(argument) && !bound[argument].is(Kind::None);
    int64_t index = given ? bound.integerOr(argument, absent) : absent;
    return index < 0 ? std::max<int64_t>(index + size, 0) : index;
  };
  int64_t start = place(1, 0), end = std::min(place(2, size), size);
  if (start > end) // not even the empty text is there
    return Value::of(false);
  size_t endByte = characterOffset(bytes, static_cast<size_t>(end));
  bytes = bytes.substr(0, endByte);
  bytes.remove_prefix(characterOffset(bytes, static_cast<size_t>(start)));
  std::vector<Value> affixes = {bound[0]};
  if (bound[0].is(Kind::List) && bound[0].list->flavour == List::Flavour::Tuple)
    affixes = bound[0].list->items;
  for (const Value &affix : affixes) {
    if (!affix.isString())
      return eval.fail("'{}' expects a str or a tuple of them, got a {}", nameOf(method),
                       typeName(affix));
    if (method == Method::Startswith ? bytes.starts_with(affix.text->view())
                                     : bytes.ends_with(affix.text->view()))
      return Value::of(true);
  }
  return Value::of(false);
}

/// center, ljust, rjust and zfill: the text in the middle or at an end of as
/// many characters as asked for.
static Value callJustify(Evaluation &eval, Method method, const Text &text,
                         const Arguments &arguments) {
  bool zeros = method == Method::Zfill;
  BoundArguments bound(eval, nameOf(method), arguments, {"width", "fillchar"}, 1);
  if (zeros && bound.given(1))
    return eval.fail("'zfill' takes one argument");
  Text fill = zeros ? Text("0", true) : Text(" ", true);
  if (bound.given(1)) {
    const Text *given = bound.stringOrNull(1);
    if (!given || countCharacters(given->view()) != 1)
      return eval.fail("'{}' expects one character to fill with", nameOf(method));
    fill = *given;
  }
  int64_t width = bound.integerOr(0, 0);
  auto size = static_cast<int64_t>(countCharacters(text.view()));
  int64_t padding = std::max<int64_t>(width - size, 0);
  if (padding > 0 && !eval.charge(static_cast<size_t>(padding)))
    return {};
  int64_t left = method == Method::Ljust    ? 0
                 : method == Method::Center ? padding / 2 + (padding & width & 1)
                                            : padding;
  // Zeros go behind a sign.
  size_t sign = zeros && (text.view().starts_with('-') || text.view().starts_with('+'));
  Text out = text.slice(0, sign);
  for (int64_t i = 0; i < left; ++i)
    out.append(fill);
  out.append(text, sign, text.sizeBytes());
  for (int64_t i = left; i < padding; ++i)
    out.append(fill);
  return eval.string(std::move(out));
}

/// find, rfind, index and count of a part, in characters.
static Value callSearch(Evaluation &eval, Method method, const Text &text,
                        const Arguments &arguments) {
  BoundArguments bound(eval, nameOf(method), arguments, {"sub"}, 1);
  const Text *part = bound.stringOrNull(0);
  if (!part)
    return eval.fail("'{}' expects a str", nameOf(method));
  eval.step(text.sizeBytes() / 16);
  if (method == Method::Count) {
    if (part->empty())
      return Value::of(static_cast<int64_t>(countCharacters(text.view()) + 1));
    return Value::of(std::ssize(splitAt(text, part->view(), -1, false)) - 1);
  }
  size_t found =
      method == Method::Rfind ? text.view().rfind(part->view()) : text.view().find(part->view());
  if (found != std::string_view::npos)
    return Value::of(static_cast<int64_t>(countCharacters(text.view().substr(0, found))));
  return method == Method::Index ? eval.fail("'index' does not find the text")
                                 : Value::of(int64_t(-1));
}

/// isalpha and its kin: all characters pass, and there is one.
static Value callCharacterTest(Method method, const Text &text) {
  bool any = false;
  for (size_t at = 0; at < text.sizeBytes();) {
    uint32_t c = nextCharacter(text.view(), at);
    bool digit = isDigit(c);
    bool cased = method == Method::Islower || method == Method::Isupper;
    bool passes = method == Method::Isalpha   ? isAlphabetic(c)
                  : method == Method::Isdigit ? digit
                  : method == Method::Isspace ? isSpace(c)
                  : method == Method::Isalnum ? digit || isAlphabetic(c)
                  : method == Method::Islower ? isLower(c)
                                              : isUpper(c);
    if (!passes && (!cased || isLower(c) || isUpper(c)))
      return Value::of(false);
    any |= passes;
  }
  return Value::of(any);
}

static Value callReplace(Evaluation &eval, const Text &text, const Arguments &arguments) {
  BoundArguments bound(eval, "replace", arguments, {"old", "new", "count"}, 2);
  const Text *from = bound.stringOrNull(0), *to = bound.stringOrNull(1);
  int64_t limit = bound.integerOr(2, -1);
  if (!from || !to)
    return eval.fail("'replace' expects a str");
  // The result can be far longer than what goes in: ask before making it.
  size_t places = from->empty() ? text.sizeBytes() + 1 : text.sizeBytes() / from->sizeBytes();
  if (places && to->sizeBytes() > eval.limits.arenaBytes / places)
    return eval.fail("the template uses more than {} bytes", eval.limits.arenaBytes);
  eval.step(text.sizeBytes() / 16);
  return eval.string(replaceAll(text, *from, *to, limit));
}

/// partition and rpartition: what is before, at and behind the separator.
static Value callPartition(Evaluation &eval, Method method, const Text &text,
                           const Arguments &arguments) {
  BoundArguments bound(eval, nameOf(method), arguments, {"sep"}, 1);
  const Text *separator = bound.stringOrNull(0);
  if (!separator || separator->empty())
    return eval.fail("'{}' expects a str that is not empty", nameOf(method));
  bool fromRight = method == Method::Rpartition;
  std::vector<Text> parts = splitAt(text, separator->view(), 1, fromRight);
  if (parts.size() == 2)
    parts.insert(parts.begin() + 1, *separator);
  else
    parts.insert(fromRight ? parts.begin() : parts.end(), 2, Text());
  return eval.strings(std::move(parts), List::Flavour::Tuple);
}

static Value callRemoveAffix(Evaluation &eval, Method method, const Text &text,
                             const Arguments &arguments) {
  BoundArguments bound(eval, nameOf(method), arguments, {"affix"}, 1);
  const Text *affix = bound.stringOrNull(0);
  if (!affix)
    return eval.fail("'{}' expects a str", nameOf(method));
  size_t size = affix->sizeBytes();
  if (method == Method::Removeprefix && text.view().starts_with(affix->view()))
    return eval.string(text.slice(size, text.sizeBytes()));
  if (method == Method::Removesuffix && text.view().ends_with(affix->view()))
    return eval.string(text.slice(0, text.sizeBytes() - size));
  return eval.string(text);
}

static Value callCase(Evaluation &eval, Method method, const Text &text,
                      const Arguments &arguments) {
  BoundArguments bound(eval, nameOf(method), arguments, {});
  switch (method) {
  case Method::Upper:
    return eval.string(toUpper(text));
  case Method::Lower:
    return eval.string(toLower(text));
  case Method::Title:
    return eval.string(titleWords(text));
  case Method::Casefold:
    return eval.string(foldCase(text));
  case Method::Swapcase:
    return eval.string(swapCase(text));
  default:
    return eval.string(capitalize(text));
  }
}

static Value callStringMethod(Evaluation &eval, Method method, const Text &text,
                              const Arguments &arguments) {
  switch (method) {
  case Method::Strip:
  case Method::Lstrip:
  case Method::Rstrip:
    return callStrip(eval, method, text, arguments);
  case Method::Split:
  case Method::Rsplit:
    return callSplit(eval, method, text, arguments);
  case Method::Splitlines: {
    BoundArguments bound(eval, "splitlines", arguments, {"keepends"});
    return eval.strings(splitLines(text, bound.isTrueOr(0, false)));
  }
  case Method::Startswith:
  case Method::Endswith:
    return callAffixTest(eval, method, text, arguments);
  case Method::Find:
  case Method::Rfind:
  case Method::Index:
  case Method::Count:
    return callSearch(eval, method, text, arguments);
  case Method::Replace:
    return callReplace(eval, text, arguments);
  case Method::Partition:
  case Method::Rpartition:
    return callPartition(eval, method, text, arguments);
  case Method::Removeprefix:
  case Method::Removesuffix:
    return callRemoveAffix(eval, method, text, arguments);
  case Method::Format:
    return formatBraces(eval, text, arguments);
  case Method::Join: {
    BoundArguments bound(eval, "join", arguments, {"iterable"}, 1);
    std::vector<Value> items = itemsOf(eval, bound[0]);
    for (const Value &item : items)
      if (!item.isString())
        return eval.fail("'join' expects strings, got a {}", typeName(item));
    return joinItems(eval, items, text);
  }
  case Method::Center:
  case Method::Ljust:
  case Method::Rjust:
  case Method::Zfill:
    return callJustify(eval, method, text, arguments);
  case Method::Upper:
  case Method::Lower:
  case Method::Title:
  case Method::Capitalize:
  case Method::Casefold:
  case Method::Swapcase:
    return callCase(eval, method, text, arguments);
  default: {
    BoundArguments bound(eval, nameOf(method), arguments, {});
    return callCharacterTest(method, text);
  }
  }
}

//===----------------------------------------------------------------------===//
// Dicts
//===----------------------------------------------------------------------===//

static Value callDictView(Evaluation &eval, Method method, Dict &dict, const Arguments &arguments) {
  BoundArguments bound(eval, nameOf(method), arguments, {});
  std::vector<Value> items;
  for (auto &[key, value] : dict.entries)
    items.push_back(method == Method::Keys     ? key
                    : method == Method::Values ? value
                                               : eval.list({key, value}, List::Flavour::Tuple));
  eval.step(items.size());
  std::string_view label = method == Method::Keys     ? "dict_keys"
                           : method == Method::Values ? "dict_values"
                                                      : "dict_items";
  return eval.list(std::move(items), List::Flavour::View, label);
}

static Value callDictPop(Evaluation &eval, Dict &dict, const Arguments &arguments) {
  BoundArguments bound(eval, "pop", arguments, {"key", "default"}, 1);
  Value *entry = eval.find(dict, bound[0]);
  if (!entry)
    return bound.given(1) ? bound[1] : eval.fail("'pop' does not find the key");
  Value result = *entry;
  std::erase_if(dict.entries, [entry](const auto &each) { return &each.second == entry; });
  return result;
}

static Value callDictMethod(Evaluation &eval, Method method, Dict &dict,
                            const Arguments &arguments) {
  switch (method) {
  case Method::Get: {
    BoundArguments bound(eval, "get", arguments, {"key", "default"}, 1);
    Value *entry = eval.find(dict, bound[0]);
    return entry ? *entry : bound.valueOr(1, Value::none());
  }
  case Method::Pop:
    return callDictPop(eval, dict, arguments);
  case Method::Copy: {
    BoundArguments bound(eval, "copy", arguments, {});
    return eval.dict(dict.entries);
  }
  case Method::Update: {
    BoundArguments bound(eval, "update", {arguments.positional, {}}, {"other"});
    if (bound.given(0) && !bound[0].is(Kind::Dict))
      return eval.fail("'update' expects a dict, got a {}", typeName(bound[0]));
    if (bound.given(0))
      for (auto &[key, value] : std::vector(bound[0].dict->entries))
        eval.set(dict, key, value);
    for (auto &[name, value] : arguments.named)
      eval.set(dict, eval.string(name), value);
    return Value::none();
  }
  default:
    return callDictView(eval, method, dict, arguments);
  }
}

//===----------------------------------------------------------------------===//
// Lists
//===----------------------------------------------------------------------===//

static Value callListMethod(Evaluation &eval, Method method, List &list,
                            const Arguments &arguments) {
  std::vector<Value> &items = list.items;
  switch (method) {
  case Method::Append: {
    BoundArguments bound(eval, "append", arguments, {"item"}, 1);
    if (eval.charge(sizeof(Value)))
      items.push_back(bound[0]);
    return Value::none();
  }
  case Method::Pop: {
    BoundArguments bound(eval, "pop", arguments, {"index"});
    int64_t index = bound.integerOr(0, -1);
    index += index < 0 ? std::ssize(items) : 0;
    if (index < 0 || index >= std::ssize(items))
      return eval.fail("'pop' has no item {} in a list of {}", index, items.size());
    Value result = items[static_cast<size_t>(index)];
    items.erase(items.begin() + index);
    eval.step(items.size() / 64);
    return result;
  }
  case Method::Copy: {
    BoundArguments bound(eval, "copy", arguments, {});
    return eval.list(items);
  }
  default: {
    BoundArguments bound(eval, nameOf(method), arguments, {"item"}, 1);
    int64_t count = 0;
    for (size_t i = 0; i < items.size(); ++i) {
      if (!areEqual(eval, items[i], bound[0]))
        continue;
      if (method == Method::Index)
        return Value::of(static_cast<int64_t>(i));
      ++count;
    }
    return method == Method::Count ? Value::of(count) : eval.fail("'index' does not find the item");
  }
  }
}

Value templates::callMethod(Evaluation &eval, Method method, const Value &self,
                            const Arguments &arguments) {
  switch (self.kind) {
  case Kind::String:
    return callStringMethod(eval, method, *self.text, arguments);
  case Kind::Dict:
    return callDictMethod(eval, method, *self.dict, arguments);
  case Kind::List:
    return callListMethod(eval, method, *self.list, arguments);
  case Kind::Loop:
    return callLoopMethod(eval, method, *self.loop, arguments);
  default:
    return eval.fail("a {} has no method '{}'", typeName(self), nameOf(method));
  }
}
