//===- TemplateValue.cpp - Values of chat templates -----------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TemplateValue.h"

#include <algorithm>

using namespace tenon::rt;
using namespace tenon::rt::templates;

//===----------------------------------------------------------------------===//
// The arena
//===----------------------------------------------------------------------===//

Value Evaluation::failWith(std::string text) {
  if (!error)
    error = std::move(text);
  return {};
}

bool Evaluation::step(uint64_t count) {
  stepsUsed += count;
  if (stepsUsed <= limits.steps)
    return true;
  fail("the template runs for more than {} steps", limits.steps);
  return false;
}

bool Evaluation::charge(size_t bytes) {
  bytesUsed += bytes;
  if (bytesUsed <= limits.arenaBytes)
    return true;
  fail("the template uses more than {} bytes", limits.arenaBytes);
  return false;
}

Value Evaluation::string(Text text) {
  charge(sizeof(Text) + text.sizeBytes() + text.tags().size() * sizeof(Text::Run));
  Value result = Value::of(Kind::String);
  result.text = &texts.emplace_back(std::move(text));
  return result;
}

Value Evaluation::undefined(std::string missing) {
  charge(sizeof(std::string) + missing.size());
  Value result;
  result.missing = &hints.emplace_back(std::move(missing));
  return result;
}

Value Evaluation::list(std::vector<Value> items, List::Flavour flavour, std::string_view label) {
  charge(sizeof(List) + items.size() * sizeof(Value));
  Value result = Value::of(Kind::List);
  result.list = &lists.emplace_back();
  result.list->flavour = flavour;
  result.list->label = label;
  result.list->items = std::move(items);
  return result;
}

Value Evaluation::strings(std::vector<Text> parts, List::Flavour flavour) {
  std::vector<Value> items;
  items.reserve(parts.size());
  for (Text &part : parts)
    items.push_back(string(std::move(part)));
  return list(std::move(items), flavour);
}

Value Evaluation::dict(std::vector<std::pair<Value, Value>> entries) {
  charge(sizeof(Dict) + entries.size() * sizeof(entries[0]));
  Value result = Value::of(Kind::Dict);
  result.dict = &dicts.emplace_back();
  result.dict->entries = std::move(entries);
  return result;
}

Value Evaluation::nameSpace(std::vector<std::pair<Value, Value>> entries) {
  Value result = dict(std::move(entries));
  result.kind = Kind::Namespace;
  return result;
}

Value Evaluation::callable(Callable callable) {
  charge(sizeof(Callable));
  Value result = Value::of(Kind::Callable);
  result.callable = &callables.emplace_back(callable);
  return result;
}

Value Evaluation::loop(Loop *loop) {
  Value result = Value::of(Kind::Loop);
  result.loop = loop;
  return result;
}

Value *Dict::find(std::string_view key) {
  for (auto &[name, value] : entries)
    if (name.isString() && name.text->view() == key)
      return &value;
  return nullptr;
}

Value *Evaluation::find(Dict &dict, const Value &key) {
  step(1 + dict.entries.size() / 8);
  for (auto &[name, value] : dict.entries)
    if (areEqual(*this, name, key))
      return &value;
  return nullptr;
}

static bool isHashable(const Value &value, int depth = 0) {
  if (value.is(Kind::Dict))
    return false;
  if (!value.is(Kind::List) || value.list->flavour == List::Flavour::Range)
    return true;
  if (value.list->flavour != List::Flavour::Tuple || depth > 8)
    return false;
  return std::all_of(value.list->items.begin(), value.list->items.end(),
                     [depth](const Value &item) { return isHashable(item, depth + 1); });
}

void Evaluation::set(Dict &dict, const Value &key, const Value &value) {
  if (!isHashable(key)) {
    fail("a {} cannot be a key", typeName(key));
    return;
  }
  if (Value *present = find(dict, key))
    *present = value;
  else if (charge(sizeof(dict.entries[0])))
    dict.entries.push_back({key, value});
}

//===----------------------------------------------------------------------===//
// Questions
//===----------------------------------------------------------------------===//

std::string_view templates::typeName(const Value &value) {
  static constexpr std::string_view flavours[] = {"list", "tuple", "view", "range", "generator"};
  static constexpr std::string_view kinds[] = {"undefined", "None",     "bool", "int",
                                               "float",     "str",      "list", "dict",
                                               "namespace", "function", "loop"};
  if (value.is(Kind::List))
    return flavours[static_cast<size_t>(value.list->flavour)];
  return kinds[static_cast<size_t>(value.kind)];
}

bool templates::isTrue(const Value &value) {
  switch (value.kind) {
  case Kind::Undefined:
  case Kind::None:
    return false;
  case Kind::Bool:
    return value.boolean;
  case Kind::Integer:
    return value.integer != 0;
  case Kind::Float:
    return value.number != 0;
  case Kind::String:
    return !value.text->empty();
  case Kind::List:
    return value.list->flavour == List::Flavour::Generator || !value.list->items.empty();
  case Kind::Dict:
    return !value.dict->entries.empty();
  case Kind::Namespace:
  case Kind::Callable:
  case Kind::Loop:
    return true;
  }
  return false;
}

static bool areEqualLists(Evaluation &eval, const List &left, const List &right) {
  if (&left == &right)
    return true;
  if (left.flavour != right.flavour || left.flavour == List::Flavour::Generator ||
      left.items.size() != right.items.size())
    return false;
  for (size_t i = 0; i < left.items.size() && !eval.failed(); ++i)
    if (!areEqual(eval, left.items[i], right.items[i]))
      return false;
  return true;
}

