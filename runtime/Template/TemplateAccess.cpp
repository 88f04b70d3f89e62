//===- TemplateAccess.cpp - Attributes, items and slices of values --------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TemplateValue.h"

#include <algorithm>
#include <charconv>

using namespace tenon::rt;
using namespace tenon::rt::templates;

/// The letter of `value`'s kind in methods, or 0.
static char methodKind(const Value &value) {
  switch (value.kind) {
  case Kind::String:
    return 'S';
  case Kind::Dict:
    return 'D';
  case Kind::List:
    return value.list->flavour == List::Flavour::List ? 'L' : 0;
  case Kind::Loop:
    return 'P';
  default:
    return 0;
  }
}

/// The method `name` of `object`, if its kind has one.
static std::optional<Value> findMethod(Evaluation &eval, const Value &object,
                                       std::string_view name) {
  char kind = methodKind(object);
  uint32_t index = kind ? findName(methods, name) : noIndex;
  if (index == noIndex || methods[index].kinds.find(kind) == std::string_view::npos)
    return std::nullopt;
  return eval.callable({Callable::Type::Method, index, nullptr, object});
}

static Value missingAttribute(Evaluation &eval, const Value &object, std::string_view name) {
  return eval.undefined(fmt::format("a {} has no attribute '{}'", typeName(object), name));
}

/// Using what is not there is an error that says what is missing.
static Value failUndefined(Evaluation &eval, const Value &value) {
  return eval.failWith(value.missing ? *value.missing : "the value is undefined");
}

Value templates::getAttribute(Evaluation &eval, const Value &object, const Value &name) {
  if (object.isUndefined())
    return failUndefined(eval, object);
  std::string_view key = name.text->view();
  if (std::optional<Value> method = findMethod(eval, object, key))
    return *method;
  if (object.is(Kind::Loop))
    return getLoopAttribute(eval, *object.loop, key);
  if (object.is(Kind::Dict) || object.is(Kind::Namespace))
    if (Value *entry = eval.find(*object.dict, name))
      return *entry;
  return missingAttribute(eval, object, key);
}

/// Turns an index from the end into one from the start.
/// \returns nothing when it lies outside.
static std::optional<size_t> placeOf(int64_t index, int64_t length) {
  if (index < 0)
    index += length;
  if (index < 0 || index >= length)
    return std::nullopt;
  return static_cast<size_t>(index);
}

static Value getIndexed(Evaluation &eval, const Value &object, int64_t index) {
  if (object.isString()) {
    std::string_view bytes = object.text->view();
    eval.step(bytes.size() / 64);
    if (auto place = placeOf(index, static_cast<int64_t>(countCharacters(bytes)))) {
      size_t begin = characterOffset(bytes, *place);
      return eval.string(object.text->slice(begin, begin + characterBytes(bytes[begin])));
    }
  } else if (auto place = placeOf(index, std::ssize(object.list->items))) {
    return object.list->items[*place];
  }
  return eval.undefined(fmt::format("a {} has no item {}", typeName(object), index));
}

static bool hasItems(const Value &value) {
  return value.isString() || (value.is(Kind::List) && value.list->flavour != List::Flavour::View &&
                              value.list->flavour != List::Flavour::Generator);
}

Value templates::getItem(Evaluation &eval, const Value &object, const Value &index) {
  if (object.isUndefined())
    return failUndefined(eval, object);
  if (object.is(Kind::Dict))
    if (Value *entry = eval.find(*object.dict, index))
      return *entry;
  if (index.isInteger() && hasItems(object))
    return getIndexed(eval, object, index.asInteger());
  if (index.isString())
    return getAttribute(eval, object, index);
  return eval.undefined(fmt::format("a {} has no such item", typeName(object)));
}

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

namespace {
/// The places that a slice visits: first, first + step, ... `count` of them.
struct SlicePlaces {
  int64_t first, step, count;
};
} // namespace

