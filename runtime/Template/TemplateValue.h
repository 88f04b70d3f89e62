//===- TemplateValue.h - Values of chat templates -------------------------===//
//
// Part of Tenon, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A template computes with the values of Python: this file has their types,
// the arena that owns them while a template runs, and what every part of the
// interpreter asks of a value (is it true, are two equal, how is it printed).
//
// Nothing is freed before the template has ended. A render takes a fraction
// of a millisecond, its memory is bounded by a budget, and cycles and deep
// nestings cost no thought.
//
// Errors stick: a call that fails tells the Evaluation and returns some value
// that nobody looks at; the machine stops before the next instruction.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TEMPLATE_TEMPLATEVALUE_H
#define TENON_RUNTIME_TEMPLATE_TEMPLATEVALUE_H

#include "TemplateFormat.h"
#include "TemplateText.h"
#include "runtime/Status.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::rt::templates {

struct List;
struct Dict;
struct Callable;
struct Loop;
struct Scope;

enum class Kind : uint8_t {
  Undefined,
  None,
  Bool,
  Integer,
  Float,
  String,
  List,
  Dict,
  Namespace,
  Callable,
  Loop,
};

/// A value; what it points to belongs to the arena.
struct Value {
  Kind kind = Kind::Undefined;
  union {
    bool boolean;
    int64_t integer = 0;
    double number;
    const Text *text;
    List *list;
    Dict *dict; ///< of Dict and Namespace
    Callable *callable;
    Loop *loop;
    const std::string *missing; ///< of Undefined: what is missing, or null
  };

  static Value none() { return of(Kind::None); }
  static Value of(bool value) {
    Value result = of(Kind::Bool);
    result.boolean = value;
    return result;
  }
  static Value of(int64_t value) {
    Value result = of(Kind::Integer);
    result.integer = value;
    return result;
  }
  static Value of(double value) {
    Value result = of(Kind::Float);
    result.number = value;
    return result;
  }

  bool is(Kind wanted) const { return kind == wanted; }
  bool isUndefined() const { return kind == Kind::Undefined; }
  bool isString() const { return kind == Kind::String; }
  /// Integers and booleans, as in Python.
  bool isInteger() const { return kind == Kind::Integer || kind == Kind::Bool; }
  bool isNumber() const { return isInteger() || kind == Kind::Float; }
  int64_t asInteger() const { return kind == Kind::Bool ? boolean : integer; }
  double asFloat() const { return kind == Kind::Float ? number : static_cast<double>(asInteger()); }

private:
  static Value of(Kind kind) {
    Value result;
    result.kind = kind;
    return result;
  }
  friend class Evaluation;
};

/// A list, or something else that holds values in order.
struct List {
  enum class Flavour : uint8_t {
    List,
    Tuple,
    View, ///< dict.keys() and the like: no index, no JSON
    Range,
    Generator, ///< what lazy filters give: read once, always true, no length
  };
  Flavour flavour = Flavour::List;
  bool drained = false; ///< a generator that was read
  std::string label;    ///< how a view, range or generator prints
  std::vector<Value> items;
};

/// Pairs in order of insertion.
struct Dict {
  std::vector<std::pair<Value, Value>> entries;

  Value *find(std::string_view key);
};

/// A function: built in, a macro over its scope, or a method of a value.
struct Callable {
  enum class Type : uint8_t { Builtin, Macro, Method };
  Type type = Type::Builtin;
  uint32_t index = 0; ///< of the builtin, function or method
  Scope *scope = nullptr;
  Value self;
};

/// The limits of a render. A template is somebody else's program: it may not
/// use more than these, whatever it does.
struct Limits {
  /// Bytes of all values together; also bounds the output. A conversation of
  /// a million tokens has about 4 MiB of text and is copied a few times.
  size_t arenaBytes = size_t(256) << 20;
  /// Instructions, turns of loops and steps of searches.
  uint64_t steps = 50'000'000;
  /// Macros and recursive loops inside each other, and nesting of values.
  int depth = 100;
  /// Items of one range(), as in Jinja's sandbox.
  int64_t rangeItems = 100'000;
};

/// Values of one render, its budget and its first error.
class Evaluation {
public:
  explicit Evaluation(const Limits &limits = {}) : limits(limits) {}

  /// Tells the first error; later ones are its consequences.
  template <typename... Args> Value fail(fmt::format_string<Args...> format, Args &&...args) {
    return failWith(fmt::format(format, std::forward<Args>(args)...));
  }
  Value failWith(std::string text);
  bool failed() const { return error.has_value(); }
  const std::string &errorText() const { return *error; }