static bool areEqualDicts(Evaluation &eval, Dict &left, Dict &right) {
  if (left.entries.size() != right.entries.size())
    return false;
  for (auto &[key, value] : left.entries) {
    Value *other = eval.find(right, key);
    if (!other || eval.failed() || !areEqual(eval, value, *other))
      return false;
  }
  return true;
}

bool templates::areEqual(Evaluation &eval, const Value &left, const Value &right) {
  if (left.isNumber() && right.isNumber())
    return left.isInteger() && right.isInteger() ? left.asInteger() == right.asInteger()
                                                 : left.asFloat() == right.asFloat();
  if (left.kind != right.kind)
    return false;
  Nesting nesting(eval);
  if (eval.failed() || !eval.step())
    return false;
  switch (left.kind) {
  case Kind::Undefined:
  case Kind::None:
    return true;
  case Kind::String:
    eval.step(left.text->sizeBytes() / 64);
    return left.text->view() == right.text->view();
  case Kind::List:
    return areEqualLists(eval, *left.list, *right.list);
  case Kind::Dict:
    return areEqualDicts(eval, *left.dict, *right.dict);
  case Kind::Callable:
    return left.callable == right.callable;
  default: // a namespace and a loop equal only themselves
    return left.dict == right.dict;
  }
}

template <typename T> static int sign(const T &left, const T &right) {
  return left < right ? -1 : right < left ? 1 : 0;
}

int templates::compareOrder(Evaluation &eval, const Value &left, const Value &right,
                            std::string_view verb) {
  Nesting nesting(eval);
  if (eval.failed() || !eval.step())
    return 0;
  if (left.isUndefined() || right.isUndefined()) {
    const Value &culprit = left.isUndefined() ? left : right;
    eval.failWith(culprit.missing ? *culprit.missing : "the value is undefined");
    return 0;
  }
  if (left.isInteger() && right.isInteger())
    return sign(left.asInteger(), right.asInteger());
  if (left.isNumber() && right.isNumber())
    return sign(left.asFloat(), right.asFloat());
  if (left.isString() && right.isString()) {
    eval.step(std::min(left.text->sizeBytes(), right.text->sizeBytes()) / 64);
    return sign(left.text->view(), right.text->view()); // order of bytes is order of characters
  }
  if (left.is(Kind::List) && right.is(Kind::List) && left.list->flavour == right.list->flavour &&
      left.list->flavour <= List::Flavour::Tuple) {
    const std::vector<Value> &a = left.list->items, &b = right.list->items;
    for (size_t i = 0; i < std::min(a.size(), b.size()) && !eval.failed(); ++i)
      if (!areEqual(eval, a[i], b[i]))
        return compareOrder(eval, a[i], b[i], verb);
    return sign(a.size(), b.size());
  }
  eval.fail("'{}' has no meaning between {} and {}", verb, typeName(left), typeName(right));
  return 0;
}

bool templates::contains(Evaluation &eval, const Value &container, const Value &item) {
  if (container.isString()) {
    if (!item.isString()) {
      eval.fail("'in' looks for a str in a str, not for a {}", typeName(item));
      return false;
    }
    eval.step(container.text->sizeBytes() / 64);
    return container.text->view().find(item.text->view()) != std::string_view::npos;
  }
  if (container.is(Kind::Dict))
    return eval.find(*container.dict, item) != nullptr;
  std::vector<Value> items = itemsOf(eval, container);
  return std::any_of(items.begin(), items.end(),
                     [&](const Value &each) { return areEqual(eval, each, item); });
}

//===----------------------------------------------------------------------===//
// Iteration
//===----------------------------------------------------------------------===//

bool templates::isIterable(const Value &value) {
  return value.isUndefined() || value.isString() || value.is(Kind::List) || value.is(Kind::Dict);
}

/// The characters of `text` as strings.
static std::vector<Value> charactersOf(Evaluation &eval, const Text &text) {
  std::vector<Value> items;
  for (size_t at = 0; at < text.sizeBytes() && !eval.failed();) {
    size_t end = at + characterBytes(text.view()[at]);
    items.push_back(eval.string(text.slice(at, end)));
    at = end;
  }
  return items;
}

std::vector<Value> templates::itemsOf(Evaluation &eval, const Value &value) {
  std::vector<Value> items;
  if (value.is(Kind::List)) {
    if (value.list->drained)
      return items;
    items = value.list->items;
    value.list->drained = value.list->flavour == List::Flavour::Generator;
  } else if (value.is(Kind::Dict)) {
    for (auto &[key, entry] : value.dict->entries)
      items.push_back(key);
  } else if (value.isString()) {
    return charactersOf(eval, *value.text);
  } else if (!value.isUndefined()) {
    eval.fail("a {} cannot be iterated", typeName(value));
  }
  eval.step(items.size() / 8);
  eval.charge(items.size() * sizeof(Value));
  return items;
}

int64_t templates::lengthOf(Evaluation &eval, const Value &value) {
  switch (value.kind) {
  case Kind::Undefined:
    return 0;
  case Kind::String:
    eval.step(value.text->sizeBytes() / 64);
    return static_cast<int64_t>(countCharacters(value.text->view()));
  case Kind::Dict:
    return std::ssize(value.dict->entries);
  case Kind::List:
    if (value.list->flavour != List::Flavour::Generator)
      return std::ssize(value.list->items);
    [[fallthrough]];
  default:
    eval.fail("a {} has no length", typeName(value));
    return 0;
  }
}