/// Python's slice.indices().
static SlicePlaces resolveSlice(int64_t length, const Value &start, const Value &stop,
                                int64_t step) {
  int64_t lowest = step > 0 ? 0 : -1, highest = step > 0 ? length : length - 1;
  auto clamp = [&](const Value &bound, int64_t absent) {
    if (!bound.isInteger())
      return absent;
    int64_t place = bound.asInteger();
    if (place < 0)
      place = place < -length ? lowest : place + length;
    return std::clamp(place, lowest, highest);
  };
  int64_t first = clamp(start, step > 0 ? lowest : highest);
  int64_t end = clamp(stop, step > 0 ? highest : lowest);
  int64_t count = 0;
  if (step > 0 && first < end)
    count = (end - first - 1) / step + 1;
  if (step < 0 && end < first)
    count = (first - end - 1) / -step + 1;
  return {first, step, count};
}

static Value sliceText(Evaluation &eval, const Text &text, const Value &start, const Value &stop,
                       int64_t step) {
  std::string_view bytes = text.view();
  eval.step(bytes.size() / 32);
  SlicePlaces places =
      resolveSlice(static_cast<int64_t>(countCharacters(bytes)), start, stop, step);
  if (places.step == 1) {
    size_t begin = characterOffset(bytes, static_cast<size_t>(places.first));
    size_t size = characterOffset(bytes.substr(begin), static_cast<size_t>(places.count));
    return eval.string(text.slice(begin, begin + size));
  }
  std::vector<size_t> offsets;
  for (size_t at = 0; at < bytes.size(); at += characterBytes(bytes[at]))
    offsets.push_back(at);
  Text result;
  for (int64_t i = 0; i < places.count; ++i) {
    size_t begin = offsets[static_cast<size_t>(places.first + i * places.step)];
    result.append(text, begin, begin + characterBytes(bytes[begin]));
  }
  return eval.string(std::move(result));
}

Value templates::getSlice(Evaluation &eval, const Value &object, const Value &start,
                          const Value &stop, const Value &step) {
  if (object.isUndefined())
    return failUndefined(eval, object);
  auto isBound = [](const Value &value) { return value.isInteger() || value.is(Kind::None); };
  if (!hasItems(object) || !isBound(start) || !isBound(stop) || !isBound(step))
    return eval.undefined(fmt::format("a {} has no such slice", typeName(object)));
  int64_t stride = step.isInteger() ? step.asInteger() : 1;
  if (stride == 0)
    return eval.fail("the step of a slice is zero");
  // A longer step visits one item only; this keeps the sums from overflowing.
  stride = std::clamp<int64_t>(stride, -(int64_t(1) << 40), int64_t(1) << 40);
  if (object.isString())
    return sliceText(eval, *object.text, start, stop, stride);
  const std::vector<Value> &items = object.list->items;
  SlicePlaces places = resolveSlice(std::ssize(items), start, stop, stride);
  std::vector<Value> result;
  for (int64_t i = 0; i < places.count; ++i)
    result.push_back(items[static_cast<size_t>(places.first + i * places.step)]);
  eval.step(result.size());
  return eval.list(std::move(result), object.list->flavour, object.list->label);
}

Value templates::getPath(Evaluation &eval, Value object, const Value &path, const Value &absent) {
  auto orAbsent = [&absent](const Value &value) {
    return value.isUndefined() && !absent.is(Kind::None) ? absent : value;
  };
  if (!path.isString())
    return orAbsent(getItem(eval, object, path));
  for (const Text &part : splitAt(*path.text, ".", /*limit=*/-1, /*fromRight=*/false)) {
    std::string_view name = part.view();
    int64_t index = 0;
    auto [end, status] = std::from_chars(name.data(), name.data() + name.size(), index);
    bool isIndex = status == std::errc() && end == name.data() + name.size() && name[0] != '-';
    object = orAbsent(getItem(eval, object, isIndex ? Value::of(index) : eval.string(part)));
    if (eval.failed())
      return {};
  }
  return object;
}