  /// Counts `count` steps. \returns false when the budget is spent.
  bool step(uint64_t count = 1);
  /// Counts bytes about to be used. \returns false when they are too many.
  bool charge(size_t bytes);

  Value string(Text text);
  Value string(std::string_view bytes, bool trusted = true) { return string(Text(bytes, trusted)); }
  Value undefined(std::string missing);
  Value list(std::vector<Value> items, List::Flavour flavour = List::Flavour::List,
             std::string_view label = {});
  Value strings(std::vector<Text> parts, List::Flavour flavour = List::Flavour::List);
  Value dict(std::vector<std::pair<Value, Value>> entries = {});
  Value nameSpace(std::vector<std::pair<Value, Value>> entries);
  Value callable(Callable callable);
  Value loop(Loop *loop);

  /// The value of `key` in `dict`, or null. Steps are counted.
  Value *find(Dict &dict, const Value &key);
  /// Sets `key`, which must be hashable.
  void set(Dict &dict, const Value &key, const Value &value);

  Limits limits;
  /// For strftime_now, seconds since the epoch.
  int64_t now = 0;
  /// Nesting of the calls that follow the nesting of values.
  int depth = 0;

private:
  std::optional<std::string> error;
  uint64_t stepsUsed = 0;
  size_t bytesUsed = 0;
  std::deque<Text> texts;
  std::deque<List> lists;
  std::deque<Dict> dicts;
  std::deque<Callable> callables;
  std::deque<std::string> hints;
};

/// Counts one level of a recursion over values while it lives.
class Nesting {
public:
  explicit Nesting(Evaluation &eval) : eval(eval) {
    if (++eval.depth > eval.limits.depth)
      eval.fail("values or calls are nested more than {} levels deep", eval.limits.depth);
  }
  ~Nesting() { --eval.depth; }
  Nesting(const Nesting &) = delete;

private:
  Evaluation &eval;
};

/// Sorts by merging. Unlike std::sort it stands a `less` that contradicts
/// itself, as comparisons that fail do.
template <typename T, typename Less> void sortStably(std::vector<T> &items, Less less) {
  std::vector<T> merged(items.size());
  for (size_t width = 1; width < items.size(); width *= 2) {
    for (size_t begin = 0; begin < items.size(); begin += 2 * width) {
      size_t middle = std::min(begin + width, items.size());
      size_t end = std::min(begin + 2 * width, items.size());
      std::merge(items.begin() + begin, items.begin() + middle, items.begin() + middle,
                 items.begin() + end, merged.begin() + begin, less);
    }
    items.swap(merged);
  }
}

/// Python's name of the type.
std::string_view typeName(const Value &value);
bool isTrue(const Value &value);
/// `==`.
bool areEqual(Evaluation &eval, const Value &left, const Value &right);
/// Less than zero, zero, more: fails for values without an order. `verb` is
/// the operator for the message.
int compareOrder(Evaluation &eval, const Value &left, const Value &right, std::string_view verb);
/// `item in container`.
bool contains(Evaluation &eval, const Value &container, const Value &item);

/// What a loop over `value` goes through; fails when it cannot be iterated.
/// Reading a generator drains it.
std::vector<Value> itemsOf(Evaluation &eval, const Value &value);
bool isIterable(const Value &value);
/// len(); fails for values without one.
int64_t lengthOf(Evaluation &eval, const Value &value);

/// str(): what `{{ value }}` prints.
Text printed(Evaluation &eval, const Value &value);
/// repr().
void appendRepr(Evaluation &eval, Text &out, const Value &value);
/// Shortest digits that read back as `value`, spelled as Python does.
std::string printedFloat(double value);

/// `object.name`, with the rules of the sandbox; missing is undefined.
Value getAttribute(Evaluation &eval, const Value &object, const Value &name);
/// `object[index]`.
Value getItem(Evaluation &eval, const Value &object, const Value &index);
/// `object[start:stop:step]`; absent parts are none.
Value getSlice(Evaluation &eval, const Value &object, const Value &start, const Value &stop,
               const Value &step);
/// `loop.name`; the machine implements it, because it may run a loop's filter.
Value getLoopAttribute(Evaluation &eval, Loop &loop, std::string_view name);
/// Follows "a.b.0" from `object`, as the filters with attribute= do; `absent`
/// stands for every part that is missing, unless it is none.
Value getPath(Evaluation &eval, Value object, const Value &path,
              const Value &absent = Value::none());

} // namespace tenon::rt::templates

#endif // TENON_RUNTIME_TEMPLATE_TEMPLATEVALUE_H
